// SPDX-License-Identifier: BSD-3-Clause
// Maps of simulated boxes for the rows of a batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "shearwater/bridge/simulator_source.hpp"
#include "shearwater/lensing/cone_simulator.hpp"

namespace shearwater::bridge {

/// Consecutive examples share a simulation: number i is seen along line i mod lines_of_sight of
/// simulation i / lines_of_sight, which one rank makes alone.
class ConeMaps {
 public:
  /// Throws InputError for what cannot be simulated, and for keys of [spectra] or priors that would
  /// have no effect or that a light cone does not serve.
  explicit ConeMaps(SimulatorConfig const& config);

  std::int64_t lines_of_sight() const { return simulator_.lines_of_sight(); }
  lensing::ConeSimulator const& simulator() const { return simulator_; }

  /// maps (n, bins, pixels, pixels): convergence of examples first, first + 1, ..., where
  /// cosmology(row) is that of each. Rows of one simulation whose cosmologies differ have one each.
  /// A row is a function of (seed, its index, its cosmology) alone.
  void make(std::uint64_t seed, std::uint64_t first,
            std::span<cosmology::Cosmology const> cosmologies, std::span<float> maps) const;

 private:
  lensing::ConeSimulator simulator_;
};

}  // namespace shearwater::bridge
