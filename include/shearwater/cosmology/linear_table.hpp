// SPDX-License-Identifier: BSD-3-Clause
// A table of CAMB or CLASS as the shape of the linear power in the fast spectra.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shearwater/cosmology/linear_power.hpp"

namespace shearwater::cosmology {

/// The transfer function of one cosmology, from its table of P(k) or T(k). What is interpolated
/// (six points in ln k) is the ratio to Eisenstein & Hu's formula without wiggles, and the ratio
/// of the table's ends holds beyond them; T = 1 on the largest scales. The amplitude is that of
/// sigma_8 or a_s, never the table's. Const calls are thread-safe.
class LinearTable {
 public:
  /// `cosmology` is the one that the table was made for; `name` is for messages. Throws InputError
  /// when the table does not reach from 1e-3 to 1 h/Mpc, has a gap wider than 0.25 in ln k between
  /// 0.01 and 1 h/Mpc, or is not the linear power of that cosmology today in h/Mpc and (Mpc/h)^3:
  /// between 0.005 and 1 h/Mpc it must be within 40 % of the formula, a transfer function in its
  /// shape.
  LinearTable(PowerTable const& table, Cosmology const& cosmology, std::string const& name);

  /// k in h/Mpc.
  double operator()(double k) const;
  Cosmology const& cosmology() const { return cosmology_; }

  /// Whether the shape of P(k)/k^n_s stays the same when the parameter changes: true of sigma_8,
  /// a_s, n_s, w_0 and w_a.
  static bool serves(std::string_view parameter);
  /// Throws InputError when `other` has another value of a parameter that the table does not serve.
  void require_served(Cosmology const& other) const;

 private:
  Cosmology cosmology_;
  std::string name_;
  TransferFunction smooth_;
  std::vector<double> log_k_, log_ratio_;
};

}  // namespace shearwater::cosmology
