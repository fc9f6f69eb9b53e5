// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/tally.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/parallel/sums.hpp"

namespace shearwater::galaxies {

double Tally::mass_edge(std::int64_t bin) {
  return std::pow(10.0, 9 + static_cast<double>(bin) / 5);
}

void Tally::count_ratio(std::vector<std::int64_t>& bins, float value) {
  if (!std::isfinite(value)) return;
  auto const place = static_cast<std::int64_t>(value * static_cast<float>(kRatios));
  ++bins[static_cast<std::size_t>(std::clamp<std::int64_t>(place, 0, kRatios - 1))];
}

Tally::Tally()
    : halos(kMasses, 0),
      centrals(kMasses, 0),
      satellites(kMasses, 0),
      b_to_a(kRatios, 0),
      c_to_a(kRatios, 0),
      ellipticity(kRatios, 0) {}

void Tally::add(HaloBlock const& block, GalaxyCounts const& counts) {
  auto const mass = to_host(block.mass);
  auto const central = to_host(counts.central);
  auto const satellite = to_host(counts.satellites);
  for (std::size_t h = 0; h < mass.size(); ++h) {
    if (!(mass[h] > 0)) {
      ++empty_halos;
      continue;
    }
    auto const place = static_cast<std::int64_t>(std::floor(5 * (std::log10(mass[h]) - 9)));
    auto const bin = static_cast<std::size_t>(std::clamp<std::int64_t>(place, 0, kMasses - 1));
    ++halos[bin];
    centrals[bin] += central[h];
    satellites[bin] += satellite[h];
  }
}

void Tally::add(GalaxyBlock const& galaxies, Array2<float> const& shapes) {
  auto const ratios = to_host(galaxies.axis_ratios);
  auto const flags = to_host(galaxies.flag);
  auto const e = to_host(shapes);
  for (std::size_t i = 0; i < flags.size(); ++i) {
    count_ratio(b_to_a, ratios[2 * i]);
    count_ratio(c_to_a, ratios[2 * i + 1]);
    count_ratio(ellipticity, std::sqrt(e[2 * i] * e[2 * i] + e[2 * i + 1] * e[2 * i + 1]));
    flagged += flags[i] != 0;
  }
}

void Tally::gather(parallel::Communicator const& comm) {
  for (auto* list : {&halos, &centrals, &satellites, &b_to_a, &c_to_a, &ellipticity})
    parallel::sum(comm, *list);
  empty_halos = comm.sum(empty_halos);
  flagged = comm.sum(flagged);
}

}  // namespace shearwater::galaxies
