// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/cosmology/linear_power.hpp"

namespace shearwater::cosmology {

// Eisenstein & Hu (1998), ApJ 496, 605; equation numbers are theirs. k_eq, k_silk in h/Mpc.
EisensteinHuNumbers::EisensteinHuNumbers(Cosmology const& c, Drag drag) {
  baryon_fraction = std::max(c.omega_b / c.omega_m(), 1e-6);
  double const fb = baryon_fraction, h = c.h, theta = c.t_cmb / 2.7;
  double const matter = c.omega_m() * h * h, baryons = fb * matter;
  double const theta2 = theta * theta, theta4 = theta2 * theta2;
  double const z_equality = 2.5e4 * matter / theta4;  // (2)
  k_equality = 0.0746 * matter / theta2 / h;          // (3)
  double const b1 = 0.313 * std::pow(matter, -0.419) * (1 + 0.607 * std::pow(matter, 0.674));
  double const b2 = 0.238 * std::pow(matter, 0.223);
  double const z_drag = 1291 * std::pow(matter, 0.251) / (1 + 0.659 * std::pow(matter, 0.828)) *
                        (1 + b1 * std::pow(baryons, b2));  // (4)
  bool const paper = drag == Drag::jax_cosmo;
  double const ratio_drag = 31.5e3 * baryons / theta4 / (paper ? z_drag : 1 + z_drag);  // (5)
  double const ratio_equality = 31.5e3 * baryons / theta4 / z_equality;
  sound_horizon = 2.0 / (3 * k_equality) * std::sqrt(6 / ratio_equality) *
                  std::log((std::sqrt(1 + ratio_drag) + std::sqrt(ratio_drag + ratio_equality)) /
                           (1 + std::sqrt(ratio_equality)));  // (6)
  k_silk = 1.6 * std::pow(baryons, 0.52) * std::pow(matter, 0.73) *
           (1 + std::pow(10.4 * matter, -0.95)) / h;  // (7)

  double const a1 = std::pow(46.9 * matter, 0.670) * (1 + std::pow(32.1 * matter, -0.532));
  double const a2 = std::pow(12.0 * matter, 0.424) * (1 + std::pow(45.0 * matter, -0.582));
  alpha_c = std::pow(a1, -fb) * std::pow(a2, -fb * fb * fb);  // (11)
  double const bb1 = 0.944 / (1 + std::pow(458 * matter, -0.708));
  double const bb2 = std::pow(0.395 * matter, -0.0266);
  beta_c = 1 / (1 + bb1 * (std::pow(1 - fb, bb2) - 1));  // (12)

  double const y = (paper ? 1 + z_equality : z_equality) / (1 + z_drag);
  double const root = std::sqrt(1 + y);
  double const g = y * (-6 * root + (2 + 3 * y) * std::log((root + 1) / (root - 1)));  // (15)
  alpha_b = 2.07 * k_equality * sound_horizon * std::pow(1 + ratio_drag, -0.75) * g;   // (14)
  beta_b = 0.5 + fb + (3 - 2 * fb) * std::sqrt(17.2 * matter * 17.2 * matter + 1);     // (24)
  beta_node = 8.41 * std::pow(matter, 0.435);                                          // (23)
}

TransferFunction::TransferFunction(Cosmology const& c, Transfer kind, Drag drag)
    : kind_(kind), numbers_(c, drag) {
  double const matter = c.omega_m() * c.h * c.h, fb = c.omega_b / c.omega_m();
  theta2_ = c.t_cmb * c.t_cmb / (2.7 * 2.7);
  omega_m_h_ = c.omega_m() * c.h;
  alpha_gamma_ =
      1 - 0.328 * std::log(431 * matter) * fb + 0.38 * std::log(22.3 * matter) * fb * fb;  // (31)
  sound_horizon_fit_ = c.h * 44.5 * std::log(9.83 / matter) /
                       std::sqrt(1 + 10 * std::pow(c.omega_b * c.h * c.h, 0.75));  // (26)
  bbks_shape_ =
      theta2_ / (omega_m_h_ * std::exp(-c.omega_b * (1 + std::sqrt(2 * c.h) / c.omega_m())));
}

double TransferFunction::operator()(double k) const {
  if (k <= 0) return 1;
  switch (kind_) {
    case Transfer::eisenstein_hu:
      return wiggle(k);
    case Transfer::eisenstein_hu_no_wiggle:
      return no_wiggle(k);
    case Transfer::bbks:
      return bbks(k);
  }
  return 1;
}

double TransferFunction::wiggle(double k) const {
  auto const& n = numbers_;
  double const q = k / (13.41 * n.k_equality), x = k * n.sound_horizon;
  double const damping = 386 / (1 + 69.9 * std::pow(q, 1.08));
  auto pressureless = [&](double alpha, double beta) {  // (19), (20)
    double const logarithm = std::log(std::numbers::e + 1.8 * beta * q);
    return logarithm / (logarithm + (14.2 / alpha + damping) * q * q);
  };
  double const f = 1 / (1 + std::pow(x / 5.4, 4));  // (18)
  double const cold = f * pressureless(1, n.beta_c) + (1 - f) * pressureless(n.alpha_c, n.beta_c);
  double const shifted = x / std::cbrt(1 + std::pow(n.beta_node / x, 3));  // (22)
  double const sinc = shifted < 1e-3 ? 1 - shifted * shifted / 6 : std::sin(shifted) / shifted;
  double const baryon = sinc * (pressureless(1, 1) / (1 + x * x / (5.2 * 5.2)) +
                                n.alpha_b / (1 + std::pow(n.beta_b / x, 3)) *
                                    std::exp(-std::pow(k / n.k_silk, 1.4)));  // (21)
  return n.baryon_fraction * baryon + (1 - n.baryon_fraction) * cold;         // (16)
}

double TransferFunction::no_wiggle(double k) const {
  double const suppression =
      alpha_gamma_ + (1 - alpha_gamma_) / (1 + std::pow(0.43 * k * sound_horizon_fit_, 4));  // (30)
  double const q = k * theta2_ / (omega_m_h_ * suppression);                                 // (28)
  double const logarithm = std::log(2 * std::numbers::e + 1.8 * q);
  return logarithm / (logarithm + (14.2 + 731 / (1 + 62.5 * q)) * q * q);  // (29)
}

double TransferFunction::bbks(double k) const {
  // Bardeen et al. (1986), eq. G3, with the shape parameter of Sugiyama (1995).
  double const q = k * bbks_shape_;
  double const polynomial =
      1 + q * (3.89 + q * (16.1 * 16.1 + q * (5.46 * 5.46 * 5.46 + q * 6.71 * 6.71 * 6.71 * 6.71)));
  double const argument = 2.34 * q;
  double const logarithm = argument < 1e-8 ? 1 : std::log1p(argument) / argument;
  return logarithm / std::sqrt(std::sqrt(polynomial));
}

}  // namespace shearwater::cosmology
