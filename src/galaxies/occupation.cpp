// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/occupation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "shearwater/core/error.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::galaxies {

void OccupationConfig::describe(core::Fields& field) {
  field("model", model, "", "how many galaxies a halo holds")
      .one_of({"zheng07", "leauthaud11", "table"});
  field("log_m_min", log_m_min, "lg(Msun/h)",
        "zheng07: mass of halos half of which have a central galaxy");
  field("sigma_log_m", sigma_log_m, "", "zheng07: width of that step").positive();
  field("log_m0", log_m0, "lg(Msun/h)", "zheng07: mass below which there are no satellites");
  field("log_m1", log_m1, "lg(Msun/h)", "zheng07: mass above that for one satellite");
  field("alpha", alpha, "", "zheng07: slope of the number of satellites").between(0, 4);
  field("satellites_follow_centrals", satellites_follow_centrals, "",
        "zheng07: whether the number of satellites is times that of centrals");
  field("log_stellar_mass", log_stellar_mass, "lg(Msun)",
        "leauthaud11: threshold, for H0 = 72 km/s/Mpc")
      .between(7, 12.5);
  field("table", table, "", "table: file with columns log10_mass, central, satellites").path();
  field("central_bias", central_bias, "",
        "share of the largest change of centrals with the secondary property that is possible")
      .between(-1, 1);
  field("satellite_bias", satellite_bias, "", "the same of satellites").between(-1, 1);
  field("split", split, "", "share of the halos of a mass that count as of the lower kind")
      .between(0.01, 0.99);
  field("seed", seed, "", "of the galaxies and all that is drawn of them").at_least(0);
}

namespace {

/// One row of Occupation's table.
struct Node {
  double log_mass, central, satellites;
};

/// SIG_MOD1 of Leauthaud et al. (2011), table 5, z = 0.22 to 0.48; masses in Msun.
struct Leauthaud {
  double log_m1 = 12.520, log_m_star0 = 10.916, beta = 0.457, delta = 0.566, gamma = 1.53;
  double sigma = 0.206, b_cut = 1.47, b_sat = 10.62, beta_cut = -0.13, beta_sat = 0.859;
  double alpha = 1;
  static constexpr double h = 0.72;

  /// log10 of the halo mass of a stellar mass (their eq. 13, of Behroozi et al. 2010).
  double log_halo(double log_stellar) const {
    double const ratio = std::pow(10, log_stellar - log_m_star0);
    return log_m1 + beta * std::log10(ratio) +
           std::pow(ratio, delta) / (1 + std::pow(ratio, -gamma)) - 0.5;
  }
  /// Its inverse: log_halo rises with stellar mass.
  double log_stellar(double log_halo_mass) const {
    double low = 0, high = 13;
    for (int step = 0; step < 60; ++step) {
      double const middle = 0.5 * (low + high);
      (log_halo(middle) < log_halo_mass ? low : high) = middle;
    }
    return 0.5 * (low + high);
  }
  Node at(double log_mass, double threshold) const {
    double const log_halo_mass = log_mass - std::log10(h), mass = std::pow(10, log_halo_mass - 12);
    double const scale = std::pow(10, log_halo(threshold) - 12);
    double const central =
        0.5 * std::erfc((threshold - log_stellar(log_halo_mass)) / (std::sqrt(2.0) * sigma));
    double const m_sat = b_sat * std::pow(scale, beta_sat);
    double const m_cut = b_cut * std::pow(scale, beta_cut);
    return {log_mass, central, central * std::pow(mass / m_sat, alpha) * std::exp(-m_cut / mass)};
  }
};

std::vector<Node> leauthaud_nodes(double threshold) {
  // Steps of a 30th of sigma: linear in between within 1e-4.
  std::vector<Node> nodes;
  Leauthaud const model;
  for (int i = 0; i <= 3200; ++i) nodes.push_back(model.at(9 + 0.0025 * i, threshold));
  return nodes;
}

std::vector<Node> read_nodes(std::string const& path) {
  if (path.empty()) throw core::InputError("occupation.table: name the file of mean occupations");
  io::TableRequest request;
  request.path = path;
  request.columns = {"log10_mass", "central", "satellites"};
  auto const columns = io::read_columns(request);
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < columns[0].size(); ++i) {
    Node const node{columns[0][i], columns[1][i], columns[2][i]};
    bool const rises = nodes.empty() || node.log_mass > nodes.back().log_mass;
    if (!rises || !(node.central >= 0 && node.central <= 1) || !(node.satellites >= 0) ||
        !std::isfinite(node.log_mass + node.satellites))
      throw core::InputError(fmt::format(
          "{}: row {} (from 0) has log10_mass {:g}, central {:g}, satellites {:g}: masses must "
          "increase, central lie in [0, 1], satellites not be negative",
          path, i, node.log_mass, node.central, node.satellites));
    nodes.push_back(node);
  }
  if (nodes.size() < 2)
    throw core::InputError(
        fmt::format("{}: holds {} rows, but at least 2 are needed", path, nodes.size()));
  return nodes;
}

}  // namespace

Occupation::Occupation(OccupationConfig const& config, std::string const& folder)
    : log_m_min_(config.log_m_min),
      inverse_sigma_(1 / config.sigma_log_m),
      m0_(std::pow(10, config.log_m0)),
      inverse_m1_(std::pow(10, -config.log_m1)),
      alpha_(config.alpha),
      central_bias_(config.central_bias),
      satellite_bias_(config.satellite_bias),
      split_(config.split),
      follow_(config.satellites_follow_centrals) {
  if (config.model == "zheng07") return;
  auto const nodes = config.model == "table" ? read_nodes(core::path_from(folder, config.table))
                                             : leauthaud_nodes(config.log_stellar_mass);
  table_ = Array2<double>("galaxies::mean_occupation", nodes.size(), 3);
  auto const host = Kokkos::create_mirror_view(table_);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    host(i, 0) = nodes[i].log_mass;
    host(i, 1) = nodes[i].central;
    host(i, 2) = nodes[i].satellites;
  }
  Kokkos::deep_copy(table_, host);
}

}  // namespace shearwater::galaxies
