#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spin_and_centrals.py GALAXIES HALOS LOG_M_MIN SIGMA: exits 0 when, with occupation.central_bias = 1 by spin and split
0.5, all centrals that a mass has are in its halos of the upper half by spin as long as there are fewer than halves
(and none of these lacks one where there are more), and there are as many as the mean occupation says."""

import sys
from math import erf

sys.path.insert(0, __file__.rsplit("/", 2)[0] + "/external/io")
from h5py_or_skip import h5py, np

log_m_min, sigma = float(sys.argv[3]), float(sys.argv[4])
with h5py.File(sys.argv[1]) as galaxies, h5py.File(sys.argv[2]) as halos:
    rows, group = galaxies["Subhalo"], halos["Group"]
    mass, spin = 1e10 * group["Group_M_Mean200"][:].astype(float), group["GroupSpinBullock"][:].astype(float)
    has = np.zeros(len(mass), bool)
    has[rows["SubhaloGrNr"][:][rows["SubhaloCentral"][:] == 1]] = True

lg = np.log10(np.where(mass > 0, mass, 1))
chance = np.array([0.5 * (1 + erf((m - log_m_min) / sigma)) for m in lg])
chance[~(mass > 0)] = 0
known = (mass > 0) & np.isfinite(spin)
# Bins of a tenth of a decade and 4096 cells of x / (1 + |x|): a halo's rank is somewhere in its cell's range.
bins = np.floor(10 * (lg - 8)).astype(int)
cell = np.floor(4096 * 0.5 * (1 + np.where(known, spin, 0) / (1 + np.abs(np.where(known, spin, 0))))).astype(int)
checked = 0
for b in np.unique(bins[known]):
    own = np.flatnonzero(known & (bins == b))
    for h in own:
        low, high = (cell[own] < cell[h]).mean(), (cell[own] <= cell[h]).mean()
        if high < 0.5 - 1e-6 and 0.02 < chance[h] < 0.5:
            assert not has[h], f"halo {h} of the lower half by spin has a central"
            checked += 1
        if low > 0.5 + 1e-6 and 0.5 < chance[h] < 0.98:
            assert has[h], f"halo {h} of the upper half by spin has none"
            checked += 1
assert checked > 12, f"{checked} halos are too few to tell"
# 4.5 standard errors of independent draws, which a bias makes smaller: false alarm below 7e-6.
error = np.sqrt((chance * (1 - chance)).sum())
assert abs(has.sum() - chance.sum()) < 4.5 * error, f"{has.sum()} centrals, but {chance.sum():.1f} +- {error:.1f} on average"
print(checked, has.sum(), chance.sum())
