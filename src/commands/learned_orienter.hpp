// SPDX-License-Identifier: BSD-3-Clause
// Orientations of a population by a trained generator.
#pragma once

#include <memory>
#include <string>

#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::commands {

/// Orients the galaxies of each halo as one graph. Hosts outside the masses of the training are
/// flagged (io::outside_training), those without axes get random ones and are flagged too.
class LearnedOrienter : public galaxies::Orienter {
 public:
  /// folder   of the model; its inputs must be among log10_host_mass, central, host_major,
  ///          host_middle and host_minor: InputError naming another.
  LearnedOrienter(std::string const& folder, std::uint64_t seed, std::int64_t threads);
  void orient(ExecSpace const& space, galaxies::HaloBlock const& halos,
              galaxies::GalaxyBlock& galaxies) const override;
  bool needs_axes() const override { return !model_.card().axes.empty(); }
  learn::GeneratorModel const& model() const { return model_; }

 private:
  learn::GeneratorModel model_;
  std::uint64_t seed_;
};

}  // namespace shearwater::commands
