// SPDX-License-Identifier: BSD-3-Clause
#include "nla_job.hpp"

#include <fmt/format.h>

#include "shearwater/core/error.hpp"

namespace shearwater::commands {

void NlaConfig::describe(core::Fields& field) {
  field("r_min", r_min, "Mpc/h", "bins of r_p below are left out").positive();
  field("r_max", r_max, "Mpc/h", "bins of r_p beyond are left out").positive();
  field("pi_max", pi_max, "Mpc/h", "half of the length along the line of sight; 0: measure.pi_max")
      .at_least(0);
  field("bias", bias, "",
        "of the places; 0: fitted to wgg of the same galaxies, whose noise that A_IA shares is in "
        "its error; given, also with a table: taken to be exact")
      .at_least(0);
  field("redshift", redshift, "", "of the galaxies; -1: that of their file").between(-1, 50);
  field("smoothing", smoothing, "Mpc/h",
        "sigma of the Gaussian that the tides of a mock were smoothed by; 0 for none")
      .at_least(0);
  field("responsivity", responsivity, "",
        "ellipticity for a shear of 1: 1 for (1 - q) / (1 + q), 2 (1 - e_rms^2) for (1 - q^2) / (1 "
        "+ q^2); below 0 where e_+ > 0 is tangential")
      .between(-2, 2);
  field("covariance", covariance, "", "of the bins: full, or diagonal: errors alone")
      .one_of({"full", "diagonal"});
  field("file", file, "", "table of w_g+ to fit in place of the galaxies'; needs bias and redshift")
      .path();
  field("r", r, "Mpc/h", "its column of r_p");
  field("r_low", r_low, "Mpc/h", "its column of the bins' lower edges; empty: w at r_p itself");
  field("r_high", r_high, "Mpc/h", "its column of their upper edges");
  field("value", value, "Mpc/h", "its column of w_g+, positive for shapes that point at galaxies");
  field("error", error, "Mpc/h", "its column of errors; not read with a covariance");
  field("covariance_file", covariance_file, "(Mpc/h)^2",
        "its covariance: .npy, or a table of as many columns as rows, with names in the first line")
      .path();
}

void NlaConfig::check() const {
  if (!(r_max > r_min))
    throw core::InputError(
        fmt::format("nla.r_max = {:g}: must be above r_min = {:g}", r_max, r_min));
  if (responsivity == 0)
    throw core::InputError(
        "nla.responsivity = 0: shapes that no shear changes hold nothing to fit");
  if (redshift < 0 && redshift != -1)
    throw core::InputError(fmt::format(
        "nla.redshift = {:g}: must be 0 or more, or -1 for that of the file", redshift));
  if (file.empty()) return;
  if (!(bias > 0))
    throw core::InputError("nla.file: a table of w_g+ says nothing of the bias: give nla.bias");
  if (redshift < 0)
    throw core::InputError("nla.file: a table of w_g+ has no redshift: give nla.redshift");
  if (r_low.empty() != r_high.empty())
    throw core::InputError(
        "nla.r_low and r_high belong together, but one of them is named: name both, or none");
}

NlaJob read_nla_job(core::Config& config) {
  NlaJob job;
  static_cast<NlaConfig&>(job) = config.read<NlaConfig>("nla");
  job.check();
  job.universe = cosmology::read_cosmology(config);
  job.universe.check();
  job.spectra = config.read<cosmology::SpectraConfig>("spectra");
  job.spectra.check();
  job.folder = config.folder();
  return job;
}

}  // namespace shearwater::commands
