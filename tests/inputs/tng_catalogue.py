#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A group catalogue in TNG's layout, in two files, written without our writer; and what its graphs must be.

    tng_catalogue.py write FOLDER              groups.0.hdf5, groups.1.hdf5, table.txt, and damaged copies
    tng_catalogue.py check GRAPHS [EXACT]      exits 0 when the graphs hold the right physical values
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

BOX = 50000.0  # ckpc/h
COUNTS = [3, 1, 0, 5, 2]  # subhalos of each group; one more is flagged, one group is empty


def catalogue():
    rng = np.random.default_rng(5)
    c = {"GroupPos": rng.uniform(0, BOX, (5, 3)).astype("f4"), "GroupMass": 10 ** rng.uniform(0, 3, 5).astype("f4")}
    c["GroupPos"][0] = [20.0, 49990.0, 25000.0]  # its galaxies lie on both sides of two faces
    c["Group_M_Crit200"] = 0.7 * c["GroupMass"]
    c["GroupAxesIterative"] = np.array([np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(5)])
    host = np.repeat(np.arange(5), COUNTS)
    host = np.append(host, 3)  # a flagged clump at the end
    n = len(host)
    c["GroupFirstSub"] = np.array([0, 3, -1, 4, 9], "i4")
    c["SubhaloGrNr"] = host.astype("i4")
    c["SubhaloPos"] = ((c["GroupPos"][host] + rng.normal(0, 300, (n, 3))) % BOX).astype("f4")
    c["SubhaloFlag"] = np.append(np.ones(n - 1, bool), False).astype("u1")
    c["SubhaloMassType"] = 10 ** rng.uniform(-1, 1, (n, 6)).astype("f4")
    c["SubhaloMass"] = c["SubhaloMassType"].sum(1)
    c["Axes"] = np.array([np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(n)]).astype("f4")
    q = rng.uniform(0.5, 1, n)
    c["Ratios"] = np.stack([q, q * rng.uniform(0.5, 1, n)], 1).astype("f4")
    return c


def write_files(stem, c):
    """The first file holds three groups and four subhalos."""
    for part, (groups, subhalos) in enumerate([(slice(0, 3), slice(0, 4)), (slice(3, 5), slice(4, None))]):
        with h5py.File(f"{stem}.{part}.hdf5", "w") as f:
            head = f.create_group("Header").attrs
            rows = {k: v[groups] if k.startswith("Group") else v[subhalos] for k, v in c.items()}
            head.update({"Ngroups_ThisFile": np.int32(len(rows["GroupMass"])), "Ngroups_Total": np.int32(5),
                         "Nsubgroups_ThisFile": np.int32(len(rows["SubhaloGrNr"])),
                         "Nsubgroups_Total": np.int32(len(c["SubhaloGrNr"])), "NumFiles": np.int32(2),
                         "BoxSize": BOX, "Time": 0.5, "Redshift": 1.0, "HubbleParam": 0.6774, "Omega0": 0.3089})
            for name, values in rows.items():
                f[("Group/" if name.startswith("Group") else "Subhalo/") + name] = values


def write(folder):
    c = catalogue()
    write_files(f"{folder}/groups", c)
    for name, change in {
        "orphan": lambda d: d["SubhaloGrNr"].__setitem__(5, 77),
        "long": lambda d: d["Axes"].__setitem__(5, 2 * d["Axes"][5]),
        "zero": lambda d: d["Axes"].__setitem__((5, 0), 0),
        "nan": lambda d: d["SubhaloPos"].__setitem__((5, 1), np.nan),
        "central": lambda d: d["GroupFirstSub"].__setitem__(3, 0),
    }.items():
        d = {k: v.copy() for k, v in c.items()}
        change(d)
        write_files(f"{folder}/{name}", d)
    names = "id host_halo central stellar x y z axisA_x axisA_y axisA_z".split()
    with open(f"{folder}/table.txt", "w") as f:
        f.write("# " + " ".join(names) + "\n")
        for i in np.flatnonzero(c["SubhaloFlag"]):
            h = c["SubhaloGrNr"][i]
            row = [i, h, int(c["GroupFirstSub"][h] == i), 1e10 / 0.6774 * float(c["SubhaloMassType"][i, 4])]
            row += [float(x) / 1000 / 0.6774 for x in c["SubhaloPos"][i]] + [float(x) for x in c["Axes"][i, 0]]
            f.write(" ".join(f"{v:.9g}" for v in row) + "\n")
    lines = open(f"{folder}/table.txt").read().splitlines()
    open(f"{folder}/twice.txt", "w").write("\n".join(lines + lines[-1:]) + "\n")


def check(path, kind):
    c = catalogue()
    with h5py.File(path) as f:
        begin, host, ids = f["begin"][:], f["host"][:], f["id"][:]
        assert list(host) == [0, 1, 3, 4] and list(np.diff(begin)) == [3, 1, 5, 2], (host, begin)
        names = list(f["scalars"].attrs["names"].astype(str))
        scalars = dict(zip(names, f["scalars"][:].T))
        for g, h in enumerate(host):
            rows = ids[begin[g]:begin[g + 1]]
            centre = c["GroupFirstSub"][h]
            assert rows[0] == centre and set(rows) == set(np.flatnonzero(c["SubhaloGrNr"] == h)) - {len(c["Axes"]) - 1}
            d = (c["SubhaloPos"][rows].astype(float) - c["SubhaloPos"][centre]) / 1000
            d -= 50 * np.round(d / 50)
            at = slice(begin[g], begin[g + 1])
            assert np.abs(d).max() < 3 and np.abs(f["position"][at] - d).max() < 2e-5
            assert np.abs(scalars["central"][at] - (rows == centre)).max() == 0
            assert np.abs(scalars["log10_mass"][at] - np.log10(1e10 * c["SubhaloMassType"][rows, 4])).max() < 1e-5
            if kind == "frames":
                assert np.abs(scalars["log10_host_mass"][at] - np.log10(1e10 * c["Group_M_Crit200"][h])).max() < 1e-5
                assert np.abs(f["axes"][at, 0] - c["GroupAxesIterative"][h, 0]).max() < 1e-6
                assert np.abs(f["frames"][at] - c["Axes"][rows]).max() < 1e-6
                assert np.abs(f["axis_ratios"][at] - c["Ratios"][rows]).max() < 1e-6
            else:
                assert np.abs(f["major"][at] - c["Axes"][rows, 0]).max() < 1e-6


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check(sys.argv[2], sys.argv[3])
