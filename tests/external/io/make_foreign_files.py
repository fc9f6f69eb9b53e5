#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make_foreign_files.py FOLDER: one set of 60 particles and 5 groups as other codes would store it, from
their formats' descriptions: GADGET-4 (three files, one of them empty, Mpc/h), TNG (ckpc/h, with gas), SWIFT
(no h in the units, masses in a dataset), an initial condition as MUSIC writes it (no units at all), TNG's
groups (an empty chunk), AHF's _halos and plain tables. Exits 77 where h5py cannot be imported."""

import os
import sys

from h5py_or_skip import h5py, np

FOLDER = sys.argv[1]
N, BOX, A, H, OMEGA = 60, 50.0, 0.5, 0.7, 0.3  # BOX in Mpc/h
MASS = OMEGA * 2.7754e11 * BOX**3 / N  # Msun/h
row = np.arange(N)
POSITION = np.stack([(7 * row % 61), (11 * row % 61), (row % 61)], axis=1) / 61.0 * BOX
VELOCITY = np.stack([10.0 * row, -20.0 * row, 5.0 + row], axis=1)  # peculiar, km/s
IDS = (1000 + 3 * row).astype("u8")


def create(name):
    return h5py.File(os.path.join(FOLDER, name), "w", track_order=False)


def header(file, this, total, masses, files=1, time=A):
    group = file.create_group("Header")
    group.attrs["NumPart_ThisFile"] = np.array(this, "u4")
    group.attrs["NumPart_Total"] = np.array(total, "u4")
    group.attrs["NumPart_Total_HighWord"] = np.zeros(len(total), "u4")
    group.attrs["MassTable"] = np.array(masses, "f8")
    group.attrs["Time"], group.attrs["Redshift"] = time, 1 / time - 1
    group.attrs["NumFilesPerSnapshot"] = np.int32(files)
    return group


def scaling(dataset, a, h):
    dataset.attrs["a_scaling"], dataset.attrs["h_scaling"] = float(a), float(h)


def gadget4():
    for i, rows in enumerate([slice(0, 35), slice(0, 0), slice(35, 60)]):
        with create(f"snap_g4.{i}.hdf5") as file:
            count = rows.stop - rows.start
            head = header(file, [0, count], [0, N], [0, MASS / 1e10], files=3)
            head.attrs["BoxSize"] = BOX
            parameters = file.create_group("Parameters")
            parameters.attrs["UnitLength_in_cm"], parameters.attrs["UnitMass_in_g"] = 3.085678e24, 1.989e43
            parameters.attrs["UnitVelocity_in_cm_per_s"] = 1e5
            parameters.attrs["Omega0"], parameters.attrs["HubbleParam"] = OMEGA, H
            if count == 0:
                continue
            part = file.create_group("PartType1")
            scaling(part.create_dataset("Coordinates", data=POSITION[rows]), 1, -1)
            scaling(part.create_dataset("Velocities", data=(VELOCITY[rows] / A**0.5).astype("f4")), 0.5, 0)
            part.create_dataset("ParticleIDs", data=IDS[rows].astype("u4"))


def tng():
    with create("snap_tng.hdf5") as file:
        head = header(file, [2, N, 0, 0, 0, 0], [2, N, 0, 0, 0, 0], [0, MASS / 1e10, 0, 0, 0, 0])
        head.attrs["BoxSize"], head.attrs["HubbleParam"], head.attrs["Omega0"] = BOX * 1e3, H, OMEGA * 1.2
        head.attrs["UnitLength_in_cm"], head.attrs["UnitMass_in_g"] = 3.085678e21, 1.989e43
        head.attrs["UnitVelocity_in_cm_per_s"] = 1e5
        file.create_group("PartType0").create_dataset("Coordinates", data=np.ones((2, 3)))
        part = file.create_group("PartType1")
        scaling(part.create_dataset("Coordinates", data=POSITION * 1e3, chunks=(16, 3), compression="gzip"), 1, -1)
        scaling(part.create_dataset("Velocities", data=VELOCITY / A**0.5), 0.5, 0)
        part.create_dataset("ParticleIDs", data=IDS)


def longer():
    """A dataset has a row more than the header counts."""
    with create("snap_longer.hdf5") as file:
        head = header(file, [0, N - 1, 0, 0, 0, 0], [0, N - 1, 0, 0, 0, 0], [0, MASS / 1e10 * N / (N - 1), 0, 0, 0, 0])
        head.attrs["BoxSize"], head.attrs["HubbleParam"], head.attrs["Omega0"] = BOX * 1e3, H, OMEGA
        head.attrs["UnitLength_in_cm"], head.attrs["UnitMass_in_g"] = 3.085678e21, 1.989e43
        scaling(file.create_group("PartType1").create_dataset("Coordinates", data=POSITION * 1e3), 1, -1)


def swift(name, exponent=0.0):
    with create(name) as file:
        counts = np.zeros(7, "i8")
        counts[1] = N
        head = file.create_group("Header")
        head.attrs["Code"], head.attrs["BoxSize"] = np.bytes_("SWIFT"), np.full(3, BOX / H)
        head.attrs["NumPart_ThisFile"], head.attrs["NumPart_Total"] = counts, counts.astype("u4")
        head.attrs["NumPart_Total_HighWord"], head.attrs["MassTable"] = np.zeros(7, "u4"), np.zeros(7)
        head.attrs["Redshift"], head.attrs["Scale-factor"] = np.array([1 / A - 1]), np.array([A])
        head.attrs["Time"], head.attrs["NumFilesPerSnapshot"] = np.array([0.005]), np.array([1], "i4")
        units = file.create_group("Units")
        units.attrs["Unit length in cgs (U_L)"] = np.array([3.08567758149e24])
        units.attrs["Unit mass in cgs (U_M)"] = np.array([1.98841e43])
        units.attrs["Unit time in cgs (U_t)"] = np.array([3.08567758149e19])
        cosmology = file.create_group("Cosmology")
        cosmology.attrs["h"], cosmology.attrs["Omega_m"] = np.array([H]), np.array([OMEGA])
        part = file.create_group("PartType1")
        part.create_dataset("Coordinates", data=POSITION / H)
        part.create_dataset("Velocities", data=(VELOCITY * A**-exponent).astype("f4"))
        part["Velocities"].attrs["a-scale exponent"] = np.array([exponent], "f4")
        part.create_dataset("Masses", data=np.full(N, MASS / H / 1e10, "f4"))
        part.create_dataset("ParticleIDs", data=IDS)


def music():
    with create("ics.hdf5") as file:
        head = header(file, [0, N, 0, 0, 0, 0], [0, N, 0, 0, 0, 0], [0, MASS / 1e10, 0, 0, 0, 0])
        head.attrs["BoxSize"], head.attrs["Omega0"], head.attrs["HubbleParam"] = BOX, OMEGA, H
        part = file.create_group("PartType1")
        part.create_dataset("Coordinates", data=POSITION.astype("f4"))
        part.create_dataset("Velocities", data=(VELOCITY / A**0.5).astype("f4"))
        part.create_dataset("ParticleIDs", data=IDS.astype("u4"))


def groups():
    for i, rows in enumerate([slice(0, 0), slice(0, 3), slice(3, 5)]):
        with create(f"fof_subhalo_tab_099.{i}.hdf5") as file:
            count = rows.stop - rows.start
            head = file.create_group("Header")
            head.attrs["Ngroups_ThisFile"], head.attrs["Ngroups_Total"] = np.int32(count), np.int32(5)
            head.attrs["NumFiles"], head.attrs["BoxSize"] = np.int32(3), BOX * 1e3
            head.attrs["Time"], head.attrs["Redshift"], head.attrs["HubbleParam"] = A, 1 / A - 1, H
            head.attrs["Omega0"] = OMEGA
            group = file.create_group("Group")
            if count == 0:
                continue
            scaling(group.create_dataset("GroupPos", data=(POSITION[rows] * 1e3).astype("f4")), 1, -1)
            scaling(group.create_dataset("GroupMass", data=((row[rows] + 1) * 100).astype("f4")), 0, -1)
            group.create_dataset("GroupVel", data=(VELOCITY[rows] * A).astype("f4"))
            group.create_dataset("GroupLen", data=(500 - row[rows]).astype("i4"))


AHF = ("ID hostHalo numSubStruct Mhalo npart Xc Yc Zc VXc VYc VZc Rhalo Rmax r2 mbp_offset com_offset Vmax v_esc "
       "sigV lambda lambdaE Lx Ly Lz b c Eax Eay Eaz Ebx Eby Ebz Ecx Ecy Ecz ovdens nbins fMhires Ekin Epot SurfP "
       "Phi0 cNFW").split()


def tables():
    with open(os.path.join(FOLDER, "run.z1.AHF_halos"), "w", encoding="utf-8") as file:
        file.write("#" + "\t".join(f"{name}({i + 1})" for i, name in enumerate(AHF)) + "\n")
        for i in range(5):
            values = dict.fromkeys(AHF, 0.0)
            values.update(Mhalo=(i + 1) * 1e12, npart=500 - i, Rhalo=200.0 + i, b=0.8, c=0.6, Eax=1.0)
            values.update(zip(("Xc", "Yc", "Zc"), POSITION[i] * 1e3))
            values.update(zip(("VXc", "VYc", "VZc"), VELOCITY[i]))
            words = [f"{values[name]:.8g}" for name in AHF]
            words[0] = str(1152921504606846976 + i)  # as large as newer versions make them
            file.write("\t".join(words) + "\n")
    with open(os.path.join(FOLDER, "halos.csv"), "w", encoding="utf-8") as file:
        file.write("halo,m,px,py,pz,r\n")
        for i in range(5):
            x, y, z = POSITION[i] / H
            file.write(f"{100 + i},{(i + 1) * 1e12 / H:.9e},{x:.9f},{y:.9f},{z:.9f},{200 + i}\n")
    with create("halos.hdf5") as file:
        group = file.create_group("objects")
        group.create_dataset("m", data=(row[:5] + 1) * 100.0)
        for axis, name in enumerate("xyz"):
            group.create_dataset("p" + name, data=POSITION[:5, axis] * 1e3)
            group.create_dataset("v" + name, data=VELOCITY[:5, axis])


def large_ids():
    with create("ids.hdf5") as file:
        file.create_dataset("small", data=np.array([1, 2**63 - 2], "u8"))
        file.create_dataset("large", data=np.array([1, 2**63], "u8"))


large_ids()
gadget4()
tng()
longer()
swift("snap_swift.hdf5")
swift("snap_swift_momenta.hdf5", exponent=-1.0)
music()
groups()
tables()
