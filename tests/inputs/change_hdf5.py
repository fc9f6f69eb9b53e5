# SPDX-License-Identifier: BSD-3-Clause
"""change_hdf5.py FILE NAME EXPRESSION: puts EXPRESSION of d, the values of a dataset or of an attribute
(OBJECT@ATTRIBUTE) so far, in their place. put(index, value) is d with one other value."""
import sys

import h5py
import numpy as np

name, expression = sys.argv[2:]
with h5py.File(sys.argv[1], "r+") as f:
    parent, _, attribute = name.partition("@")
    d = f[parent].attrs[attribute] if attribute else f[parent][:]

    def put(index, value):
        changed = d.copy()
        changed[index] = value
        return changed

    values = eval(expression, {"d": d, "np": np, "put": put})
    if attribute:
        f[parent].attrs[attribute] = values
    else:
        attributes = dict(f[name].attrs)
        del f[name]
        f[name] = values
        f[name].attrs.update(attributes)
