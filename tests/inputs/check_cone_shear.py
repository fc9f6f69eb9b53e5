# SPDX-License-Identifier: BSD-3-Clause
"""check_cone_shear.py FOLDER GALAXIES: whether lens planes and halos of a run of nbody are of the same matter, and whether
the shear of populated galaxies is that of the planes, summed here by numpy; exits 1 where not."""
import sys

import h5py
import numpy

folder, galaxies = sys.argv[1:]
with h5py.File(folder + "/light_cone.hdf5") as file:
    planes = file["overdensity"][0].astype(float)
    width = file["overdensity"].attrs["width"]
    border = int(file["overdensity"].attrs["border"])
    near, far, distance, thickness, scale = (file[name][:] for name in ("near", "far", "distance", "thickness", "scale_factor"))
with h5py.File(folder + "/cone_halos.hdf5") as file:
    halos = file["Group/GroupPos"][:] * 1e-3
n = planes.shape[-1]


def overdensity_at(place, east=1, north=1):
    column = numpy.floor(n / 2 + east * place[:, 1] / place[:, 0] * n / width).astype(int)
    row = numpy.floor(n / 2 + north * place[:, 2] / place[:, 0] * n / width).astype(int)
    plane = numpy.searchsorted(far, place[:, 0])
    inside = (column >= 0) & (column < n) & (row >= 0) & (row < n) & (plane < len(far))
    return planes[plane[inside], row[inside], column[inside]].mean()


here = overdensity_at(halos)
elsewhere = [overdensity_at(halos, *signs) for signs in ((-1, 1), (1, -1), (-1, -1))]
print("overdensity at halos", here, "and at mirrored places", elsewhere)
assert here > 5 and max(elsewhere) < 0.2 * here

with h5py.File(galaxies) as file:
    subhalo = file["Subhalo"]
    place = subhalo["SubhaloPos"][:] * 1e-3
    seen = {name: subhalo[name][:].astype(float) for name in ("Gamma1", "Gamma2", "Kappa")}
    flag = subhalo["Flag"][:]
    omega_m = file["Header"].attrs["Omega0"]
r = place[:, 0]  # planes count distances along the line of sight
x, y = place[:, 1] / place[:, 0], place[:, 2] / place[:, 0]
half = width / 2 * (n - 2 * border) / n
inside = (place[:, 0] > 0) & (abs(x) < half) & (abs(y) < half) & (r <= far[-1])
print(inside.sum(), "of", len(r), "galaxies are within the planes")
assert 0.2 < inside.mean() < 1
for values in seen.values():
    assert (numpy.isfinite(values) == inside).all()
assert ((flag & 16 != 0) == ~inside).all()

hubble_distance = 2997.92458
kappa = 1.5 * omega_m / hubble_distance**2 * (distance * thickness / scale)[:, None, None] * planes
k1, k2 = numpy.meshgrid(numpy.fft.fftfreq(n), numpy.fft.fftfreq(n))
square = k1**2 + k2**2
square[0, 0] = 1
modes = numpy.fft.fft2(kappa)
maps = {"Kappa": kappa, "Gamma1": numpy.fft.ifft2(modes * (k1**2 - k2**2) / square).real,
        "Gamma2": numpy.fft.ifft2(modes * 2 * k1 * k2 / square).real}
x, y, r = x[inside], y[inside], r[inside]
# Of the volume of a slice, its part in front of the galaxy, with 1 - chi'/chi.
front = numpy.clip(r[:, None], near, far)
weight = ((front**3 - near**3) / 3 - (front**4 - near**4) / (4 * r[:, None])) / ((far**3 - near**3) / 3)
# Bilinear here, cubic there: they differ within the noise of the pixels.
column, row = n / 2 + x * n / width - 0.5, n / 2 + y * n / width - 0.5
c, s = numpy.floor(column).astype(int), numpy.floor(row).astype(int)
u, v = column - c, row - s
for name, of_planes in maps.items():
    at = lambda j, i: of_planes[:, (s + j) % n, (c + i) % n].T
    between = ((1 - u) * (1 - v))[:, None] * at(0, 0) + (u * (1 - v))[:, None] * at(0, 1) \
        + ((1 - u) * v)[:, None] * at(1, 0) + (u * v)[:, None] * at(1, 1)
    expected, found = (weight * between).sum(axis=1), seen[name][inside]
    same = numpy.corrcoef(expected, found)[0, 1]
    ratio = (expected * found).sum() / (expected**2).sum()
    print(name, "rms", found.std(), "correlation", same, "slope", ratio)
    assert same > 0.985 and 0.95 < ratio < 1.1

# About halos in the foreground shear is tangential, by the catalogue's own right ascensions, declinations and components.
with h5py.File(folder + "/cone_halos.hdf5") as file:
    group = file["Group"]
    lens = group["ComovingDistance"][:] * 1e-3, numpy.radians(group["RightAscension"][:]), numpy.radians(group["Declination"][:])
with h5py.File(galaxies) as file:
    subhalo = file["Subhalo"]
    ra, dec = numpy.radians(subhalo["RightAscension"][:])[inside], numpy.radians(subhalo["Declination"][:])[inside]
shear = (seen["Gamma1"] + 1j * seen["Gamma2"])[inside]
sums = numpy.zeros(3, complex)
for at, east, north in zip(*lens):
    x = numpy.sin((ra - east + numpy.pi) % (2 * numpy.pi) - numpy.pi) * numpy.cos(dec)
    y = dec - north
    behind = (r > at + 100) & (numpy.hypot(x, y) < 0.02) & (numpy.hypot(x, y) > 0.002)
    phi = numpy.arctan2(y[behind], x[behind])  # from east to north
    sums += [-(shear[behind] * numpy.exp(-2j * phi)).sum(), -(shear[behind].conj() * numpy.exp(-2j * phi)).sum(), behind.sum()]
tangential, mirrored, pairs = sums.real
print("tangential shear", tangential / pairs, "cross", sums[0].imag / pairs, "with the other sign", mirrored / pairs, "of", pairs)
assert pairs > 500 and tangential > 0 and abs(sums[0].imag) < 0.3 * tangential and abs(mirrored) < 0.5 * tangential
