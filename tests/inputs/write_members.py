#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""write_members.py HALOS FOLDER: halos.hdf5, HALOS groups of 10^13 to 10^14 Msun/h on a line, and snapshot.hdf5, 24
particles of each within 0.1 Mpc/h, as `shearwater nbody` lays them out; group after group, so that memory does not grow."""

import sys

import h5py
import numpy as np

halos, folder, members, block = int(sys.argv[1]), sys.argv[2], 24, 50000
side = 1e6  # [kpc/h]


def open_file(name, schema, **header):
    f = h5py.File(f"{folder}/{name}", "w", libver=("v110", "v110"))
    f.attrs["format_version"] = np.int64(1)
    f.attrs["schema"] = np.bytes_(schema)
    known = {"BoxSize": side, "Time": 1.0, "Redshift": 0.0, "Omega0": 0.3089, "OmegaLambda": 0.6911, "HubbleParam": 0.6774}
    f.create_group("Header").attrs.update({**known, **header})
    return f


def dataset(f, name, rows, width, kind, unit):
    shape = (rows, width) if width > 1 else (rows,)
    d = f.create_dataset(name, shape, kind, chunks=(min(rows, 1 << 14), *shape[1:]), fletcher32=True)
    d.attrs["unit"] = np.bytes_(unit)
    return d


with open_file("halos.hdf5", "halos", Ngroups_Total=np.int64(halos)) as f, open_file("snapshot.hdf5", "snapshot") as s:
    position = dataset(f, "Group/GroupPos", halos, 3, "f8", "kpc")
    velocity = dataset(f, "Group/GroupVel", halos, 3, "f8", "km/s")
    mass = dataset(f, "Group/Group_M_Mean200", halos, 1, "f8", "1e10 Msun")
    length = dataset(f, "Group/GroupLen", halos, 1, "i8", "1")
    offset = dataset(f, "Group/GroupOffsetType", halos, 6, "i8", "1")
    place = dataset(s, "PartType1/Coordinates", halos * members, 3, "f4", "kpc")
    speed = dataset(s, "PartType1/Velocities", halos * members, 3, "f4", "km/s")
    for first in range(0, halos, block):
        rows = np.arange(first, min(first + block, halos))
        centre = np.stack([(rows + 0.5) / halos * side, 0 * rows + side / 2, 0 * rows + side / 2], axis=1)
        own = slice(first, first + len(rows))
        position[own], velocity[own] = centre, 0
        mass[own] = 10 ** (3 + rows % 101 / 100)
        length[own] = members
        offset[own] = np.stack([rows * members if k == 1 else 0 * rows for k in range(6)], axis=1)
        random = np.random.default_rng(first)
        own = slice(first * members, (first + len(rows)) * members)
        place[own] = np.repeat(centre, members, axis=0) + random.uniform(-100, 100, (len(rows) * members, 3))
        speed[own] = random.normal(0, 300, (len(rows) * members, 3))
