// SPDX-License-Identifier: BSD-3-Clause
// Spectra of maps from light cones beside Limber's integral over the power of the very boxes.
#pragma once

#include <cmath>
#include <complex>
#include <vector>

#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/fields/binned_power.hpp"
#include "shearwater/lensing/ray_tracing.hpp"
#include "simulation.hpp"

namespace shearwater::test {

/// P(k, a) of several boxes: means over boxes of what their meshes measured after each step,
/// linear in ln k, ln P and a between the measurements.
class MeasuredPower {
 public:
  void add(double a, std::vector<particles::PowerBin> const& bins) {
    std::size_t at = 0;
    while (at < times_.size() && times_[at] != a) ++at;
    if (at == times_.size()) times_.push_back(a), tables_.emplace_back();
    auto& table = tables_[at];
    table.resize(bins.size(), 0.0);
    log_k_.clear();
    for (std::size_t i = 0; i < bins.size(); ++i) {
      table[i] += bins[i].power;
      log_k_.push_back(std::log(bins[i].k));
    }
    if (at == 0) ++boxes_;
  }
  double operator()(double k, double a) const {
    std::size_t after = 1;
    while (after + 1 < times_.size() && times_[after] < a) ++after;
    double const t = (a - times_[after - 1]) / (times_[after] - times_[after - 1]);
    return std::exp((1 - t) * log_power(after - 1, k) + t * log_power(after, k));
  }

 private:
  double log_power(std::size_t at, double k) const {
    double const x = std::log(k);
    std::size_t above = 1;
    while (above + 1 < log_k_.size() && log_k_[above] < x) ++above;
    auto const value = [&](std::size_t i) { return std::log(tables_[at][i] / boxes_); };
    double const t = (x - log_k_[above - 1]) / (log_k_[above] - log_k_[above - 1]);
    return (1 - t) * value(above - 1) + t * value(above);
  }

  std::vector<double> times_, log_k_;
  std::vector<std::vector<double>> tables_;
  int boxes_ = 0;
};

struct ConeComparison {
  particles::BoxConfig box{200, 64};
  std::int64_t factor = 2, boxes = 4;
  particles::StepConfig steps{.count = 15};
  double start = 0.1;
  particles::LightConeConfig cone{.redshift = 1, .thickness = 100, .lines_of_sight = 8, .cloud = 0};
  fields::FlatSky sky{128, 5};
  bool fixed = false;
  double source = 1;  ///< redshift
  std::vector<double> edges;

  struct Band {
    double ell, measured, error, limber;
  };

  std::vector<Band> run(parallel::Communicator const& comm) const {
    using namespace particles;
    cosmology::RedshiftDistribution const sources({source - 1e-3, source, source + 1e-3}, {0, 1, 0});
    fields::BinnedPower const bands(sky, edges);
    auto const count = static_cast<std::size_t>(bands.bands());
    MeasuredPower power;
    std::vector<double> sum(count, 0.0), squares(count, 0.0);
    cosmology::Background const background{cosmology::Cosmology()};
    for (std::int64_t seed = 1; seed <= boxes; ++seed) {
      InitialConfig const initial{
          .seed = seed, .scale_factor = start, .fixed_amplitude = fixed};
      Simulation simulation(comm, box, factor);
      simulation.begin(initial);
      LightCone light_cone(comm, cone, sky, box, initial, steps, background);
      auto evolution = simulation.start_evolution(steps, start);
      while (!evolution.finished()) {
        evolution.step();
        light_cone.add_step(ExecSpace(), evolution, simulation.slab);
        power.add(evolution.now(), simulation.mesh.power(ExecSpace(), simulation.slab));
      }
      auto const planes = light_cone.planes(ExecSpace());
      auto const efficiency = lensing::lens_efficiency(planes.planes, background, {sources});
      for (std::int64_t line = 0; line < cone.lines_of_sight; ++line) {
        auto const values = spectrum(bands, planes, efficiency, background, line);
        for (std::size_t b = 0; b < count; ++b)
          sum[b] += values[b], squares[b] += values[b] * values[b];
      }
    }
    cosmology::AngularPower const limber(
        background, [&](double k, double a) { return power(k, a); }, {sources});
    auto const expected = bands.average(pixelised(limber));
    auto const n = static_cast<double>(boxes * cone.lines_of_sight);
    std::vector<Band> result;
    for (std::size_t b = 0; b < count; ++b) {
      double const mean = sum[b] / n;
      double const error = std::sqrt(std::max(0.0, squares[b] / n - mean * mean) / (n - 1));
      result.push_back({std::sqrt(edges[b] * edges[b + 1]), mean, error, expected[b]});
    }
    return result;
  }

 private:
  /// The spectrum of maps whose pixels are means, with a table in ln l: the bands have many modes.
  std::function<double(double)> pixelised(cosmology::AngularPower const& limber) const {
    double const step = 0.05, first = std::log(0.5 * edges.front());
    std::vector<double> table;
    for (double x = first; x < std::log(edges.back()) + step; x += step)
      table.push_back(std::log(limber(0, 0, std::exp(x))));
    double const pixel = sky.width() / static_cast<double>(sky.pixels);
    return [=](double l) {
      double const at = (std::log(l) - first) / step;
      auto const i = static_cast<std::size_t>(at);
      double const t = at - static_cast<double>(i);
      return std::exp((1 - t) * table[i] + t * table[i + 1] - l * l * pixel * pixel / 12);
    };
  }

  static std::vector<double> spectrum(fields::BinnedPower const& bands,
                                      particles::LensPlanes const& planes,
                                      std::vector<double> const& efficiency,
                                      cosmology::Background const& background,
                                      std::int64_t line) {
    auto const pixels = planes.sky.pixels;
    auto const convergence = lensing::plane_convergence(
        ExecSpace(), planes, background.cosmology().omega_m(), line);
    Array3<float> const kappa("test::kappa", 1, pixels, pixels);
    lensing::born_convergence(ExecSpace(), convergence, efficiency, kappa);
    auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), kappa);
    std::vector<std::complex<float>> modes(static_cast<std::size_t>(pixels * (pixels / 2 + 1)));
    std::vector<double> values(static_cast<std::size_t>(bands.bands()));
    bands.transform(host.data(), modes.data());
    bands.measure(modes.data(), modes.data(), values);
    return values;
  }
};

}  // namespace shearwater::test
