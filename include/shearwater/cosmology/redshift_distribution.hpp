// SPDX-License-Identifier: BSD-3-Clause
// Redshift distributions of source galaxies and their tomographic bins.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::cosmology {

/// n(z), normalised to one, linear between its nodes and zero outside them.
class RedshiftDistribution {
 public:
  /// Nodes z >= 0 increasing, n >= 0 with a positive integral, else InputError.
  RedshiftDistribution(std::vector<double> z, std::vector<double> n);
  /// A function on [0, z_max], tabulated on 8193 nodes that are dense at small z.
  static RedshiftDistribution from_function(std::function<double(double)> const& n, double z_max);
  /// z^alpha exp(-(z/z0)^beta)  (Smail et al. 1994).
  static RedshiftDistribution smail(double alpha, double beta, double z0, double z_max = 10);
  static RedshiftDistribution gaussian(double mean, double sigma, double z_max = 10);
  /// Text columns z, n_1, n_2, ...; '#' begins a comment. One distribution per column.
  /// Throws IoError for a missing file, InputError with the line for a malformed one.
  static std::vector<RedshiftDistribution> read(std::string const& path);

  double operator()(double z) const;
  /// Integral of n from 0 to z, exact for the piecewise linear n.
  double cumulative(double z) const;
  /// Redshift below which the fraction `share` of the galaxies lies.
  double quantile(double share) const;
  double mean() const;
  double z_max() const { return z_.back(); }
  std::vector<double> const& nodes() const { return z_; }
  std::vector<double> const& values() const { return n_; }

 private:
  std::vector<double> z_, n_, cumulative_;
};

/// Bins of equal galaxy numbers in photometric redshift, whose scatter is Gaussian with
/// sigma = scatter (1 + z): n_i(z) ~ n(z) [erf((z_hi - z)/(sqrt2 sigma)) - erf((z_lo - z)/(sqrt2
/// sigma))]. The edges are quantiles of the parent n(z); scatter = 0 cuts sharply.
std::vector<RedshiftDistribution> tomographic_bins(RedshiftDistribution const& parent,
                                                   std::int64_t bins, double scatter);
/// The bins + 1 edges of equal numbers: 0, quantiles, z_max.
std::vector<double> equal_number_edges(RedshiftDistribution const& parent, std::int64_t bins);

/// Table [sources].
struct SourceConfig {
  std::string distribution = "smail";  ///< or "file"
  std::string file;
  double alpha = 2, beta = 0.68, z0 = 0.11, z_max = 10;
  std::int64_t bins = 5;
  double photoz_scatter = 0.05;
  double galaxies_per_arcmin2 = 27;
  double shape_noise = 0.26;

  void describe(core::Fields& field);
  /// The file of distribution = "file"; "" for the formula, or where an environment variable in it
  /// is not set. `folder` is where a relative name starts.
  std::string distribution_file(std::string const& folder) const;
  /// The distributions of the bins. `folder` is where a relative file name starts.
  std::vector<RedshiftDistribution> make_bins(std::string const& folder = ".") const;
  /// Standard deviation of the noise in a pixel of one bin: shape_noise/sqrt(n_bin area).
  double pixel_noise(double pixel_area_arcmin2, std::int64_t bin_count) const;
};

}  // namespace shearwater::cosmology
