// SPDX-License-Identifier: BSD-3-Clause
// Halo graphs whose galaxies' orientations are known: Dimroth-Watson distributions about the host's
// major axis (centrals) and about the direction to the central (satellites).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "shearwater/core/random.hpp"
#include "shearwater/graph/halo_graphs.hpp"

namespace shearwater::test {

using Vector = std::array<double, 3>;

/// Shapes with p(x) proportional to exp(-kappa x^2), kappa = -tan(pi mu / 2), of x = cos(angle).
class Watson {
 public:
  explicit Watson(double mu) {
    double const kappa = -std::tan(std::numbers::pi * mu / 2);
    double sum = 0;
    for (std::size_t i = 0; i < 20000; ++i) {
      double const x = (static_cast<double>(i) + 0.5) / 20000;
      sum += std::exp(-kappa * x * x);
      cumulative_.push_back(sum);
    }
    for (auto& value : cumulative_) value /= sum;
  }
  /// |cos| for a number in (0, 1).
  double cosine(double uniform) const {
    auto const found = std::ranges::lower_bound(cumulative_, uniform);
    return (static_cast<double>(found - cumulative_.begin()) + 0.5) / 20000;
  }
  /// A headless axis about `about`, of random sign.
  Vector axis(Vector const& about, core::Stream& random) const {
    double const c = cosine(random.uniform()), s = std::sqrt(1 - c * c);
    double const phi = 2 * std::numbers::pi * random.uniform();
    auto const [first, second] = across(about);
    double const sign = random.uniform() < 0.5 ? -1 : 1;
    Vector axis{};
    for (std::size_t a = 0; a < 3; ++a)
      axis[a] = sign * (c * about[a] + s * (std::cos(phi) * first[a] + std::sin(phi) * second[a]));
    return axis;
  }
  static std::array<Vector, 2> across(Vector const& n) {
    std::size_t const smallest = std::abs(n[0]) < std::abs(n[1])
                                     ? (std::abs(n[0]) < std::abs(n[2]) ? 0 : 2)
                                     : (std::abs(n[1]) < std::abs(n[2]) ? 1 : 2);
    Vector e{};
    e[smallest] = 1;
    Vector first = cross(n, e);
    double const length = std::sqrt(dot(first, first));
    for (auto& value : first) value /= length;
    return {first, cross(n, first)};
  }
  static Vector cross(Vector const& a, Vector const& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
  }
  static double dot(Vector const& a, Vector const& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }

 private:
  std::vector<double> cumulative_;
};

struct WatsonGraphs {
  double central = 0.7797, satellite = 0.3345;  ///< mu; mean |cos| is 0.737091 and 0.549910
  bool frames = false;  ///< frames and axis ratios; the other two axes are uniform about the major
  std::uint64_t seed = 5;

  static Vector direction(core::Stream& random) {
    double const z = 2 * random.uniform() - 1, phi = 2 * std::numbers::pi * random.uniform();
    double const s = std::sqrt(1 - z * z);
    return {s * std::cos(phi), s * std::sin(phi), z};
  }

  /// Graphs [first, first + count): a central at 0 and 1 to 7 satellites, more in heavier halos.
  graph::HaloGraphs make(std::int64_t first, std::int64_t count) const {
    graph::HaloGraphs graphs;
    graphs.scalar_names = {"log10_host_mass", "central"};
    graphs.axis_names = {"host_major"};
    Watson const of_central(central), of_satellite(satellite);
    for (auto g = first; g < first + count; ++g) {
      core::Stream random(seed, core::Purpose::observation, static_cast<std::uint64_t>(g));
      double const log_mass = 12 + 2 * random.uniform();
      auto const satellites =
          1 + static_cast<std::int64_t>((log_mass - 12) * 2.5 + 2 * random.uniform());
      auto const host = direction(random);
      for (std::int64_t i = 0; i <= satellites; ++i) {
        auto const toward = direction(random);
        double const radius = i == 0 ? 0 : 0.05 + random.uniform();
        auto const major =
            i == 0 ? of_central.axis(host, random) : of_satellite.axis(toward, random);
        graphs.id.push_back(100 * g + i);
        for (std::size_t a = 0; a < 3; ++a)
          graphs.position.push_back(static_cast<float>(radius * toward[a]));
        graphs.scalars.insert(graphs.scalars.end(),
                              {static_cast<float>(log_mass), i == 0 ? 1.0F : 0.0F});
        double const sign = random.uniform() < 0.5 ? -1 : 1;
        for (auto const value : host) graphs.axes.push_back(static_cast<float>(sign * value));
        if (frames)
          add_shape(graphs, major, log_mass, random);
        else
          for (auto const value : major) graphs.major.push_back(static_cast<float>(value));
      }
      graphs.begin.push_back(graphs.begin.back() + satellites + 1);
      graphs.host.push_back(g);
      graphs.box.push_back(static_cast<std::int32_t>(g % 8));
    }
    return graphs;
  }

 private:
  /// Ratios whose mean falls with the mass: q = 1/(1 + exp(-x)), s = q/(1 + exp(-y)).
  static void add_shape(graph::HaloGraphs& graphs, Vector const& major, double log_mass,
                        core::Stream& random) {
    auto const [first, second] = Watson::across(major);
    double const phi = 2 * std::numbers::pi * random.uniform();
    Vector middle{};
    for (std::size_t a = 0; a < 3; ++a)
      middle[a] = std::cos(phi) * first[a] + std::sin(phi) * second[a];
    for (auto const& axis : {major, middle, Watson::cross(major, middle)})
      for (auto const value : axis) graphs.frames.push_back(static_cast<float>(value));
    double const x = 1.5 - (log_mass - 13) + 0.7 * random.normal();
    double const y = 1.0 + 0.5 * (x - 1.5) + 0.5 * random.normal();
    double const q = 1 / (1 + std::exp(-x));
    graphs.axis_ratios.push_back(static_cast<float>(q));
    graphs.axis_ratios.push_back(static_cast<float>(q / (1 + std::exp(-y))));
  }
};

}  // namespace shearwater::test
