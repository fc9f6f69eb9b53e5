// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/abundance.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"

namespace shearwater::halos {

std::vector<double> mass_edges(double lowest, double largest, std::int64_t per_decade) {
  core::require(lowest > 0 && per_decade > 0, "bins of mass start above zero");
  std::vector<double> edges{lowest};
  while (edges.size() < 2 || edges.back() <= largest)
    edges.push_back(lowest * std::pow(10.0, static_cast<double>(edges.size()) /
                                                static_cast<double>(per_decade)));
  return edges;
}

Abundance count_halos(parallel::Communicator const& comm, std::vector<double> const& masses,
                      std::vector<double> const& edges, double box_side) {
  std::size_t const bins = edges.size() - 1;
  std::vector<std::int64_t> mine(bins, 0);
  for (double const mass : masses) {
    if (!(mass >= edges.front() && mass < edges.back())) continue;
    auto const above = std::upper_bound(edges.begin(), edges.end(), mass);
    ++mine[static_cast<std::size_t>(above - edges.begin()) - 1];
  }
  Abundance result;
  double const volume = std::pow(box_side, 3);
  for (std::size_t b = 0; b < bins; ++b) {
    auto const count = comm.sum(mine[b]);
    double const unit = 1 / (volume * std::log(edges[b + 1] / edges[b]));
    result.count.push_back(count);
    result.density.push_back(static_cast<double>(count) * unit);
    result.error.push_back(std::sqrt(static_cast<double>(count)) * unit);
  }
  return result;
}

std::vector<double> expected_density(cosmology::MassFunction const& function,
                                     std::vector<double> const& edges) {
  std::vector<double> result;
  double low = function(edges.front());
  for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
    double const high = function(edges[b + 1]);
    double const middle = function(std::sqrt(edges[b] * edges[b + 1]));
    result.push_back((low + 4 * middle + high) / 6);
    low = high;
  }
  return result;
}

}  // namespace shearwater::halos
