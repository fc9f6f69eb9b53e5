#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A simulation read by other software: h5py finds the layout of Gadget, the mean density, the power that the
statistics state, and momentum that is conserved; yt, pynbody and illustris_python, where they are installed
(tools/setup --readers), open a snapshot and its halos and agree on one particle and one halo.
Skipped (77) where h5py cannot be imported."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
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
HALO = 3  # that all look at


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
        ids = particles["ParticleIDs"][:]
        check(np.array_equal(np.sort(ids), np.arange(64**3)), "every particle is there once")
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
        row = int(np.flatnonzero(ids == ID)[0])
        return (position[row], velocity[row], mass), look_at_halos(folder, position, ids)


def look_at_halos(folder, position, ids):
    """Members come first in the snapshot, in the order of the catalogue."""
    with h5py.File(folder / "halos_000.hdf5") as file:
        groups = file["Group"]
        length, first = groups["GroupLenType"][:, 1], groups["GroupOffsetType"][:, 1]
        check(np.array_equal(first, np.cumsum(length) - length), "offsets follow from the lengths")
        check(len(length) > 10 and np.all(np.diff(length) <= 0) and length.min() >= 20, "large groups come first")
        members = slice(first[HALO], first[HALO] + length[HALO])
        check(ids[members].min() == groups["GroupFirstID"][HALO], "a group is named by its smallest id")
        centre = groups["GroupCM"][HALO] / 1000
        offset = (position[members] - centre + 100) % 200 - 100
        check(np.abs(offset.mean(axis=0)).max() < 1e-9 and np.abs(offset).max() < 10, "its rows are its members")
        rest = ids[length.sum():]
        check(np.all(np.diff(rest) > 0), "all others follow by id")
        return groups["GroupPos"][HALO] / 1000, groups["GroupMass"][HALO] * 1e10, length[HALO]


def look_at_white_noise(folder):
    """A start from numbers of our own has their power, mode by mode."""
    noise = np.random.default_rng(5).normal(size=(32, 32, 32))
    with h5py.File(folder / "noise.hdf5", "w") as file:
        file["white_noise"] = noise
    (folder / "noise.toml").write_text(
        "[box]\nside = 400\nparticles = 32\n[initial]\nscale_factor = 0.02\nwhite_noise = 'noise.hdf5'\n"
        "[steps]\ncount = 1\nend = 0.025\n[outputs]\nredshifts = [49.0, 39.0]\nhalos = false\n")
    subprocess.run([PROGRAM, "nbody", folder / "noise.toml", "--out", folder / "noise"], check=True, stdout=subprocess.DEVNULL)
    k = np.fft.fftfreq(32, 1 / 32)
    shell = np.floor(np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k**2) + 0.5).astype(int).ravel()
    power = np.abs(np.fft.fftn(noise).ravel()) ** 2 / 32**3
    relative = np.bincount(shell, power) / np.bincount(shell)
    with h5py.File(folder / "noise" / "statistics_000.hdf5") as numbers:
        ratio = numbers["power/power"][:7] / numbers["power/linear"][:7]
    # P(k) bends within the wide first shells.
    check(near(ratio, relative[1:8], 0.03), "white noise gives its own power times theory's")


def look_at_bad_starts(folder, start, good):
    """Starts that no run can be made of."""
    def refuse(what, wanted, change):
        shutil.copy(good, folder / "bad.hdf5")
        with h5py.File(folder / "bad.hdf5", "r+") as file:
            change(file)
        result = subprocess.run([PROGRAM, "nbody", start, "--in", folder / "bad.hdf5", "--out", folder / "bad"], capture_output=True, text=True)
        check(result.returncode == 65 and wanted in result.stderr, f"{what} is refused{'' if wanted in result.stderr else result.stderr}")

    def other_type(file):
        counts = file["Header"].attrs["NumPart_Total"]
        counts[0] = 8
        file["Header"].attrs["NumPart_Total"] = counts

    def masses(value):
        def change(file):
            file["Header"].attrs["MassTable"] = np.zeros(6)
            file["PartType1/Masses"] = np.full(64**3, value)
        return change

    def set_h(file):
        file["Header"].attrs["HubbleParam"] = 0.5

    def set_velocity(file):
        file["PartType1/Velocities"][7, 1] = 1e30

    def set_place(file):
        file["PartType1/Coordinates"][3, 2] = 2.2e5

    refuse("another type of particles", "only dark matter alone is evolved", other_type)
    refuse("a negative mass", "masses must be positive", masses(-1.0))
    refuse("a mass that does not fit the cosmology", "more than 2 % apart", masses(1e5))
    refuse("another h", "was made with h = 0.5", set_h)
    refuse("a velocity beyond that of light", "faster than light", set_velocity)
    refuse("a place outside the box", "in different units", set_place)


def look_at_own_start(folder):
    """From its own start, written as a snapshot, a box comes to the same places; ids count from 0 again."""
    start = folder / "start"
    command = [PROGRAM, "nbody", folder / "box.toml", "--set", "outputs.redshifts=[9.0, 1.0, 0.0]", "--set", "outputs.halos=false"]
    subprocess.run([*command, "--out", start], check=True, stdout=subprocess.DEVNULL)
    with h5py.File(start / "snapshot_000.hdf5", "r+") as file:
        file["PartType1/ParticleIDs"][:] += 1
    text = INPUT[:INPUT.index("[box]")] + INPUT[INPUT.index("[steps]"):]
    (folder / "start.toml").write_text(text.replace("[1.0, 0.0]", "[1.0, 0.0]\nhalos = false"))
    subprocess.run([PROGRAM, "nbody", folder / "start.toml", "--in", start / "snapshot_000.hdf5", "--out", folder / "again"],
                   check=True, stdout=subprocess.DEVNULL)
    with h5py.File(start / "snapshot_001.hdf5") as ours, h5py.File(folder / "again" / "snapshot_000.hdf5") as theirs:
        check(near(theirs["Header"].attrs["MassTable"][1], ours["Header"].attrs["MassTable"][1]), "the mass comes along")
        check(np.array_equal(theirs["PartType1/ParticleIDs"][:], np.arange(64**3)), "so do the ids")
        offset = theirs["PartType1/Coordinates"][:] - ours["PartType1/Coordinates"][:]
        offset = np.abs((offset + 1e5) % 2e5 - 1e5)
        # Velocities are stored in single precision, which chaos in the densest places makes larger.
        check(np.quantile(offset, 0.99) < 1, f"99 % of the places agree to 1 kpc/h ({np.quantile(offset, 0.99):.2g})")
        speed = np.abs(theirs["PartType1/Velocities"][:] - ours["PartType1/Velocities"][:])
        check(np.quantile(speed, 0.99) < 1, "and of the velocities to 1 km/s")
        check(offset.max() > 0, "but the start was not the same to the bit")
    look_at_bad_starts(folder, folder / "start.toml", start / "snapshot_000.hdf5")


def look_at_light_cone(folder):
    """Planes are histograms of the listed particles, but for their clouds; maps are sums over planes."""
    (folder / "cone.toml").write_text(
        "[cosmology]\nbase = 'planck18'\n[box]\nside = 100\nparticles = 32\n[steps]\ncount = 10\n[outputs]\nhalos = false\n"
        "snapshots = false\n[light_cone]\nredshift = 0.2\nwidth_deg = 8\npixels = 32\nlines_of_sight = 2\ncloud = 0\n"
        "particles = true\n[sources]\nz_max = 0.2\nbins = 1\nphotoz_scatter = 0\n")
    out = folder / "cone"
    subprocess.run([PROGRAM, "nbody", folder / "cone.toml", "--out", out], check=True, stdout=subprocess.DEVNULL)
    places, lines = [], []
    for path in sorted(out.glob("cone_*.hdf5")):
        with h5py.File(path) as file:
            places.append(file["Coordinates"][:])
            lines.append(file["LineOfSight"][:])
            speed = np.sqrt((file["Velocities"][:] ** 2).mean())
            check(100 < speed < 800, f"{path.name}: velocities are some hundred km/s")
    places, lines = np.concatenate(places), np.concatenate(lines)
    with h5py.File(out / "light_cone.hdf5") as file, h5py.File(out / "maps.hdf5") as maps:
        delta, near_side, far_side = file["overdensity"][:], file["near"][:], file["far"][:]
        width = file["overdensity"].attrs["width"]
        angle = places[:, :2] / places[:, 2:] / width * 32 + 16
        mean = 32**3 / 100**3 * (far_side**3 - near_side**3) / 3 * (width / 32) ** 2
        for line in range(2):
            for plane in range(len(mean)):
                inside = (lines == line) & (places[:, 2] >= near_side[plane]) & (places[:, 2] < far_side[plane])
                column, row = np.floor(angle[inside].T).astype(int)
                found = np.zeros((32, 32))
                on_map = (column >= 0) & (column < 32) & (row >= 0) & (row < 32)
                np.add.at(found, (row[on_map], column[on_map]), 1)
                mass = mean[plane] * (1 + delta[line, plane])
                # A cloud has some width, and is shared at the edge of a pixel.
                shared = (np.abs(found - mass) > 1e-3).sum()
                check(found.sum() > 100 and shared < 0.01 * found.sum() and np.abs(found - mass).max() < 2
                      and abs(found.sum() - mass.sum()) < 2, f"plane {plane} of line {line} holds the listed particles")
        kappa = maps["maps"][:, 0]
        check(0 < kappa.std() < 0.05 and np.isfinite(kappa).all(), "convergence is some per cent at most")


def look_with_yt(folder, particle, halo):
    import yt

    yt.set_log_level(50)
    data = yt.load(str(folder / "snapdir_000" / "snap_000.0.hdf5")).all_data()
    row = int(np.flatnonzero(np.asarray(data["PartType1", "ParticleIDs"]) == ID)[0])
    value = lambda field, unit: data["PartType1", field][row].to(unit)
    check(near(value("particle_position", "Mpccm/h"), particle[0]), "yt finds the position")
    check(near(value("particle_velocity", "km/s"), particle[1]), "yt finds the velocity")
    check(near(value("particle_mass", "Msun/h"), particle[2]), "yt finds the mass")
    # Its reader of groups does not look at the units of a file.
    stated = {"length": (1.0, "kpccm/h"), "mass": (1e10, "Msun/h"), "velocity": (1.0, "km/s")}
    data = yt.load(str(folder / "groups_000" / "fof_subhalo_tab_000.0.hdf5"), unit_base=stated).all_data()
    check(near(data["Group", "particle_position"][HALO].to("Mpccm/h"), halo[0]), "yt finds a halo")
    check(near(data["Group", "particle_mass"][HALO].to("Msun/h"), halo[1]), "and its mass")


def look_with_pynbody(folder, particle, halo):
    import pynbody

    warnings.simplefilter("ignore")
    data = pynbody.load(str(folder / "snapdir_000" / "snap_000.0.hdf5"))
    row = int(np.flatnonzero(np.asarray(data["iord"]) == ID)[0])
    value = lambda field, unit: data[field].in_units(unit)[row]
    check(near(value("pos", "Mpc a h^-1"), particle[0]), "pynbody finds the position")
    check(near(value("vel", "km s^-1"), particle[1]), "pynbody finds the velocity")
    # Its mass of the Sun is 1.98892e33 g, ours 1.98841e33 g.
    check(near(value("mass", "g h^-1"), particle[2] * 1.98841e33), "pynbody finds the mass")
    catalogue = pynbody.halo.subfindhdf.TNGSubfindHDFCatalogue(data, filename=folder / "groups_000" / "fof_subhalo_tab_000")
    found = catalogue[HALO]
    check(len(found) == halo[2], "pynbody finds the members of a halo")
    check(near(found.properties["GroupPos"].in_units("Mpc a h^-1", **data.conversion_context()), halo[0]), "and its place")


def look_with_illustris(folder, particle, halo):
    import illustris_python

    data = illustris_python.snapshot.loadSubset(str(folder), 0, "dm", ["Coordinates", "Velocities", "ParticleIDs"])
    row = int(np.flatnonzero(data["ParticleIDs"] == ID)[0])
    check(near(data["Coordinates"][row] / 1000, particle[0]), "illustris_python finds the position")
    check(near(data["Velocities"][row] * 0.5**0.5, particle[1]), "illustris_python finds the velocity")
    data = illustris_python.groupcat.loadHalos(str(folder), 0, ["GroupPos", "GroupMass"])
    check(near(data["GroupPos"][HALO] / 1000, halo[0]) and near(data["GroupMass"][HALO] * 1e10, halo[1]), "and a halo")


def name_as_tng(folder):
    """The names that readers of TNG's files look for."""
    for old, new in (("snapshot_000", "snapdir_000/snap_000.0"), ("halos_000", "groups_000/fof_subhalo_tab_000.0")):
        target = folder / f"{new}.hdf5"
        target.parent.mkdir()
        shutil.copy(folder / f"{old}.hdf5", target)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "box.toml").write_text(INPUT)
        # With a light cone of halos, catalogues name their members, which readers of the layout then look for.
        for out, more in (("out", ("--set", "light_cone_halos.redshift=0.02")), ("out/paired", ("--set", "initial.paired=true"))):
            command = [PROGRAM, "nbody", folder / "box.toml", "--out", folder / out, *more]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        particle, halo = look_with_h5py(folder / "out")
        look_at_white_noise(folder)
        look_at_own_start(folder)
        look_at_light_cone(folder)
        name_as_tng(folder / "out")
        for look in (look_with_yt, look_with_pynbody, look_with_illustris):
            try:
                look(folder / "out", particle, halo)
            except ModuleNotFoundError as error:
                print(f"SKIPPED this reader: {error}")


main()
