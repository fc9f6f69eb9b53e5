// SPDX-License-Identifier: BSD-3-Clause
// What a test measures of orientations on WatsonGraphs.
#pragma once

#include "shearwater/bridge/graph_source.hpp"
#include "watson_graphs.hpp"

namespace shearwater::test {

/// Mean |cos| to the host's axis (centrals) and to the direction of the central (satellites).
struct MeanCosines {
  double central = 0, satellite = 0;
};

/// |n . host|, |n . r|, log mass, central of each galaxy: n is the first of `stride / 3` axes.
inline std::vector<double> alignment_rows(graph::HaloGraphs const& graphs, float const* axes,
                                          std::size_t stride) {
  std::vector<double> rows;
  for (std::size_t i = 0; i < graphs.id.size(); ++i) {
    double host = 0, radial = 0, square = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      double const n = axes[stride * i + a], r = graphs.position[3 * i + a];
      host += n * graphs.axes[3 * i + a];
      radial += n * r;
      square += r * r;
    }
    rows.insert(rows.end(),
                {std::abs(host), square > 0 ? std::abs(radial) / std::sqrt(square) : 0.0,
                 graphs.scalars[2 * i], graphs.scalars[2 * i + 1]});
  }
  return rows;
}

inline MeanCosines mean_cosines(std::vector<double> const& rows) {
  MeanCosines mean;
  double centrals = 0, satellites = 0;
  for (std::size_t i = 0; i < rows.size(); i += 4) {
    bool const central = rows[i + 3] > 0.5;
    (central ? mean.central : mean.satellite) += rows[i + (central ? 0 : 1)];
    (central ? centrals : satellites) += 1;
  }
  mean.central /= centrals;
  mean.satellite /= satellites;
  return mean;
}

inline bridge::Batch whole_batch(graph::HaloGraphs const& graphs, std::int64_t neighbours) {
  std::vector<std::int64_t> which(static_cast<std::size_t>(graphs.graphs()));
  for (std::size_t i = 0; i < which.size(); ++i) which[i] = static_cast<std::int64_t>(i);
  return bridge::graph_batch(graphs, which, neighbours);
}

}  // namespace shearwater::test
