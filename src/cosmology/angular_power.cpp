// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/angular_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::cosmology {

namespace {

/// Integral of n(z) cot_K(chi(z)) above each node, by Gauss-Legendre within each piece of n(z).
std::vector<double> cotangent_above(Background const& background, RedshiftDistribution const& n,
                                    std::vector<double> const& z) {
  auto integrand = [&](double x) {
    double const chi = background.comoving_distance(x);
    return n(x) * background.curved_cosine(chi) / background.curved_sine(chi);
  };
  auto integrate = [&](double low, double high) {
    double const middle = 0.5 * (low + high), half = 0.5 * (high - low), offset = std::sqrt(0.6);
    return half / 9 *
           (5 * integrand(middle - half * offset) + 8 * integrand(middle) +
            5 * integrand(middle + half * offset));
  };
  std::vector<double> above(z.size(), 0.0);
  for (std::size_t j = z.size() - 1; j-- > 1;) {
    double sum = 0, low = z[j];
    auto node = std::upper_bound(n.nodes().begin(), n.nodes().end(), low);
    while (low < z[j + 1]) {
      double const high = node == n.nodes().end() ? z[j + 1] : std::min(*node, z[j + 1]);
      sum += integrate(low, high);
      low = high;
      if (node != n.nodes().end()) ++node;
    }
    above[j] = above[j + 1] + sum;
  }
  return above;
}

/// Nodes t in [0, 1] and their weights: Simpson's rule in each piece between sqrt(break / z_max),
/// with as many nodes as its part of [0, 1] gets of `nodes`, three at least.
std::pair<std::vector<double>, std::vector<double>> simpson_nodes(std::int64_t nodes,
                                                                  std::vector<double> const& breaks,
                                                                  double z_max) {
  std::vector<double> ends{0, 1};
  for (double const z : breaks)
    if (z > 0 && z < z_max) ends.push_back(std::sqrt(z / z_max));
  std::ranges::sort(ends);
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::vector<double> t{0}, weight{0};
  for (std::size_t piece = 0; piece + 1 < ends.size(); ++piece) {
    double const low = ends[piece], width = ends[piece + 1] - low;
    auto const steps =
        2 * std::max<std::int64_t>(1, std::llround(0.5 * width * static_cast<double>(nodes)));
    double const third = width / (3 * static_cast<double>(steps));
    weight.back() += third;
    for (std::int64_t j = 1; j <= steps; ++j) {
      t.push_back(j == steps ? ends[piece + 1]
                             : low + width * static_cast<double>(j) / static_cast<double>(steps));
      weight.push_back(third * (j == steps ? 1 : j % 2 == 1 ? 4 : 2));
    }
  }
  return {std::move(t), std::move(weight)};
}

}  // namespace

double spin_prefactor(double ell) {
  if (ell < 2) return 0;
  double const square = (ell + 0.5) * (ell + 0.5);
  return (ell + 2) * (ell + 1) * ell * (ell - 1) / (square * square);
}

AngularPower::AngularPower(Background const& background,
                           std::function<double(double, double)> power,
                           std::vector<RedshiftDistribution> const& sources, Alignment alignment,
                           std::int64_t nodes, std::vector<double> const& breaks)
    : power_(std::move(power)) {
  if (sources.empty()) throw core::InputError("angular power: no source distribution is given");
  core::require(nodes >= 2 && nodes % 2 == 0, "the number of redshift nodes must be even");
  double z_max = 0;
  for (auto const& bin : sources) z_max = std::max(z_max, bin.z_max());
  // z = t^2 z_max: dense at small redshift, where the integrand of large multipoles lives.
  auto const [places, simpson] = simpson_nodes(nodes, breaks, z_max);
  auto const count = places.size();
  std::vector<double> z(count), expansion(count), chi(count);
  scale_.resize(count), transverse_.resize(count), weight_.resize(count);
  for (std::size_t j = 0; j < count; ++j) {
    double const t = places[j];
    z[j] = z_max * t * t;
    scale_[j] = 1 / (1 + z[j]);
    chi[j] = background.comoving_distance(z[j]);
    transverse_[j] = background.curved_sine(chi[j]);
    expansion[j] = background.expansion(scale_[j]);
    weight_[j] = simpson[j] * 2 * z_max * t * units::hubble_distance / expansion[j];
  }
  auto const& c = background.cosmology();
  double const poisson = 1.5 * c.omega_m() / (units::hubble_distance * units::hubble_distance);
  for (auto const& bin : sources) {
    auto const cotangent = cotangent_above(background, bin, z);
    Kernel kernel{std::vector<double>(count), std::vector<double>(count)};
    for (std::size_t j = 1; j < count; ++j) {
      double const f = transverse_[j];
      kernel.lensing[j] =
          poisson / scale_[j] * f *
          ((1 - bin.cumulative(z[j])) * background.curved_cosine(chi[j]) - f * cotangent[j]);
      kernel.alignment[j] = -alignment.amplitude * alignment_normalisation * c.omega_m() /
                            background.growth(scale_[j]) *
                            std::pow((1 + z[j]) / (1 + alignment.pivot), alignment.eta) *
                            bin(z[j]) * expansion[j] / units::hubble_distance;
    }
    kernels_.push_back(std::move(kernel));
  }
}

double AngularPower::operator()(std::int64_t i, std::int64_t j, double ell, ShearPart part) const {
  auto const& first = kernels_.at(static_cast<std::size_t>(i));
  auto const& second = kernels_.at(static_cast<std::size_t>(j));
  double sum = 0;
  for (std::size_t n = 1; n < scale_.size(); ++n) {
    double const gg = first.lensing[n] * second.lensing[n];
    double const gi =
        first.lensing[n] * second.alignment[n] + first.alignment[n] * second.lensing[n];
    double const ii = first.alignment[n] * second.alignment[n];
    double const kernel = part == ShearPart::lensing             ? gg
                          : part == ShearPart::lensing_alignment ? gi
                          : part == ShearPart::alignment         ? ii
                          : part == ShearPart::shear_shape ? first.lensing[n] * second.alignment[n]
                                                           : gg + gi + ii;
    if (kernel == 0) continue;
    double const f = transverse_[n];
    sum += weight_[n] * kernel / (f * f) * power_((ell + 0.5) / f, scale_[n]);
  }
  return sum;
}

}  // namespace shearwater::cosmology
