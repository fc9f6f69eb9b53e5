// SPDX-License-Identifier: BSD-3-Clause
// Fast tomographic shear spectra of a new cosmology: linear power by a formula or a table, halofit
// and Limber in one pass.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/cosmology/linear_table.hpp"
#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"

namespace shearwater::cosmology {

/// Table [spectra].
struct SpectraConfig {
  bool nonlinear = true;                 ///< halofit; false keeps the linear spectrum
  std::string linear = "eisenstein_hu";  ///< or "eisenstein_hu_no_wiggle", "bbks", "table"
  bool wiggles = true;       ///< false: "eisenstein_hu_no_wiggle" under the name of older inputs
  std::string drag = "ccl";  ///< or "jax_cosmo"
  std::string table;         ///< file of linear = "table"
  std::string table_kind = "power";  ///< or "camb_transfer", "class_transfer"
  std::string table_k_unit;          ///< "h/Mpc" or "1/Mpc": to be stated for a table
  std::string table_power_unit;      ///< "(Mpc/h)^3" or "Mpc^3": to be stated for its power
  bool spin_prefactor = false;
  double alignment_amplitude = 0, alignment_eta = 0, alignment_pivot = 0.62;

  void describe(core::Fields& field);
  /// Throws InputError for keys that contradict each other or are missing.
  void check() const;
  /// The same, and for a table with a parameter among `varied` that changes the shape of the power.
  void check(std::vector<std::string> const& varied) const;
  /// The formula; not asked of a table.
  Transfer transfer() const;
  /// The file of linear = "table"; "" for the formulae, or where an environment variable in it is
  /// not set. `folder` is where a relative name starts, as below.
  std::string table_file(std::string const& folder) const;
  /// The table, made for `cosmology`; null for the formulae.
  std::shared_ptr<LinearTable const> read_table(Cosmology const& cosmology,
                                                std::string const& folder = ".") const;
  /// The linear power alone, of the formula or of the table, which must then be that of
  /// `cosmology` (LinearTable says what is checked).
  LinearPower linear_power(Cosmology const& cosmology, std::string const& folder = ".") const;
};

/// What depends on the survey alone is computed once; `evaluate` then costs a few hundred
/// microseconds. Within 5e-4 of AngularPower for 1 <= l <= 32000 (tests/unit/cosmology).
class ShearSpectra {
 public:
  /// table: what config.read_table gave; not null when config.linear is "table".
  ShearSpectra(std::vector<RedshiftDistribution> const& sources, SpectraConfig const& config = {},
               std::shared_ptr<LinearTable const> table = nullptr);
  ~ShearSpectra();
  ShearSpectra(ShearSpectra&&) noexcept;
  ShearSpectra& operator=(ShearSpectra&&) noexcept;

  std::int64_t bins() const;
  std::int64_t pairs() const { return bins() * (bins() + 1) / 2; }
  /// Index of the pair (i, j) in the order (0,0), (0,1), ..., (1,1), ...; symmetric.
  std::int64_t pair(std::int64_t i, std::int64_t j) const;

  /// ell    (n)         multipoles in [0.5, 1e5], any order
  /// c_ell  (pairs, n)  row-major, dimensionless, overwritten
  /// Safe to call from many threads at once. Throws InputError for parameters that Cosmology::check
  /// refuses or the table does not serve, and for multipoles outside the range.
  void evaluate(Cosmology const& cosmology, std::span<double const> ell,
                std::span<double> c_ell) const;

  /// sigma_8 of these parameters: their own, or what a_s comes to. Throws as evaluate.
  double sigma_8(Cosmology const& cosmology) const;

 private:
  struct Plan;
  friend class SpectraEvaluation;
  std::unique_ptr<Plan const> plan_;
};

}  // namespace shearwater::cosmology
