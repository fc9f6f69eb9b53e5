// SPDX-License-Identifier: BSD-3-Clause
// Parameters of a homogeneous universe with a power-law primordial spectrum.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::cosmology {

/// Densities are in units of the critical density today. The defaults are the fiducial model of the
/// LSST-Y10-like setting (Zeghal et al. 2024). Dark energy fills what the others leave:
/// omega_de = 1 - omega_c - omega_b - omega_k - omega_r, with w(a) = w_0 + w_a (1 - a).
struct Cosmology {
  std::string base = "lsst_y10";  ///< the named cosmology that the other keys change
  double omega_c = 0.2664;
  double omega_b = 0.0492;
  double h = 0.6727;
  double n_s = 0.9645;
  double sigma_8 = 0.831;
  double a_s = 0;  ///< primordial amplitude at 0.05/Mpc; used in place of sigma_8 when positive
  double w_0 = -1;
  double w_a = 0;
  double omega_k = 0;
  double omega_r = 0;
  double t_cmb = 2.726;  ///< [K]
  double m_nu = 0;       ///< sum of the neutrino masses [eV]; must be zero, see check()

  bool operator==(Cosmology const&) const = default;
  double omega_m() const { return omega_c + omega_b; }
  double omega_de() const { return 1.0 - omega_m() - omega_k - omega_r; }

  void describe(core::Fields& field);

  /// Sets or reads a numeric parameter by the name that inputs use ("omega_c", "sigma_8", ...).
  /// Throws InputError with the nearest known name for an unknown one.
  void set(std::string_view name, double value);
  double get(std::string_view name) const;
  /// The names that `set` knows.
  static std::vector<std::string> const& parameter_names();

  /// Throws InputError when no universe has these parameters: a density, h, temperature or
  /// amplitude that is not positive and finite, an expansion rate that vanishes in the past,
  /// massive neutrinos (the fits used here have no scale-dependent growth).
  void check() const;
};

/// A published set of parameters: "planck18", "planck15", "wmap9", "wmap7", "lsst_y10" (the
/// defaults), "sbi_two_parameter". Neutrino mass of the original is counted as cold dark matter.
/// Throws InputError for an unknown name.
Cosmology named_cosmology(std::string const& name);
std::vector<std::string> named_cosmologies();

/// The table of an input: the named cosmology of key `base`, changed by the keys that are given.
Cosmology read_cosmology(core::Config& config, std::string const& table = "cosmology");

}  // namespace shearwater::cosmology
