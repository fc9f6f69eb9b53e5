#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""same_halos.py A B: exits 0 when two catalogues hold the same halos, at least one."""

import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

with h5py.File(sys.argv[1]) as one, h5py.File(sys.argv[2]) as other:
    assert len(one["Group/GroupLen"]) > 0, "no halos"
    for name in ("GroupLen", "GroupFirstID", "GroupMass", "GroupPos", "GroupVel", "Group_M_Mean200"):
        a, b = one["Group"][name][:], other["Group"][name][:]
        assert a.shape == b.shape and np.allclose(a, b, rtol=1e-6, equal_nan=True), f"{name} differs"
