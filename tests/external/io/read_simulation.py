#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A simulation read by other software: h5py finds the layout of Gadget, the mean density, the power that the
statistics state, and momentum that is conserved; yt, pynbody and illustris_python, where they are installed
(tools/setup --readers), open a snapshot and agree on the position, velocity and mass of one particle.
Skipped (77) where h5py cannot be imported."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = os.environ.get("SHEARWATER_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/shearwater"
READERS = CACHE + "/readers-1/bin/python3"
if os.path.exists(READERS) and not sys.prefix.startswith(CACHE):
    os.execv(READERS, [READERS, *sys.argv])

from h5py_or_skip import h5py, np

PROGRAM = os.environ["SHEARWATER_PROGRAM"]
INPUT = """
[cosmology]
base = "planck18"
[box]
side = 200
particles = 64
[initial]
fixed_amplitude = true
[steps]
count = 12
[outputs]
redshifts = [1.0, 0.0]
"""
ID = 12345  # of the particle that all look at


def check(right, what):
    if not right:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


def near(found, expected, tolerance=1e-6):
    return np.allclose(np.asarray(found, float), expected, rtol=tolerance, atol=0)


def cloud_power(positions, side, mesh):
    """P(k) of particles in clouds in cells, the window undone, by shells of width 2 pi/side."""
    cells = positions / side * mesh - 0.5
    low = np.floor(cells).astype(int)
    grid = np.zeros((mesh,) * 3)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, cells - low, 1 - (cells - low)), axis=1)
        np.add.at(grid, tuple(((low + corner) % mesh).T), weight)
    modes = np.fft.fftn(grid / grid.mean() - 1) / mesh**3
    k = np.fft.fftfreq(mesh, 1 / mesh)
    window = np.sinc(k / mesh) ** 2
    modes /= window[:, None, None] * window[None, :, None] * window[None, None, :]
    length = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2)
    shell = np.floor(length + 0.5).astype(int).ravel()
    count = np.bincount(shell)
    return side**3 * np.bincount(shell, np.abs(modes.ravel()) ** 2) / count


def look_with_h5py(folder):
    with h5py.File(folder / "snapshot_000.hdf5") as file, h5py.File(folder / "statistics_000.hdf5") as numbers:
        header, particles = dict(file["Header"].attrs), file["PartType1"]
        position, velocity = particles["Coordinates"][:] / 1000, particles["Velocities"][:] * 0.5**0.5
        mass = header["MassTable"][1] * 1e10
        check(list(particles["ParticleIDs"]) == list(range(64**3)), "particles are sorted by id")
        check(near(header["Redshift"], 1) and near(header["Time"], 0.5), "the time is the output's")
        check(near(mass * 64**3 / 200**3, 0.3111 * 2.7754e11), "the mean density is that of the cosmology")
        speed = np.sqrt((velocity**2).mean())
        check(50 < speed < 500, "velocities are some hundred km/s")
        check(np.abs(velocity.mean(axis=0)).max() < 1e-3 * speed, "forces add up to zero")
        power = cloud_power(position, 200, 128)[1:64]
        found = numbers["power/power"][:]
        check(near(found[:16], power[:16], 1e-3), "the power is that of the particles")
        with h5py.File(folder / "paired" / "statistics_000.hdf5") as partner:
            pair = (found + partner["power/power"][:]) / 2
        ratio = pair[2:16] / numbers["power/halofit"][2:16]
        check(abs(ratio.mean() - 1) < 0.06, f"and that of a pair is near halofit's ({ratio.mean():.3f})")
        image = numbers["slice"][:]
        check(image.shape == (128, 128) and image.min() >= -1 and image.max() > 1, "the slice shows structure")
        return position[ID], velocity[ID], mass


def look_with_yt(path, expected):
    import yt

    yt.set_log_level(50)
    data = yt.load(str(path)).all_data()
    row = int(np.flatnonzero(np.asarray(data["PartType1", "ParticleIDs"]) == ID)[0])
    value = lambda field, unit: data["PartType1", field][row].to(unit)
    check(near(value("particle_position", "Mpccm/h"), expected[0]), "yt finds the position")
    check(near(value("particle_velocity", "km/s"), expected[1]), "yt finds the velocity")
    check(near(value("particle_mass", "Msun/h"), expected[2], 2e-5), "yt finds the mass, but for its solar mass")


def look_with_pynbody(path, expected):
    import pynbody

    data = pynbody.load(str(path))
    row = int(np.flatnonzero(np.asarray(data["iord"]) == ID)[0])
    value = lambda field, unit: data[field].in_units(unit)[row]
    check(near(value("pos", "Mpc a h^-1"), expected[0]), "pynbody finds the position")
    check(near(value("vel", "km s^-1"), expected[1]), "pynbody finds the velocity")
    check(near(value("mass", "Msol h^-1"), expected[2], 2e-5), "pynbody finds the mass, but for its solar mass")


def look_with_illustris(path, expected):
    import illustris_python

    folder = path.parent / "snapdir_000"
    folder.mkdir()
    (folder / "snap_000.0.hdf5").symlink_to(path)
    data = illustris_python.snapshot.loadSubset(str(path.parent), 0, "dm", ["Coordinates", "Velocities", "ParticleIDs"])
    row = int(np.flatnonzero(data["ParticleIDs"] == ID)[0])
    check(near(data["Coordinates"][row] / 1000, expected[0]), "illustris_python finds the position")
    check(near(data["Velocities"][row] * 0.5**0.5, expected[1]), "illustris_python finds the velocity")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "box.toml").write_text(INPUT)
        for out, more in (("out", ()), ("out/paired", ("--set", "initial.paired=true"))):
            command = [PROGRAM, "nbody", folder / "box.toml", "--out", folder / out, *more]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        expected = look_with_h5py(folder / "out")
        for look in (look_with_yt, look_with_pynbody, look_with_illustris):
            try:
                look(folder / "out" / "snapshot_000.hdf5", expected)
            except ModuleNotFoundError as error:
                print(f"SKIPPED this reader: {error}")


main()
