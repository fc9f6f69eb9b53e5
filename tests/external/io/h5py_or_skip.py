# SPDX-License-Identifier: BSD-3-Clause
"""h5py and numpy for the scripts beside this file, which are skipped (77) where h5py cannot be imported."""

import os
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    # Debian's package is for Debian's Python, which another one may stand before in PATH.
    system = "/usr/bin/python3"
    if os.path.exists(system) and os.path.realpath(system) != os.path.realpath(sys.executable):
        os.execv(system, [system, *sys.argv])
    print(f"SKIPPED: {error}: install h5py for {sys.executable} (Debian: apt-get install python3-h5py)")
    sys.exit(77)
