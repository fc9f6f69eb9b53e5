// SPDX-License-Identifier: BSD-3-Clause
#include "cone_maps.hpp"

#include <algorithm>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::bridge {
namespace {

lensing::ConeSimulator make_simulator(SimulatorConfig const& config) {
  core::refuse_changed(
      "spectra", config.spectra,
      {"nonlinear", "spin_prefactor", "alignment_amplitude", "alignment_eta", "alignment_pivot"},
      "maps.field = \"n_body\" has no spectra but those of its initial conditions");
  if (config.spectra.linear == "table")
    throw core::InputError(
        "spectra.linear = \"table\": initial conditions of maps.field = \"n_body\" follow a "
        "formula; "
        "take \"eisenstein_hu\", \"eisenstein_hu_no_wiggle\" or \"bbks\"");
  if (std::ranges::count(config.prior.names(), "omega_k") > 0)
    throw core::InputError(
        "prior.omega_k: light cones are made for flat universes; remove it, or choose another "
        "maps.field than \"n_body\"");
  return {*config.cone, config.maps.sky(), config.sources.make_bins(config.folder), config.spectra,
          config.cosmology};
}

}  // namespace

ConeMaps::ConeMaps(SimulatorConfig const& config) : simulator_(make_simulator(config)) {}

void ConeMaps::make(std::uint64_t seed, std::uint64_t first,
                    std::span<cosmology::Cosmology const> cosmologies,
                    std::span<float> maps) const {
  auto const lines = static_cast<std::uint64_t>(simulator_.lines_of_sight());
  auto const size = maps.size() / std::max<std::size_t>(cosmologies.size(), 1);
  auto const simulation = [&](std::size_t row) { return (first + row) / lines; };
  for (std::size_t row = 0; row < cosmologies.size();) {
    auto const seed_of_box = static_cast<std::int64_t>(
        core::Stream(seed, core::Purpose::box, simulation(row)).bits64() >> 1);
    auto const kappa =
        simulator_.simulate(parallel::Communicator::alone(), cosmologies[row], seed_of_box);
    auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), kappa);
    auto const served = [&, begin = row](std::size_t other) {
      return other < cosmologies.size() && simulation(other) == simulation(begin) &&
             cosmologies[other] == cosmologies[begin];
    };
    do {
      float const* const from = host.data() + (first + row) % lines * size;
      std::copy(from, from + size, maps.begin() + static_cast<std::ptrdiff_t>(row * size));
    } while (served(++row));
  }
}

}  // namespace shearwater::bridge
