// SPDX-License-Identifier: BSD-3-Clause
// Linear matter power spectrum: fitting formulae or a table, normalised by sigma_8 or A_s.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shearwater/cosmology/parameters.hpp"

namespace shearwater::cosmology {

enum class Transfer { eisenstein_hu, eisenstein_hu_no_wiggle, bbks };

/// How the drag epoch enters Eisenstein & Hu (1998): CCL takes R_d ~ 1/(1 + z_d) and
/// y = z_eq/(1 + z_d); jax-cosmo takes R_d ~ 1/z_d and y = (1 + z_eq)/(1 + z_d), as the paper
/// prints them. The power differs by up to 4e-4.
enum class Drag { ccl, jax_cosmo };

/// The numbers of Eisenstein & Hu (1998) that do not depend on k (their equations 2-24; lengths in
/// Mpc/h). Without baryons the formulae have a limit but divide zero by zero: the baryon fraction
/// is taken as 1e-6 then.
struct EisensteinHuNumbers {
  EisensteinHuNumbers(Cosmology const& cosmology, Drag drag);
  double baryon_fraction, k_equality, sound_horizon, k_silk;
  double alpha_c, beta_c, alpha_b, beta_b, beta_node;
};

/// Eisenstein & Hu (1998) or Bardeen et al. (1986) with Sugiyama's (1995) shape; T(k -> 0) = 1.
class TransferFunction {
 public:
  explicit TransferFunction(Cosmology const& cosmology, Transfer kind = Transfer::eisenstein_hu,
                            Drag drag = Drag::ccl);
  /// k in h/Mpc.
  double operator()(double k) const;

 private:
  double wiggle(double k) const;
  double no_wiggle(double k) const;
  double bbks(double k) const;

  Transfer kind_;
  EisensteinHuNumbers numbers_;
  double omega_m_h_, theta2_, alpha_gamma_, sound_horizon_fit_, bbks_shape_;
};

/// A spectrum or transfer function read from a file of CAMB or CLASS.
struct PowerTable {
  std::vector<double> k;      ///< [h/Mpc], increasing
  std::vector<double> value;  ///< P(k) [(Mpc/h)^3], or T(k) in any normalisation
  bool is_transfer = false;

  /// Formats: "power" (columns k [h/Mpc], P [(Mpc/h)^3]: CAMB's matterpower, CLASS's pk),
  /// "camb_transfer" (k, then T/k^2 with the total in the seventh column), "class_transfer" (the
  /// column that the header calls d_tot or d_m, delta rather than delta/k^2).
  /// Throws IoError for a missing file, InputError with the line for a malformed one.
  static PowerTable read(std::string const& path, std::string const& format = "power");
};

/// P(k) today. Copies are cheap enough to keep; const calls are thread-safe.
class LinearPower {
 public:
  explicit LinearPower(Cosmology const& cosmology, Transfer kind = Transfer::eisenstein_hu,
                       Drag drag = Drag::ccl);
  /// From a table; outside its range P goes on as k^n_s below and as the last power law above. The
  /// amplitude is that of sigma_8 or A_s, or the table's own when `keep_amplitude` (spectra only).
  LinearPower(Cosmology const& cosmology, PowerTable const& table, bool keep_amplitude = false);

  /// P(k) at z = 0 [(Mpc/h)^3], k in h/Mpc.
  double operator()(double k) const { return amplitude_ * shape_(k); }
  /// Rms of the overdensity in spheres of `radius` [Mpc/h] at z = 0:
  ///   sigma^2 = int dk/k k^3 P/(2 pi^2) W^2(kR),  W(x) = 3 (sin x - x cos x)/x^3.
  double sigma(double radius) const;
  /// dln sigma / dln R at `radius` [Mpc/h], negative.
  double sigma_slope(double radius) const;
  /// sigma in the sphere that holds `mass` [Msun/h] at the mean matter density.
  double sigma_mass(double mass) const;
  /// The radius of that sphere [Mpc/h].
  double radius_of_mass(double mass) const;
  Cosmology const& cosmology() const { return cosmology_; }

 private:
  void normalise();
  template <class Filter>
  double filtered(double radius, Filter const& filter) const;

  Cosmology cosmology_;
  std::function<double(double)> shape_;
  std::function<double(double)> transfer_;  ///< empty when a table gives the power alone
  double amplitude_ = 1;
};

}  // namespace shearwater::cosmology
