// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"

namespace shearwater::cosmology {

void SourceConfig::describe(core::Fields& field) {
  field("distribution", distribution, "", "shape of n(z): a formula, or columns of a text file")
      .one_of({"smail", "file"});
  field("file", file, "", "columns z, n_1, n_2, ...; with one n it is cut into bins like a formula")
      .path();
  field("alpha", alpha, "", "smail: n = z^alpha exp(-(z/z0)^beta)").between(0, 20);
  field("beta", beta, "", "smail: exponent of the cut-off").between(0.1, 20);
  field("z0", z0, "", "smail: redshift of the cut-off").between(1e-3, 10);
  field("z_max", z_max, "", "smail: the distribution ends here").between(0.1, 20);
  field("bins", bins, "", "tomographic bins of equal numbers of galaxies").between(1, 64);
  field("photoz_scatter", photoz_scatter, "",
        "sigma_z/(1 + z) of the photometric redshifts; 0: none")
      .between(0, 1);
  field("galaxies_per_arcmin2", galaxies_per_arcmin2, "1/arcmin2", "number of galaxies in all bins")
      .positive();
  field("shape_noise", shape_noise, "", "standard deviation of one ellipticity component")
      .between(0, 100);
}

std::string SourceConfig::distribution_file(std::string const& folder) const {
  return distribution == "file" ? core::path_from(folder, file) : "";
}

std::vector<RedshiftDistribution> SourceConfig::make_bins(std::string const& folder) const {
  if (distribution == "smail") {
    auto parent = RedshiftDistribution::smail(alpha, beta, z0, z_max);
    if (bins == 1) return {std::move(parent)};
    return tomographic_bins(parent, bins, photoz_scatter);
  }
  auto const path = distribution_file(folder);
  if (path.empty())
    throw core::InputError(
        fmt::format("sources.file = \"{}\": name the file of n(z), or set sources.distribution = "
                    "\"smail\"; an environment variable in it may not be set",
                    file));
  auto columns = RedshiftDistribution::read(path);
  if (std::ssize(columns) == bins) return columns;
  if (columns.size() == 1) return tomographic_bins(columns[0], bins, photoz_scatter);
  throw core::InputError(fmt::format("sources.file = {}: {} distributions, but sources.bins = {}",
                                     path, columns.size(), bins));
}

double SourceConfig::pixel_noise(double pixel_area_arcmin2, std::int64_t bin_count) const {
  double const density = galaxies_per_arcmin2 / static_cast<double>(bin_count);
  return shape_noise / std::sqrt(density * pixel_area_arcmin2);
}

}  // namespace shearwater::cosmology
