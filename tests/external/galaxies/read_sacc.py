#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sacc and astropy open what `shearwater measure` writes: the data vector, its covariance and tags are those
of the HDF5 file. Skipped (77) without sacc, astropy and h5py."""

import pathlib
import sys
import tempfile

from peer_python import measure, mock, packages

np, h5py, sacc, table = packages("numpy", "h5py", "sacc", "astropy.table")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = measure(np, folder, mock(np), weighted=True)
        data = sacc.Sacc.load_fits(str(path.with_suffix(".sacc.fits")))
        text = table.Table.read(path.with_suffix(".ecsv"), format="ascii.ecsv")
        with h5py.File(path, "r") as file:
            for name in ("ed", "ee", "wg_plus"):
                values = file[name]["value"][()]
                kind = "galaxy_alignment_" + name.replace("_", "")
                assert np.array_equal(data.get_mean(kind), values[np.isfinite(values)]), name
                at = data.indices(kind)
                known = np.isfinite(values)
                assert np.array_equal(data.covariance.dense[np.ix_(at, at)],
                                      file[name]["covariance"][()][np.ix_(known, known)]), name
                assert np.array_equal(data.get_tag("r", kind), file[name]["r"][()][known]), name
                rows = text[text["statistic"] == name]
                assert np.array_equal(np.asarray(rows["value"])[known], values[known]), name
                assert str(rows["r"].unit) == "Mpc / h" or rows["r"].unit is not None
        assert data.metadata["axis"] == "major"
        print(f"{len(data.mean)} points of {sorted(data.get_data_types())}; text has {len(text)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
