#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""xi_+ and xi_- of shapes on the sky beside those of TreeCorr, which counts exactly with bin_slop = 0. Skipped
(77) without treecorr and h5py."""

import os
import pathlib
import subprocess
import sys
import tempfile

from peer_python import packages

np, h5py, treecorr = packages("numpy", "h5py", "treecorr")
INPUT = """
[galaxies]
file = "shapes.txt"
[columns]
ra = "ra"
dec = "dec"
e1 = "e1"
e2 = "e2"
weight = "w"
[measure]
statistics = ["xi_plus", "xi_minus"]
theta_min = 3.0
theta_max = 200.0
bins = 10
jackknife = 1
"""


def main():
    random = np.random.default_rng(2)
    count = 4000
    # A field of ten degrees at a high declination, where local north turns.
    dec, ra = 65 + 10 * random.random(count), 20 * random.random(count)
    phase = np.radians(3 * ra + 5 * dec)
    e1, e2 = 0.05 * np.cos(phase) + 0.02 * random.normal(size=count), 0.05 * np.sin(phase)
    weight = 0.5 + random.random(count)
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(pathlib.Path(folder, "shapes.txt"), np.c_[ra, dec, e1, e2, weight], header="ra dec e1 e2 w",
                   comments="", fmt="%.17g")
        pathlib.Path(folder, "measure.toml").write_text(INPUT, encoding="utf-8")
        subprocess.run([os.environ["SHEARWATER_PROGRAM"], "measure", "measure.toml", "--out", "c.hdf5"], cwd=folder,
                       check=True, env=dict(os.environ, OMP_NUM_THREADS="2"))
        # TreeCorr takes west for the first direction: -e2.
        catalogue = treecorr.Catalog(ra=ra, dec=dec, g1=e1.astype("f4"), g2=-e2.astype("f4"), w=weight.astype("f4"),
                                     ra_units="deg", dec_units="deg")
        theirs = treecorr.GGCorrelation(min_sep=3, max_sep=200, nbins=10, sep_units="arcmin", bin_slop=0,
                                        angle_slop=0, metric="Arc", num_threads=2)
        theirs.process(catalogue)
        with h5py.File(pathlib.Path(folder, "c.hdf5"), "r") as file:
            pairs = file["xi_plus/pairs"][()]
            plus, minus = file["xi_plus/value"][()], file["xi_minus/value"][()]
            assert file["xi_plus/edges"].attrs["unit"] in ("arcmin", b"arcmin")
    scale = np.max(np.abs(theirs.xip))
    differences = [np.max(np.abs(plus - theirs.xip)) / scale, np.max(np.abs(minus - theirs.xim)) / scale,
                   np.max(np.abs(pairs / theirs.npairs - 2))]
    print("largest differences of xi_+, xi_- (over the largest xi_+) and of the numbers of pairs: "
          + ", ".join(f"{d:.1e}" for d in differences))
    # Shapes are single precision here and there.
    good = differences[0] < 1e-6 and differences[1] < 1e-6 and differences[2] < 1e-12
    print("equal" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
