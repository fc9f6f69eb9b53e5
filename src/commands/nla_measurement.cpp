// SPDX-License-Identifier: BSD-3-Clause
#include "nla_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/cosmology/projected_correlations.hpp"
#include "shearwater/io/npy.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::commands {

namespace {

std::vector<double> read_matrix(std::string const& path, std::size_t rows) {
  std::vector<double> matrix(rows * rows);
  auto const refuse = [&](std::string const& shape) {
    throw core::InputError(
        fmt::format("{}: holds {} numbers, but the covariance of {} values of nla.file is ({}, {})",
                    path, shape, rows, rows, rows));
  };
  if (path.ends_with(".npy")) {
    auto const array = io::read_npy(path);
    auto const n = static_cast<std::int64_t>(rows);
    if (array.shape != io::Shape{n, n}) refuse(io::shape_text(array.shape));
    matrix = array.to_double();
  } else {
    io::TableRequest request{path, {}, ""};
    request.columns = io::table_columns(request);
    auto const columns = io::read_columns(request);
    if (columns.empty()) refuse("no");
    if (columns.size() != rows || columns.front().size() != rows)
      refuse(fmt::format("({}, {})", columns.front().size(), columns.size()));
    for (std::size_t a = 0; a < rows; ++a)
      for (std::size_t b = 0; b < rows; ++b) matrix[a * rows + b] = columns[b][a];
  }
  for (std::size_t a = 0; a < rows; ++a)
    if (double const variance = matrix[a * rows + a]; !(variance > 0 && std::isfinite(variance)))
      throw core::InputError(fmt::format(
          "{}: element ({}, {}) is {:g}: a variance is positive and finite", path, a, a, variance));
  for (std::size_t a = 0; a < rows; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double const one = matrix[a * rows + b], other = matrix[b * rows + a];
      double const most = std::sqrt(std::abs(matrix[a * rows + a] * matrix[b * rows + b]));
      if (!(std::abs(one - other) <= 1e-6 * most))
        throw core::InputError(
            fmt::format("{}: element ({}, {}) is {:g} and ({}, {}) {:g}: a covariance is symmetric",
                        path, a, b, one, b, a, other));
    }
  return matrix;
}

galaxies::ProjectedData read_table(NlaConfig const& config) {
  galaxies::ProjectedData data;
  data.name = config.file;
  bool const rings = !config.r_low.empty(), errors = config.covariance_file.empty();
  io::TableRequest request{config.file, {config.value}, ""};
  request.columns.push_back(rings ? config.r_low : config.r);
  request.columns.push_back(rings ? config.r_high : config.r);
  if (errors) request.columns.push_back(config.error);
  auto const columns = io::read_columns(request);
  data.value = columns[0], data.low = columns[1], data.high = columns[2];
  std::size_t const n = data.size();
  if (n == 0)
    throw core::InputError(fmt::format("{}: has no rows, so there is nothing to fit", config.file));
  for (std::size_t b = 0; b < n; ++b) {
    if (!(data.low[b] > 0) || !(data.high[b] >= data.low[b]))
      throw core::InputError(
          fmt::format("{}: row {}: r_p from {:g} to {:g} Mpc/h: must be positive and rise",
                      config.file, b, data.low[b], data.high[b]));
    if (errors && !(columns[3][b] > 0))
      throw core::InputError(fmt::format("{}: row {}: the error {:g} must be positive", config.file,
                                         b, columns[3][b]));
  }
  if (!errors) {
    data.covariance = read_matrix(config.covariance_file, n);
    return data;
  }
  data.covariance.assign(n * n, 0.0);
  for (std::size_t b = 0; b < n; ++b) data.covariance[b * n + b] = columns[3][b] * columns[3][b];
  return data;
}

/// A statistic that the input's check has found to be measured.
galaxies::Correlation const& measured_of(std::vector<galaxies::Correlation> const& measured,
                                         std::string const& name) {
  auto const found = std::ranges::find(measured, name, &galaxies::Correlation::name);
  core::require(found != measured.end(), "commands::fit_amplitude: a measured statistic");
  return *found;
}

/// Projections of the power at the galaxies' time.
struct Theory {
  cosmology::ProjectedCorrelations density, tides;
  double unit;  ///< ellipticity of an amplitude of 1, over the tidal field
};

Theory make_theory(NlaJob const& job, double scale_factor) {
  cosmology::NonlinearPower const power(cosmology::Background(job.universe),
                                        job.spectra.linear_power(job.universe, job.folder));
  auto const at = [&](double k) {
    return job.spectra.nonlinear ? power(k, scale_factor) : power.linear(k, scale_factor);
  };
  double const unit = cosmology::alignment_normalisation * job.universe.omega_m() /
                      power.background().growth(scale_factor);
  return {cosmology::ProjectedCorrelations(at), cosmology::ProjectedCorrelations(at, job.smoothing),
          unit * job.responsivity};
}

double scale_factor_of(NlaJob const& job, NlaSample const& sample) {
  if (job.redshift >= 0) return 1 / (1 + job.redshift);
  if (!(sample.scale_factor > 0 && sample.scale_factor <= 1))
    throw core::InputError(
        "nla.redshift = -1: the galaxies' file does not say the time (or one after today): give "
        "the redshift");
  return sample.scale_factor;
}

}  // namespace

galaxies::ProjectedData read_projected_data(parallel::Communicator const& comm,
                                            NlaConfig const& config) {
  galaxies::ProjectedData data;
  comm.together([&] { data = read_table(config); });
  return data;
}

void check_amplitude(NlaJob const& job, NlaSample const& sample, std::vector<double> const& edges) {
  scale_factor_of(job, sample);
  if (!job.file.empty()) return;
  if (job.bias == 0 && !sample.one_sample)
    throw core::InputError(
        "nla.bias = 0: with measure.shapes other than measure.places wgg has the biases of both, "
        "and that of the places is not known: give nla.bias");
  // A trial with errors of 1.
  galaxies::Correlation trial;
  trial.name = "wg_plus";
  trial.edges = edges;
  std::size_t const bins = edges.size() - 1;
  trial.value.assign(bins, 0.0);
  trial.covariance.assign(bins * bins, 0.0);
  for (std::size_t b = 0; b < bins; ++b) trial.covariance[b * bins + b] = 1;
  auto const data = galaxies::projected_data(trial, job.r_min, job.r_max, sample.regions);
  galaxies::fit_scale(data, std::vector<double>(data.size(), 1.0), job.covariance == "diagonal");
}

galaxies::NlaFit fit_amplitude(NlaJob const& job, NlaSample const& sample,
                               galaxies::ProjectedData const* table,
                               std::vector<galaxies::Correlation> const& measured) {
  double const scale_factor = scale_factor_of(job, sample);
  auto const theory = make_theory(job, scale_factor);
  double const pi_max = job.pi_max > 0 ? job.pi_max : sample.pi_max;
  auto const tides = [&](double low, double high) {
    return theory.unit * theory.tides.projected_tidal(low, high, pi_max);
  };
  auto const density = [&](double low, double high) {
    return theory.density.projected_density(low, high, pi_max);
  };
  auto const bins_of = [&](char const* name) {
    return galaxies::projected_data(measured_of(measured, name), job.r_min, job.r_max,
                                    sample.regions);
  };
  bool const diagonal = job.covariance == "diagonal";
  auto const shapes =
      table != nullptr ? galaxies::within(*table, job.r_min, job.r_max) : bins_of("wg_plus");
  galaxies::ProjectedData places;
  bool const bias_known = job.bias > 0;
  if (!bias_known) places = bins_of("wgg");
  auto const fit =
      galaxies::fit_nla(shapes, tides, bias_known ? nullptr : &places, density, job.bias, diagonal);
  auto const shared =
      bias_known ? std::string()
                 : fmt::format(" (its noise and that of b A correlated by {:.2f})", fit.shared);
  // Of errors that are none: no model is so far off.
  constexpr double furthest = 1e12;
  if (!std::isfinite(fit.amplitude) || !std::isfinite(fit.amplitude_error) ||
      !(fit.chi_square < furthest) || !(fit.bias_chi_square < furthest))
    throw core::InputError(fmt::format(
        "nla: the fit to {} gives A_IA = {:g} +- {:g}, with a chi-square of {:g} for {} degrees of "
        "freedom: check its values and errors, and nla.smoothing = {:g}",
        shapes.name, fit.amplitude, fit.amplitude_error, fit.chi_square, fit.degrees,
        job.smoothing));
  core::log_info(fmt::format(
      "A_IA = {:.3f} +- {:.3f}, bias {:.3f} +- {:.3f}{}; chi-square {:.1f} of {} degrees of "
      "freedom; z = {:.3f}, {} bins of {}",
      fit.amplitude, fit.amplitude_error, fit.bias, fit.bias_error, shared, fit.chi_square,
      fit.degrees, 1 / scale_factor - 1, shapes.size(), shapes.name));
  return fit;
}

}  // namespace shearwater::commands
