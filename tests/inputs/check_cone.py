#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_cone.py FOLDER [turned]: cone_halos.hdf5 beside halos_NNN.hdf5, from which every halo of every replica is
followed here by itself: linked by its particles, along a cubic, to where a root finder says that it is seen."""
import sys

import h5py
import numpy as np

LIGHT = 299792.458


def read(path, names, folder=sys.argv[1]):
    with h5py.File(f"{folder}/{path}") as file:
        return [file[name][()] for name in names], dict(file["Header"].attrs)


def catalogue(number):
    (place, velocity, length, ids), header = read(
        f"halos_{number:03d}.hdf5", ["Group/GroupPos", "Group/GroupVel", "Group/GroupLen", "IDs/ID"])
    return {"x": place / 1e3, "u": velocity / header["Time"] / LIGHT, "length": length, "a": header["Time"],
            "members": np.split(ids, np.cumsum(length)[:-1]), "side": header["BoxSize"] / 1e3,
            "omega_m": header["Omega0"]}


def distances(a, omega_m):
    """Comoving distance of a flat universe without radiation [Mpc/h], by Gauss-Legendre."""
    t, w = np.polynomial.legendre.leggauss(64)
    z = (1 / a - 1) * (t + 1) / 2
    return 2997.92458 * (1 / a - 1) / 2 * np.sum(w / np.sqrt(omega_m * (1 + z) ** 3 + 1 - omega_m))


def links(earlier, later):
    """Rows of the progenitors, -1 for none."""
    groups = {i: g for g, members in enumerate(earlier["members"]) for i in members}
    claims = []
    for g, members in enumerate(later["members"]):
        shared = np.bincount([groups[i] for i in members if i in groups], minlength=len(earlier["length"]))
        best = int(np.argmax(shared))
        if shared[best] > 0 and 2 * shared[best] >= min(earlier["length"][best], later["length"][g]):
            claims.append((best, -shared[best], g))
    result, taken = np.full(len(later["length"]), -1), set()
    for best, _, g in sorted(claims):
        if best not in taken:
            taken.add(best)
            result[g] = best
    return result


def follow(x0, u0, x1, u1, far, near, chi):
    t = (far - chi) / (far - near)
    way = far - near
    return ((1 + 2 * t) * (1 - t) ** 2 * x0 + t**2 * (3 - 2 * t) * x1
            + way * (t * (1 - t) ** 2 * u0 - t**2 * (1 - t) * u1))


def crossings(path, far, near):
    """Distances in (near, far] at which a way from the observer is met, by bisection; NaN for none."""
    f = lambda chi: np.linalg.norm(path(chi), axis=1) - chi
    size = len(path(far))
    meets = (f(far) < 0) & (f(near) >= 0)
    low, high = np.full(size, near), np.full(size, far)
    for _ in range(60):
        middle = (low + high) / 2
        passed = np.linalg.norm(path(middle[:, None]), axis=1) >= middle
        low, high = np.where(passed, middle, low), np.where(passed, high, middle)
    return np.where(meets, low, np.nan)


def expected(reach, observer, chi_of):
    """(output, row, replica, distance) of all halos nearer than `reach`."""
    boxes = [catalogue(n) for n in range(3)]
    side = boxes[0]["side"]
    chi = [chi_of(b["a"]) for b in boxes]
    middle = [chi_of((a["a"] + b["a"]) / 2) for a, b in zip(boxes, boxes[1:])]
    parents = [links(a, b) for a, b in zip(boxes, boxes[1:])]
    most = int(reach / side) + 2
    grid = np.arange(-most, most + 1)
    replicas = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), -1).reshape(-1, 3)
    rows = []
    for n, box in enumerate(boxes):
        for h in range(len(box["length"])):
            here = box["x"][h] - observer + side * replicas
            found = np.full(len(replicas), np.nan)
            if n > 0:
                parent = parents[n - 1][h]
                path = lambda c: here + box["u"][h] * (chi[n] - c)
                if parent >= 0:
                    old = boxes[n - 1]
                    step = np.remainder(old["x"][parent] - box["x"][h] + side / 2, side) - side / 2
                    path = lambda c: follow(here + step, old["u"][parent], here, box["u"][h], chi[n - 1], chi[n], c)
                found = crossings(path, middle[n - 1], chi[n])
            if n < 2:
                child = np.flatnonzero(parents[n] == h)
                path = lambda c: here + box["u"][h] * (chi[n] - c)
                if child.size:
                    new, k = boxes[n + 1], child[0]
                    step = np.remainder(new["x"][k] - box["x"][h] + side / 2, side) - side / 2
                    path = lambda c: follow(here, box["u"][h], here + step, new["u"][k], chi[n], chi[n + 1], c)
                found = np.where(np.isnan(found), crossings(path, chi[n], middle[n]), found)
            rows += [(n, h, *replicas[i], found[i]) for i in np.flatnonzero(found < reach)]
    return sorted(rows)


def check_columns(turned):
    names = ["Output", "GroupRow", "GroupMass", "GroupVel", "ScaleFactor", "GroupAxesSimple", "GroupTidalAxes",
             "GroupAxisRatiosSimple", "GroupCM", "GroupPos", "Shell", "RightAscension", "Declination",
             "RedshiftObserved", "RedshiftCosmological", "ComovingDistance", "GroupFirstID"]
    values, _ = read("cone_halos.hdf5", ["Group/" + name for name in names])
    cone = dict(zip(names, values))
    orders = set()
    for n in range(3):
        mine = np.flatnonzero(cone["Output"] == n)
        (mass, ratio, axes, tides, place, centre, label), header = read(
            f"halos_{n:03d}.hdf5",
            ["Group/" + c for c in ["GroupMass", "GroupAxisRatiosSimple", "GroupAxesSimple", "GroupTidalAxes",
                                    "GroupPos", "GroupCM", "GroupFirstID"]])
        row = cone["GroupRow"][mine]
        assert np.array_equal(mass[row], cone["GroupMass"][mine])
        assert np.array_equal(ratio[row], cone["GroupAxisRatiosSimple"][mine])
        assert np.array_equal(label[row], cone["GroupFirstID"][mine])
        side = header["BoxSize"]
        offset = np.remainder(centre - place + side / 2, side)[row] - side / 2
        seen = cone["GroupCM"][mine] - cone["GroupPos"][mine]
        for shell in np.unique(cone["Shell"][mine]):
            some = cone["Shell"][mine] == shell
            # The symmetry of a cube that turns all offsets, and then all axes, but for their heads.
            pairs = [[(b, s) for b in range(3) for s in (1, -1)
                      if np.allclose(seen[some, a], s * offset[some, b], atol=1e-6)] for a in range(3)]
            assert all(len(p) == 1 for p in pairs), pairs
            order, sign = [p[0][0] for p in pairs], np.array([p[0][1] for p in pairs])
            assert sorted(order) == [0, 1, 2]
            orders.add((tuple(order), tuple(sign)))
            for theirs, ours in ((axes, cone["GroupAxesSimple"]), (tides[:, 0], cone["GroupTidalAxes"][:, 0])):
                cosine = np.sum(theirs[row[some]][:, :, order] * sign * ours[mine[some]], axis=2)
                assert np.allclose(np.abs(cosine), 1, atol=1e-12)
    assert (len(orders) > 1) == turned and (turned or orders == {((0, 1, 2), (1, 1, 1))}), orders
    place, d = cone["GroupPos"], cone["ComovingDistance"]
    assert np.allclose(np.linalg.norm(place, axis=1), d, rtol=1e-13)
    ra, dec = np.radians(cone["RightAscension"]), np.radians(cone["Declination"])
    unit = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], 1)
    assert np.allclose(place, unit * d[:, None], rtol=1e-10, atol=1e-6)
    assert np.allclose(cone["ScaleFactor"], 1 / (1 + cone["RedshiftCosmological"]), rtol=1e-14)
    outwards = np.sum(cone["GroupVel"] / cone["ScaleFactor"][:, None] * unit, axis=1) / LIGHT
    ratio = (1 + cone["RedshiftObserved"]) / (1 + cone["RedshiftCosmological"])
    assert np.allclose(ratio, 1 + outwards, rtol=1e-12) and np.std(outwards) > 1e-4
    if turned:
        assert (unit > -1e-12).all()


def check_halos():
    (output, row, replica, distance, z), header = read(
        "cone_halos.hdf5",
        ["Group/" + name for name in ["Output", "GroupRow", "Replica", "ComovingDistance", "RedshiftCosmological"]])
    omega_m = header["Omega0"]
    some = np.argsort(z)[::50]
    ours = np.array([distances(1 / (1 + x), omega_m) for x in z[some]])
    assert np.allclose(distance[some] / 1e3, ours, rtol=1e-7)
    chi_of = lambda a: distances(a, omega_m) if a < 1 else 0.0
    reach = chi_of(1 / (1 + header["Redshift_Max"]))
    want = expected(reach, header["Observer"] / 1e3, chi_of)
    have = sorted(zip(output, row, *replica.T, distance / 1e3))
    keys = lambda rows: {tuple(int(x) for x in r[:5]) for r in rows}
    assert len(keys(have)) == len(have), "a halo is in a replica twice"
    apart = keys(have) ^ keys(want)
    assert not apart, (len(apart), len(have), len(want))
    found = {tuple(int(x) for x in r[:5]): r[5] for r in have}
    worst = max(abs(found[k] - r[5]) for r in want if (k := tuple(int(x) for x in r[:5])) in found)
    # Where both interpolate distances and find the root: 5e-11 when this was written.
    assert worst < 1e-7, worst
    print(f"{len(have)} halos, largest difference {worst:.2g} Mpc/h")


turned = len(sys.argv) > 2
check_columns(turned)
if not turned:
    check_halos()
