// SPDX-License-Identifier: BSD-3-Clause
#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/chain.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

io::Chain small_chain() {
  io::Chain chain;
  chain.parameters = {{"omega_c", "\\Omega_c", false, 0.1, std::nullopt},
                      {"sigma_8", "\\sigma_8", false, std::nullopt, std::nullopt},
                      {"S_8", "S_8 = \\sigma_8 \\sqrt{\\Omega_m / 0.3}", true, {}, {}}};
  chain.weights = {1, 2.5};
  chain.log_density = {-3.25, 0.1};
  chain.values = {0.25, 0.8, 1.0 / 3, 0.3, 0.7, 1e-17};
  return chain;
}

}  // namespace

TEST_CASE("a GetDist chain has the documented columns and reads back exactly") {
  test::ScratchFolder const scratch;
  auto const root = scratch.file("posterior");
  auto const chain = small_chain();
  io::write_chain(root, chain);
  CHECK(io::read_text(root + "_1.txt") ==
        "1 3.25 0.25 0.8 0.3333333333333333\n2.5 -0.1 0.3 0.7 1e-17\n");
  CHECK_THAT(io::read_text(root + ".paramnames"),
             ContainsSubstring("omega_c\t\\Omega_c\n") && ContainsSubstring("S_8*\tS_8 = "));
  CHECK_THAT(io::read_text(root + ".ranges"), ContainsSubstring("omega_c 0.1 N\nsigma_8 N N\n"));
  auto const read = io::read_chain(root);
  CHECK(read.values == chain.values);
  CHECK(read.weights == chain.weights);
  CHECK(read.log_density == chain.log_density);
  REQUIRE(read.parameters.size() == 3);
  CHECK(read.parameters[2].name == "S_8");
  CHECK(read.parameters[2].label == chain.parameters[2].label);
  CHECK(read.parameters[2].derived);
  CHECK(read.parameters[0].low == 0.1);
  CHECK_FALSE(read.parameters[0].high.has_value());
  CHECK_THROWS_AS(io::write_chain(root, chain), core::InputError);
}

TEST_CASE("a chain with a broken line is refused with its number") {
  test::ScratchFolder const scratch;
  auto const root = scratch.file("posterior");
  io::write_chain(root, small_chain());
  io::write_file(root + "_1.txt", "1 2 3 4 5\n1 2 3 4\n", io::Existing::replace);
  CHECK_THROWS_WITH(io::read_chain(root),
                    ContainsSubstring("_1.txt:2: 4 columns") && ContainsSubstring("asks for 5"));
  io::write_file(root + "_1.txt", "1 2 3 4 x5\n", io::Existing::replace);
  CHECK_THROWS_WITH(io::read_chain(root), ContainsSubstring("'x5' is not a number"));
  CHECK_THROWS_AS(io::read_chain(scratch.file("none")), core::IoError);
}
