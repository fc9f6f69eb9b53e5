// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/fields/map_summaries.hpp"

using namespace shearwater;

namespace {

constexpr std::size_t kMapSize = 128 * 128;

std::map<std::string, float> summaries_of(fields::MapSummaries const& summaries,
                                          std::span<float const> maps,
                                          std::span<float const> mask = {}) {
  std::vector<float> values(static_cast<std::size_t>(summaries.count()));
  summaries.compute(maps, mask, *summaries.make_workspace(), values);
  std::map<std::string, float> named;
  for (std::size_t i = 0; i < values.size(); ++i) named[summaries.names()[i]] = values[i];
  return named;
}

bool all_finite(std::map<std::string, float> const& named) {
  return std::all_of(named.begin(), named.end(),
                     [](auto const& item) { return std::isfinite(item.second); });
}

}  // namespace

TEST_CASE("white noise has flat power and Gaussian moments", "[fields][summaries]") {
  fields::FlatSky const sky{128, 5.0};
  fields::MapSummaries const summaries({}, sky, 1);
  CHECK(summaries.count() == 52);
  auto const map = fields::make_aligned<float>(kMapSize);
  core::fill_normals(3, core::Purpose::noise, 0, 0, {map.get(), kMapSize});
  auto const named = summaries_of(summaries, {map.get(), kMapSize});
  CHECK(named.size() == 52);
  double const white = std::log(sky.area() / kMapSize);
  for (auto const& [name, value] : named) {
    INFO(name << " = " << value);
    // The lowest band holds 8 modes: ln of its power scatters by about 0.5; 6 are allowed.
    if (name.starts_with("ln_power")) CHECK(std::abs(value - white) < 3.0);
    if (name.starts_with("skewness")) CHECK(std::abs(value) < 2.0);
    if (name.starts_with("ln_kurtosis")) CHECK_THAT(value, WithinAbs(std::log(3.0), 0.8));
    if (name.starts_with("ln_magnitude"))
      CHECK_THAT(value, WithinAbs(0.5 * std::log(2 / 3.14159265), 0.15));
  }
  // The band of all large wave numbers, 12,000 modes.
  CHECK_THAT(named.at("skewness_0_s0.5_1"), WithinAbs(0, 0.12));
}

TEST_CASE("an exponential map is skewed, and a mask does not change that", "[fields][summaries]") {
  fields::MapSummaries const summaries({}, {128, 5.0}, 1);
  auto const map = fields::make_aligned<float>(kMapSize);
  core::fill_normals(4, core::Purpose::noise, 0, 0, {map.get(), kMapSize});
  for (std::size_t i = 0; i < kMapSize; ++i) map[i] = std::exp(0.5F * map[i]) - 1.1331485F;
  auto const full = summaries_of(summaries, {map.get(), kMapSize});
  std::vector<float> mask(kMapSize, 1.0F);
  for (std::size_t i = 0; i < kMapSize; ++i)
    if (i % 128 < 26) mask[i] = map[i] = 0.0F;  // a fifth of the field
  auto const masked = summaries_of(summaries, {map.get(), kMapSize}, mask);
  CHECK(full.at("skewness_0_s0.5_1") > 0.1);
  CHECK_THAT(masked.at("skewness_0_s0.5_1"), WithinRel(full.at("skewness_0_s0.5_1"), 0.25F));
  CHECK_THAT(masked.at("ln_deviation_0_s0.5_1"), WithinAbs(full.at("ln_deviation_0_s0.5_1"), 0.05));
  // Power divided by the observed fraction.
  for (auto const& [name, value] : full)
    if (name.starts_with("ln_power") && value < -14.0F)
      CHECK_THAT(masked.at(name), WithinAbs(value, 2.0));
}

TEST_CASE("empty maps and empty masks have finite summaries", "[fields][summaries]") {
  fields::MapSummaries const summaries({}, {128, 5.0}, 2);
  CHECK(summaries.count() == 2 * 52 + 20);
  auto const maps = fields::make_aligned<float>(2 * kMapSize);
  CHECK(all_finite(summaries_of(summaries, {maps.get(), 2 * kMapSize})));
  std::vector<float> const none(kMapSize, 0.0F);
  CHECK(all_finite(summaries_of(summaries, {maps.get(), 2 * kMapSize}, none)));
  core::fill_normals(5, core::Purpose::noise, 0, 0, {maps.get(), kMapSize});
  std::copy(maps.get(), maps.get() + kMapSize, maps.get() + kMapSize);
  auto const same = summaries_of(summaries, {maps.get(), 2 * kMapSize});
  CHECK(all_finite(same));
  for (auto const& [name, value] : same)
    if (name.starts_with("correlation")) CHECK_THAT(value, WithinAbs(1, 1e-6));
}
