#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""satellites_point_inward.py GALAXIES: exits 0 when the major axes of satellites point to their centrals more often than
axes at random, whose mean |cos| is 1/2, and the other axes less often."""

import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

with h5py.File(sys.argv[1]) as galaxies:
    rows, side = galaxies["Subhalo"], galaxies["Header"].attrs["BoxSize"]
    host, central = rows["SubhaloGrNr"][:], rows["SubhaloCentral"][:] == 1
    place, axes = rows["SubhaloPos"][:], rows["SubhaloAxes"][:]
centre = dict(zip(host[central], place[central]))
kept = [i for i in np.flatnonzero(~central) if host[i] in centre]
toward = np.array([centre[host[i]] - place[i] for i in kept])
toward -= side * np.round(toward / side)
toward /= np.linalg.norm(toward, axis=1)[:, None]
mean = [np.abs((axes[kept, a] * toward).sum(axis=1)).mean() for a in range(3)]
error = 0.29 / len(kept) ** 0.5
print(f"{len(kept)} satellites: mean |cos| of their axes with the direction inward {mean}, +- {error:.4f}")
assert mean[0] > 0.5 + 4 * error, "major axes do not point inward"
assert mean[1] < 0.5 and mean[2] < 0.5, "nor do the others point across"
