#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Galaxies of `populate` read by other software. h5py and numpy: places on the sky, projected shapes and redshifts of
a light cone from the stored positions, axes and velocities. TreeCorr, where it is installed: shapes along the
direction to a centre have a negative tangential shear about it with -e2 (TreeCorr takes west for its first direction),
and none with random angles. Skipped (77) where h5py cannot be imported; the second part where TreeCorr cannot."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/io")
from h5py_or_skip import h5py, np

PROGRAM = os.environ["SHEARWATER_PROGRAM"]
INPUT = """
[hosts]
[synthetic]
count = {count}
box_side = 400
smallest_mass = 3e12
[occupation]
log_m_min = 12.5
log_m0 = 12.5
log_m1 = {log_m1}
[orientation]
central_strength = 0
satellite_strength = 0.95
b_to_a = 0.6
c_to_a = 0.5
[observation]
geometry = "cone"
observer = [-900.0, -700.0, -300.0]
photoz_scatter = 0.02
"""


def make(folder, count, log_m1):
    with open(f"{folder}/cone.toml", "w") as text:
        text.write(INPUT.format(count=count, log_m1=log_m1))
    subprocess.run([PROGRAM, "populate", f"{folder}/cone.toml", "--out", f"{folder}/galaxies.hdf5", "--overwrite"], check=True)
    with h5py.File(f"{folder}/galaxies.hdf5") as file:
        return {name: data[:].astype(float) for name, data in file["Subhalo"].items()}, dict(file["Header"].attrs)


def close(what, found, wanted, tolerance):
    worst = np.abs(found - wanted).max()
    print(f"{what}: within {worst:.2g}")
    assert worst < tolerance, f"{what} differs by {worst}"


def check_columns(g, header):
    place = g["SubhaloPos"] / 1e3
    distance = np.linalg.norm(place, axis=1)
    ra, dec = np.arctan2(place[:, 1], place[:, 0]) % (2 * np.pi), np.arcsin(place[:, 2] / distance)
    close("right ascension [deg]", g["RightAscension"], np.degrees(ra), 1e-9)
    close("declination [deg]", g["Declination"], np.degrees(dec), 1e-9)
    east = np.stack([-np.sin(ra), np.cos(ra), 0 * ra], 1)
    north = np.stack([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)], 1)
    length = np.concatenate([np.ones((len(ra), 1)), g["SubhaloAxisRatios"]], 1)
    x = length * np.einsum("gmi,gi->gm", g["SubhaloAxes"], east)
    y = length * np.einsum("gmi,gi->gm", g["SubhaloAxes"], north)
    w11, w22, w12 = (x * x).sum(1), (y * y).sum(1), (x * y).sum(1)
    norm = w11 + w22 + 2 * np.sqrt(w11 * w22 - w12**2)
    close("e1", g["Ellipticity1"], (w11 - w22) / norm, 1e-6)
    close("e2", g["Ellipticity2"], 2 * w12 / norm, 1e-6)
    z = np.linspace(0, 1.5, 300001)
    matter, dark = header["Omega0"], header["OmegaLambda"]
    rate = 1 / np.sqrt(matter * (1 + z) ** 3 + dark + (1 - matter - dark) * (1 + z) ** 2)
    chi = 2997.92458 * np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2) * (z[1] - z[0])])
    cosmological = np.interp(distance, chi, z)
    close("redshift", g["RedshiftCosmological"], cosmological, 1e-6)
    speed = (g["SubhaloVel"] * place).sum(1) / distance
    true = (1 + cosmological) * (1 + speed / 299792.458) - 1
    error = (g["RedshiftObserved"] - true) / (0.02 * (1 + true))
    # Means within 4.5 standard errors: false alarm 1.4e-5.
    assert abs(error.mean()) < 4.5 / len(error) ** 0.5 and abs(error.var() - 1) < 4.5 * (2 / len(error)) ** 0.5


def check_treecorr(g):
    try:
        import treecorr
    except ImportError:
        print("TreeCorr is not installed: its part is left out")
        return
    central = g["SubhaloCentral"] == 1
    lens = treecorr.Catalog
    centres = lens(ra=g["RightAscension"][central], dec=g["Declination"][central], ra_units="deg", dec_units="deg")

    def tangential(sign):
        shapes = lens(ra=g["RightAscension"][~central], dec=g["Declination"][~central], ra_units="deg", dec_units="deg",
                      g1=g["Ellipticity1"][~central], g2=sign * g["Ellipticity2"][~central])
        pairs = treecorr.NGCorrelation(min_sep=0.2, max_sep=2, nbins=1, sep_units="arcmin", bin_slop=0)
        pairs.process(centres, shapes)
        return pairs.xi[0], pairs.xi_im[0], pairs.npairs[0]

    radial, cross, pairs = tangential(-1)
    print(f"tangential shear of radial shapes, {pairs:.0f} pairs: {radial:.4f}, cross {cross:.4f}; with +e2 {tangential(1)[0]:.4f}")
    # Axes along the direction to the centre are tangentially sheared by less than -0.1; the cross
    # component of n pairs of |e| < 0.33 by 4.5 standard errors (false alarm 7e-6). With the other
    # sign of e2 the signal averages out over position angles.
    assert radial < -0.08, "satellites do not point to the centre as TreeCorr sees them"
    assert abs(cross) < 4.5 * 0.25 / pairs**0.5
    assert abs(tangential(1)[0]) < abs(radial) / 3, "the test does not tell the sign of e2"


with tempfile.TemporaryDirectory() as folder:
    galaxies, header = make(folder, 3000, 13.3)
    check_columns(galaxies, header)
    galaxies, header = make(folder, 4000, 12.8)
    check_treecorr(galaxies)
