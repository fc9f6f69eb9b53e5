// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/survey/mask.hpp"

using namespace shearwater;

TEST_CASE("a random mask hides exactly the share that is asked for", "[survey]") {
  survey::MaskConfig config;
  config.masked_fraction = 0.2;
  config.border = 2;
  std::vector<float> mask(128 * 128), again(mask.size());
  for (std::uint64_t index : {0, 1, 2}) {
    survey::random_mask(4, index, config, 128, mask);
    CHECK(std::count(mask.begin(), mask.end(), 0.0F) == 3277);
    CHECK(std::count(mask.begin(), mask.end(), 1.0F) == 128 * 128 - 3277);
    CHECK(mask[0] == 0.0F);
    CHECK(mask[1 * 128 + 60] == 0.0F);
  }
  survey::random_mask(4, 2, config, 128, again);
  CHECK(mask == again);
  survey::random_mask(5, 2, config, 128, again);
  CHECK(mask != again);
}

TEST_CASE("a border wider than the masked share is refused", "[survey]") {
  survey::MaskConfig config;
  config.masked_fraction = 0.01;
  config.border = 10;
  std::vector<float> mask(64 * 64);
  CHECK_THROWS_WITH(survey::random_mask(1, 0, config, 64, mask),
                    ContainsSubstring("lower the border"));
}

TEST_CASE("keys of a mask that contradict each other are refused", "[survey]") {
  survey::MaskConfig config;
  CHECK_NOTHROW(config.check(64));
  config.border = 1;
  CHECK_THROWS_WITH(config.check(64), ContainsSubstring("mask.border = 1"));
  config.masked_fraction = 0.5;
  CHECK_NOTHROW(config.check(64));
  config.smallest_hole = 50;
  CHECK_THROWS_WITH(config.check(64), ContainsSubstring("mask.smallest_hole = 50"));
}

TEST_CASE("hidden pixels become zero whatever they held", "[survey]") {
  std::vector<float> const weight = {2.0F, 0.0F, std::nanf(""), 1.0F};
  std::vector<float> mask(4), maps = {1, 2, std::nanf(""), 4, std::nanf(""), 6, 7, 8};
  survey::mask_from_weights(weight, 0.5F, mask);
  CHECK(mask == std::vector<float>{1, 0, 0, 1});
  maps[4] = 5;
  survey::apply_mask(mask, maps);
  CHECK(maps == std::vector<float>{1, 0, 0, 4, 5, 0, 0, 8});
  CHECK(survey::observed_fraction(mask) == 0.5);
}
