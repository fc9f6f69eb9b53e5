#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""satellites_on_members.py GALAXIES HALOS SNAPSHOT: exits 0 when every satellite has the place and the velocity of a
particle of its halo, no two of the same one, and central galaxies are where their halos are."""

import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

with h5py.File(sys.argv[1]) as galaxies, h5py.File(sys.argv[2]) as halos, h5py.File(sys.argv[3]) as snapshot:
    rows, group, particles = galaxies["Subhalo"], halos["Group"], snapshot["PartType1"]
    host, central = rows["SubhaloGrNr"][:], rows["SubhaloCentral"][:]
    place, velocity = rows["SubhaloPos"][:], rows["SubhaloVel"][:]
    a, side = snapshot["Header"].attrs["Time"], snapshot["Header"].attrs["BoxSize"]
    begin, length = group["GroupOffsetType"][:, 1], group["GroupLen"][:]
    position, speed = particles["Coordinates"][:], particles["Velocities"][:] * a**0.5
    assert (central == 0).sum() > 20, "too few satellites to tell"
    assert np.allclose(place[central == 1] % side, group["GroupPos"][:][host[central == 1]] % side, rtol=1e-12)
    used = set()
    for i in np.flatnonzero(central == 0):
        own = slice(begin[host[i]], begin[host[i]] + length[host[i]])
        apart = np.abs((position[own] - place[i] + side / 2) % side - side / 2).max(axis=1)
        nearest = apart.argmin()
        assert apart[nearest] < 1e-9 * side, f"satellite {i} is on no member"
        assert np.allclose(speed[own][nearest], velocity[i], rtol=1e-6, atol=1e-4), f"satellite {i} moves otherwise"
        assert (host[i], nearest) not in used, f"two satellites are on member {nearest} of halo {host[i]}"
        used.add((host[i], nearest))
