// SPDX-License-Identifier: BSD-3-Clause
// Table [nla] of `shearwater measure`: the amplitude A_IA of the nonlinear alignment model.
#pragma once

#include <string>

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::commands {

struct NlaConfig {
  double r_min = 6, r_max = 65, pi_max = 0, bias = 0, redshift = -1, smoothing = 0,
         responsivity = 1;
  std::string covariance = "full";
  std::string file, covariance_file, r = "r", r_low, r_high, value = "value", error = "error";
  void describe(core::Fields& field);
  /// Throws InputError for keys that do not go together.
  void check() const;
};

/// With the universe that the model is of: [cosmology] and [spectra].
struct NlaJob : NlaConfig {
  cosmology::Cosmology universe;
  cosmology::SpectraConfig spectra;
  std::string folder;  ///< of the input, from which a table of the power is named
};
NlaJob read_nla_job(core::Config& config);

}  // namespace shearwater::commands
