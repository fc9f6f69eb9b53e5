#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Alignments of a mock beside those of halotools: ED, EE, their projections, parts of one and two halos, wg+,
w++, xi and wp. Skipped (77) without halotools and h5py."""

import sys
import tempfile

from peer_python import measure, mock, packages

np, h5py, observables, alignments = packages("numpy", "h5py", "halotools.mock_observables",
                                             "halotools.mock_observables.ia_correlations")
PI_MAX = 15.0


def expected(galaxies, edges, side=100.0):
    """halotools' values. Its weights enter products of all marks, so that equal ones alone compare."""
    places, axes, flat, size, _, _, host = galaxies
    box = {"period": side, "num_threads": 1}
    values = {
        "ed": alignments.ed_3d(places, axes, places, edges, **box),
        "ee": alignments.ee_3d(places, axes, places, axes, edges, **box),
        "xi": observables.tpcf(places, edges, period=side, estimator="Natural"),
        "ed_projected": alignments.ed_projected(places, flat, places, edges, PI_MAX, **box),
        "ee_projected": alignments.ee_projected(places, flat, places, flat, edges, PI_MAX, **box),
        "wg_plus": alignments.gi_plus_projected(places, flat, size, places, edges, PI_MAX, **box),
        "w_plus_plus": alignments.ii_plus_projected(places, flat, size, places, flat, size, edges, PI_MAX, **box),
        "wgg": observables.wp(places, edges, PI_MAX, period=side, estimator="Natural"),
    }
    one, two = alignments.ed_3d_one_two_halo_decomp(places, axes, host, places, host, edges, **box)
    values["ed_one_halo"], values["ed_two_halo"] = one, two
    values = {name: np.ravel(value) for name, value in values.items()}
    # Its random pairs are N^2, with those of a galaxy and itself; ours N (N - 1).
    more = len(places) / (len(places) - 1)
    for name, excess in {"xi": 1, "wgg": 2 * PI_MAX, "wg_plus": 0, "w_plus_plus": 0}.items():
        values[name] = (values[name] + excess) * more - excess
    return values


def main():
    galaxies = mock(np)
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(measure(np, folder, galaxies, weighted=False), "r") as file:
            edges = file["ed/edges"][()]
            failures = 0
            for name, theirs in expected(galaxies, edges).items():
                ours, error = file[name]["value"][()], file[name]["error"][()]
                known = np.isfinite(ours) & np.isfinite(theirs)
                difference = np.max(np.abs(ours - theirs)[known] / np.maximum(np.abs(theirs[known]), 1e-3))
                print(f"{name:14s} largest difference {difference:.1e} of the value (or of 1e-3); {known.sum()} bins; "
                      f"median error {np.nanmedian(error):.2g}")
                # Single precision of the axes and ellipticities: 6e-8 each.
                good = known.sum() >= 5 and difference < 2e-5
                failures += not good
    print("FAILED" if failures else "all equal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
