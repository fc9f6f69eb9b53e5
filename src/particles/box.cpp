// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/box.hpp"

#include <fmt/format.h>

#include <numbers>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {

void BoxConfig::describe(core::Fields& key) {
  key("side", side, "Mpc/h", "side of the periodic box, comoving").between(0.1, 100000);
  key("particles", particles, "", "particles along a side; even").between(4, 16384);
}

void BoxConfig::check() const {
  if (particles % 2 != 0)
    throw core::InputError(fmt::format("box.particles = {}: must be even; {} or {} would do",
                                       particles, particles - 1, particles + 1));
}

double BoxConfig::fundamental() const { return 2 * std::numbers::pi / side; }

void InitialConfig::describe(core::Fields& key) {
  key("seed", seed, "", "seed of the density field; the same large scales on every grid")
      .at_least(0);
  key("scale_factor", scale_factor, "", "scale factor at which the particles start")
      .between(1e-3, 1);
  key("order", order, "", "order of Lagrangian perturbation theory for the start").between(1, 2);
  key("fixed_amplitude", fixed_amplitude, "",
      "whether every mode has exactly its expected power and only phases are drawn");
  key("paired", paired, "", "whether the field has the opposite sign, as the partner of a pair");
}

}  // namespace shearwater::particles
