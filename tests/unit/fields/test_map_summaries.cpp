// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "filtered_moments.hpp"
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
  CHECK(summaries.count() == 82);
  auto const map = fields::make_aligned<float>(kMapSize);
  core::fill_normals(3, core::Purpose::noise, 0, 0, {map.get(), kMapSize});
  auto const named = summaries_of(summaries, {map.get(), kMapSize});
  CHECK(named.size() == 82);
  double const white = std::log(sky.area() / kMapSize);
  for (auto const& [name, value] : named) {
    INFO(name << " = " << value);
    // The lowest band holds 8 modes: ln of its power scatters by about 0.5; 6 are allowed.
    if (name.starts_with("ln_power")) CHECK(std::abs(value - white) < 3.0);
    if (name.starts_with("skewness")) CHECK(std::abs(value) < 2.0);
    if (name.starts_with("product")) CHECK(std::abs(value) < 2.0);
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
  CHECK(full.at("product_0_s0.5_1_s0.5_1_s1_2") > 0.1);
  CHECK_THAT(masked.at("product_0_s0.5_1_s0.5_1_s1_2"),
             WithinRel(full.at("product_0_s0.5_1_s0.5_1_s1_2"), 0.25F));
  CHECK_THAT(masked.at("skewness_0_s0.5_1"), WithinRel(full.at("skewness_0_s0.5_1"), 0.25F));
  CHECK_THAT(masked.at("ln_deviation_0_s0.5_1"), WithinAbs(full.at("ln_deviation_0_s0.5_1"), 0.05));
  // Power divided by the observed fraction.
  for (auto const& [name, value] : full)
    if (name.starts_with("ln_power") && value < -14.0F)
      CHECK_THAT(masked.at(name), WithinAbs(value, 2.0));
}

TEST_CASE("empty maps and empty masks have finite summaries", "[fields][summaries]") {
  fields::MapSummaries const summaries({}, {128, 5.0}, 2);
  CHECK(summaries.count() == 2 * 82 + 20);
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

TEST_CASE("products of three maps are the sums they stand for", "[fields][summaries]") {
  // More than one piece of 1024, and a rest that fills no vector.
  constexpr std::size_t size = 2500, count = 3;
  auto const triples = fields::all_triples(count);
  REQUIRE(triples.size() == 7);
  std::vector<float> maps(count * size), mask(size);
  core::fill_normals(6, core::Purpose::noise, 0, 0, maps);
  for (std::size_t p = 0; p < size; ++p) mask[p] = p % 3 == 0 ? 0.0F : 1.0F;
  bool const masked = GENERATE(false, true);
  std::vector<double> means(7);
  fields::triple_products(maps, count, triples,
                          masked ? std::span<float const>(mask) : std::span<float>{}, means);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i; j < count; ++j) {
      for (std::size_t k = j; k < count; ++k) {
        if (i == k) continue;
        double sum = 0, weight = 0;
        for (std::size_t p = 0; p < size; ++p) {
          double const w = masked ? static_cast<double>(mask[p]) : 1.0;
          double product = w;
          for (std::size_t const m : {i, j, k}) product *= static_cast<double>(maps[m * size + p]);
          sum += product;
          weight += w;
        }
        CHECK_THAT(means[at++], WithinAbs(sum / weight, 1e-6));
      }
    }
  }
}
