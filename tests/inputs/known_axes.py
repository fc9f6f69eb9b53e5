#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tools/axis_strength on catalogues whose axes are scattered by a known strength, and on files that it must refuse."""

import math
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

TOOL = __file__.rsplit("/", 3)[0] + "/tools/axis_strength"
HALOS, SIDE = 2000, 1e5
rng = np.random.default_rng(3)
place = rng.uniform(0, SIDE, (HALOS, 3))
mass = 10 ** rng.uniform(2.5, 4.5, HALOS)


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def scattered(axis, strength):
    """Watson's draws about each axis, by the inverse of its tabulated distribution."""
    cosine = (np.arange(4000) + 0.5) / 4000
    share = np.cumsum(np.exp(math.tan(math.pi * strength / 2) * (cosine**2 - 1)))
    c = np.interp(rng.uniform(size=HALOS), share / share[-1], cosine)[:, None]
    across = rng.normal(size=axis.shape)
    across = unit(across - np.sum(across * axis, axis=1, keepdims=True) * axis)
    return c * axis + np.sqrt(1 - c**2) * across


def write(name, major, particles, **changed):
    content = {"GroupMass": mass, "GroupPos": place, "Group_R_TopHat200": np.full(HALOS, 300.0),
               "GroupLen": np.round(particles * mass).astype(int), "GroupAxesIterative": np.stack([major] * 3, axis=1)}
    header = {"BoxSize": SIDE, "Time": 1.0}
    with h5py.File(name, "w") as file:
        for key, value in content.items():
            file["Group/" + key] = changed.get(key, value)
        for key, value in header.items():
            file.require_group("Header").attrs[key] = changed.get(key, value)
    return name


def run(*arguments):
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def refused(text, *arguments):
    code, said = run(*arguments)
    assert code == 1 and text in said and "Traceback" not in said, f"{arguments}: {code}, {said}"


os.chdir(tempfile.mkdtemp())
axis = unit(rng.normal(size=(HALOS, 3)))
coarse = write("coarse.h5", axis, 1)
for strength in (0.3345, 0.7797, 0.9):
    code, said = run(coarse, write("fine.h5", scattered(axis, strength), 8))
    line = next(line for line in said.splitlines() if line.startswith("all: "))
    found, low, high = (float(word.strip("(),")) for word in (line.split()[-4], line.split()[-3], line.split()[-1]))
    print(strength, line)
    assert code == 0 and low < found < high, said
    assert abs(found - strength) < 4 * max(found - low, high - found), f"{strength}: {line}"
code, said = run(coarse, write("fine.h5", unit(rng.normal(size=(HALOS, 3))), 8))
moment = float(said.split("1/3 = ")[1].split()[0])
assert code == 0 and abs(moment) < 4 * math.sqrt(4 / 45 / HALOS), said

fine = write("fine.h5", axis, 8)
refused("name the coarser box first", fine, coarse)
refused("name the coarser box first", coarse, coarse)
refused("the sides in kpc/h are", coarse, write("bad.h5", axis, 8, BoxSize=2 * SIDE))
refused("the scale factors are", coarse, write("bad.h5", axis, 8, Time=0.5))
refused("nothing to compare", coarse, write("bad.h5", axis, 8, BoxSize=math.nan))
refused("bad.h5", coarse, write("bad.h5", axis, 8, BoxSize="wide"))
refused("axes must have length 1", coarse, write("bad.h5", 3 * axis, 8))
refused("different numbers of rows", coarse, write("bad.h5", axis[:-1], 8))
refused("bad.h5", coarse, write("bad.h5", axis, 8, GroupAxesIterative=axis))
refused("are in both boxes", coarse, write("bad.h5", axis, 8, GroupPos=rng.uniform(0, SIDE, (HALOS, 3))))
refused("--smallest-mass (here 1e+99", coarse, fine, "--smallest-mass", "1e99")
refused("missing.h5", coarse, "missing.h5")
refused("GroupAxesSimple", coarse, fine, "--shape", "simple")
