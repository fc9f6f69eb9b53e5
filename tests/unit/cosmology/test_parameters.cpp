// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/parameters.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

TEST_CASE("a table of parameters changes a named cosmology", "[unit][cosmology]") {
  auto config = core::Config::from_text("[cosmology]\nbase = \"planck18\"\nsigma_8 = 0.75\n", "t");
  Cosmology const cosmology = read_cosmology(config);
  CHECK(cosmology.sigma_8 == 0.75);
  CHECK(cosmology.h == 0.6766);
  CHECK_THAT(cosmology.omega_m(), WithinAbs(0.3111, 1e-12));
  CHECK_THAT(cosmology.omega_de(), WithinAbs(0.6889, 1e-12));
  // What the output stores reads back to the same.
  auto again = core::Config::from_text(config.resolved(), "again");
  CHECK(read_cosmology(again).omega_c == cosmology.omega_c);
}

TEST_CASE("every named cosmology describes a universe", "[unit][cosmology]") {
  CHECK(named_cosmologies().size() == 6);
  for (auto const& name : named_cosmologies()) {
    CHECK_NOTHROW(named_cosmology(name).check());
    CHECK(named_cosmology(name).base == name);
  }
  CHECK_THROWS_WITH(named_cosmology("planck13"), ContainsSubstring("planck15, planck18"));
}

TEST_CASE("parameters are set by the names of inputs", "[unit][cosmology]") {
  Cosmology cosmology;
  double value = 0.01;
  for (auto const& name : Cosmology::parameter_names()) {
    cosmology.set(name, value);
    CHECK(cosmology.get(name) == value);
    value += 0.01;
  }
  CHECK_THROWS_WITH(cosmology.set("omega_d", 1), ContainsSubstring("did you mean 'omega_"));
}

TEST_CASE("what is no universe is refused with the value and the reason", "[unit][cosmology]") {
  auto const message_of = [](char const* name, double value) {
    Cosmology cosmology;
    cosmology.set(name, value);
    try {
      cosmology.check();
    } catch (core::InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message_of("m_nu", 0.06),
             ContainsSubstring("massive neutrinos") && ContainsSubstring("0.06") &&
                 ContainsSubstring("scale") && ContainsSubstring("m_nu = 0"));
  CHECK_THAT(message_of("omega_c", -0.1), ContainsSubstring("omega_c = -0.1"));
  CHECK_THAT(message_of("sigma_8", 0), ContainsSubstring("sigma_8 = 0 must be positive"));
  CHECK_THAT(message_of("h", -1), ContainsSubstring("h = -1"));
  CHECK_THAT(message_of("w_0", std::nan("")), ContainsSubstring("w_0"));
  CHECK_THAT(message_of("omega_k", -3), ContainsSubstring("no big bang"));
  CHECK(message_of("omega_c", 1.4).empty());  // dark energy below zero, but a universe
}
