#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`shearwater measure` of a table of w_g+ beside theory made here: the integrals over the wavenumbers by scipy, growth
by its own integral, the power of a table. The amplitude that the table was made with is found."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from peer_python import packages  # noqa: E402

np, integrate, special = packages("numpy", "scipy.integrate", "scipy.special")

OMEGA, SIGMA_8, H, REDSHIFT, AMPLITUDE, BIAS, PI_MAX = 0.3, 0.8, 0.7, 0.6, 3.7, 1.3, 80.0

# Bardeen et al. (1986) without baryons.
k = np.geomspace(1e-5, 1e3, 4001)
q = k / (OMEGA * H)
transfer = np.log(1 + 2.34 * q) / (2.34 * q) * (1 + 3.89 * q + (16.1 * q) ** 2 + (5.46 * q) ** 3 + (6.71 * q) ** 4) ** -0.25
power = k**0.96 * transfer**2
top_hat = 3 * special.spherical_jn(1, 8 * k) / (8 * k)
power *= SIGMA_8**2 / integrate.simpson(k**3 * power * top_hat**2 / (2 * np.pi**2), x=np.log(k))


def growth(a):
    """Heath (1977), of a flat universe with a cosmological constant."""
    expansion = lambda x: np.sqrt(OMEGA / x**3 + 1 - OMEGA)  # noqa: E731
    return expansion(a) * integrate.quad(lambda x: (x * expansion(x)) ** -3, 1e-8, a, epsabs=0, epsrel=1e-10)[0]


d = growth(1 / (1 + REDSHIFT)) / growth(1.0)
# xi_2(r) = int dlnk Delta^2 j_2(kr): on a fine grid, damped beyond 20 h/Mpc, which is 0.05 Mpc/h.
fine = np.linspace(np.log(1e-5), np.log(100), 400_001)
delta2 = np.exp(3 * fine + np.interp(fine, np.log(k), np.log(power))) * d**2 / (2 * np.pi**2) * np.exp(-((np.exp(fine) / 20) ** 2))
radii = np.geomspace(1, 150, 300)
xi_2 = np.array([integrate.simpson(delta2 * special.spherical_jn(2, np.exp(fine) * r), x=fine) for r in radii])


def ring(low, high):
    """w_g+ of an amplitude and a bias of 1, in the mean over a ring."""
    r_p = np.sqrt(np.linspace(low**2, high**2, 21))
    along = np.linspace(0, PI_MAX, 4001)
    r = np.hypot(r_p[:, None], along)
    inner = integrate.simpson(2 * (r_p[:, None] / r) ** 2 * np.interp(np.log(r), np.log(radii), xi_2), x=along, axis=1)
    return 5e-14 * 2.7754e11 * OMEGA / d * integrate.simpson(inner, x=r_p**2) / (high**2 - low**2)


edges = np.geomspace(5, 60, 7)
truth = AMPLITUDE * BIAS * np.array([ring(*pair) for pair in zip(edges[:-1], edges[1:])])
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    np.savetxt("power.txt", np.c_[k, power], header="k P")
    np.savetxt("w.txt", np.c_[edges[:-1], edges[1:], truth], header="from to w", comments="")
    np.save("covariance.npy", 1e-4 * np.outer(truth, truth) * 0.6 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))))
    pathlib.Path("nla.toml").write_text(f"""
[cosmology]
omega_c = {OMEGA - 1e-5}
omega_b = 1e-5
h = {H}
n_s = 0.96
sigma_8 = {SIGMA_8}
[spectra]
nonlinear = false
linear = "table"
table = "power.txt"
table_k_unit = "h/Mpc"
table_power_unit = "(Mpc/h)^3"
[nla]
file = "w.txt"
covariance_file = "covariance.npy"
r_low = "from"
r_high = "to"
value = "w"
r_min = 5.0
r_max = 60.0
pi_max = {PI_MAX}
bias = {BIAS}
redshift = {REDSHIFT}
""")
    subprocess.run([os.environ["SHEARWATER_PROGRAM"], "measure", "nla.toml", "--out", "nla.hdf5"], check=True)
    h5py, = packages("h5py")
    with h5py.File("nla.hdf5") as file:
        found, error = file["nla"].attrs["amplitude"], file["nla"].attrs["amplitude_error"]
        model = file["nla/wg_plus/model"][()]

worst = np.abs(model / truth - 1).max()
print(f"A_IA {found:.5f} +- {error:.5f} for {AMPLITUDE}; the fit beside scipy's theory: {worst:.1e}")
assert abs(found / AMPLITUDE - 1) < 1e-3 and worst < 1e-3 and error > 0
