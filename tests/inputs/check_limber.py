# SPDX-License-Identifier: BSD-3-Clause
"""check_limber.py SPECTRA [SCALE]: whether the theory in a file of `measure` with [shear_spectra], for the cosmology planck18,
linear power of Bardeen et al. (1986), is Limber's integral by numpy: gg, gi, ii at its multipoles and in its bands, as means
over their modes, to 1e-3. SCALE multiplies the alignment amplitude expected; exits 1 where they differ."""
import sys

import h5py
import numpy

scale = float(sys.argv[2]) if len(sys.argv) > 2 else 1
omega_c, omega_b, h, n_s, sigma_8, t_cmb = 0.26213, 0.04897, 0.6766, 0.9665, 0.8102, 2.7255
omega_m = omega_c + omega_b
hubble_distance = 2997.92458
with h5py.File(sys.argv[1]) as file:
    amplitude = scale * file["Header"].attrs["alignment_amplitude"]
    smoothing = file["Header"].attrs["smoothing"]
    bins = int(file["Header"].attrs["bins"])
    edges, number = file["redshift/edges"][...], file["redshift/number"][...]
    ell = file["theory/ell"][...]
    theory = {name: file["theory/" + name][...] for name in ("gg", "gi", "ii")}
    in_bands = {name: file[name + "/theory"][...] for name in ("gg", "gi", "ii")}
    in_bands["unsmoothed"] = file["ii/unsmoothed"][...]
    in_bands["ordered"] = file["gi/ordered"][...]
    band_edges, modes = file["edges"][...], file["modes"][...]
    fundamental = 360 / file["Header"].attrs["width_deg"]


def shape(k):
    q = k * (t_cmb / 2.7) ** 2 / (omega_m * h * numpy.exp(-omega_b * (1 + numpy.sqrt(2 * h) / omega_m)))
    transfer = numpy.log(1 + 2.34 * q) / (2.34 * q) * (1 + 3.89 * q + (16.1 * q) ** 2 + (5.46 * q) ** 3 + (6.71 * q) ** 4) ** -0.25
    return k**n_s * transfer**2


k = numpy.geomspace(1e-5, 1e3, 40001)
x = 8 * k
window = 3 * (numpy.sin(x) - x * numpy.cos(x)) / x**3
variance = numpy.trapezoid(k**3 * shape(k) / (2 * numpy.pi**2) * window**2, numpy.log(k)) if hasattr(numpy, "trapezoid") else \
    numpy.trapz(k**3 * shape(k) / (2 * numpy.pi**2) * window**2, numpy.log(k))
norm = sigma_8**2 / variance


def running(values, steps):
    """Integral from the first to each point."""
    return numpy.concatenate([[0], numpy.cumsum(0.5 * (values[1:] + values[:-1]) * steps)])


# Redshifts with the jumps of n(z) between them, twice.
z = numpy.unique(numpy.concatenate([numpy.linspace(1e-4, edges.max() * 1.0001, 20001)] +
                                   [edge + numpy.array([-1e-9, 1e-9]) for edge in edges.ravel()]))
z = numpy.concatenate([[0], z])
expansion = numpy.sqrt(omega_m * (1 + z) ** 3 + 1 - omega_m)
chi = running(hubble_distance / expansion, numpy.diff(z))
scale_factor = numpy.geomspace(1e-4, 1, 20001)
e = numpy.sqrt(omega_m / scale_factor**3 + 1 - omega_m)
growth_table = e * (running(1 / (scale_factor * e) ** 3, numpy.diff(scale_factor)) + 0.4 * scale_factor[0] ** 2.5 / omega_m**1.5)
growth = numpy.interp(1 / (1 + z), scale_factor, growth_table / growth_table[-1])
lensing, aligned = [], []
for b in range(bins):
    cell = numpy.searchsorted(edges[b], z) - 1
    inside = (z > edges[b, 0]) & (z < edges[b, -1])
    n = numpy.where(inside, number[b, numpy.clip(cell, 0, number.shape[1] - 1)], 0)
    n = n / (number[b].sum() * (edges[b, 1] - edges[b, 0]))
    behind = running(n, numpy.diff(z))
    over = running(numpy.where(chi > 0, n / numpy.where(chi > 0, chi, 1), 0), numpy.diff(z))
    lensing.append(1.5 * omega_m / hubble_distance**2 * chi * (1 + z) * (behind[-1] - behind - chi * (over[-1] - over)))
    aligned.append(-amplitude * 0.01388 * omega_m / growth * n * expansion / hubble_distance)


def limber(l, i, j):
    """The parts at a multipole; "ordered": the shear of i with the shape of j."""
    wave = (l + 0.5) / numpy.where(chi > 0, chi, 1)
    power = numpy.where(chi > 0, norm * shape(wave) * growth**2 / numpy.where(chi > 0, chi, 1) ** 2, 0)
    filtered = numpy.exp(-0.5 * (wave * smoothing) ** 2)
    kernels = {"gg": lensing[i] * lensing[j],
               "gi": filtered * (lensing[i] * aligned[j] + aligned[i] * lensing[j]),
               "ii": filtered**2 * aligned[i] * aligned[j],
               "unsmoothed": aligned[i] * aligned[j],
               "ordered": filtered * lensing[i] * aligned[j]}
    return {name: running(power * kernel, numpy.diff(chi))[-1] for name, kernel in kernels.items()}


def difference(found, expected, largest):
    # Bins that are apart have no II, and what is smoothed away is not looked at.
    if abs(expected) < 1e-6 * largest:
        assert abs(found) < 2e-6 * largest
        return 0
    return abs(found / expected - 1)


# Whole waves across the field by the square of their number, and how often each square is met.
most = int(band_edges[-1] / fundamental) + 1
x, y = numpy.meshgrid(numpy.arange(-most, most + 1), numpy.arange(-most, most + 1))
squares, count = numpy.unique(x**2 + y**2, return_counts=True)
# A mode on the edge belongs to the band below it.
band = numpy.searchsorted((band_edges / fundamental) ** 2 * (1 + 1e-9), squares) - 1
band[band == len(modes)] = -1
assert [count[band == b].sum() for b in range(len(modes))] == list(modes)

worst, worst_band = 0, 0
pair = 0
for i in range(bins):
    for j in range(bins):
        names = ("gg", "gi", "ii") if j >= i else ()
        for at, l in enumerate(ell if names else ()):
            expected = limber(l, i, j)
            for name in names:
                worst = max(worst, difference(theory[name][pair, at], expected[name], abs(theory[name]).max()))
        for b in range(len(modes)):
            of_modes = [limber(fundamental * numpy.sqrt(n), i, j) for n in squares[band == b]]
            for name in names + ("unsmoothed",) * (j >= i) + ("ordered",):
                expected = numpy.average([values[name] for values in of_modes], weights=count[band == b])
                found = in_bands[name][(i, j, b) if name == "ordered" else (pair, b)]
                off = difference(found, expected, abs(in_bands[name]).max())
                if off > 1e-3:
                    print(name, "of bins", i, j, "in band", b, "is off by", off)
                worst_band = max(worst_band, off)
        pair += j >= i
print("largest difference", worst, "and in bands", worst_band)
assert worst < 1e-3 and worst_band < 1e-3
