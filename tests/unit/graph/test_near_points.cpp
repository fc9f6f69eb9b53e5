// SPDX-License-Identifier: BSD-3-Clause
// The vectors of the search beside their scalar forms.
#include <cmath>
#include <numeric>

#include "catch.hpp"
#include "near_points.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;

namespace {

std::vector<float> normals(std::uint64_t seed, std::size_t count) {
  core::Stream random(seed, core::Purpose::observation, 0);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random.normal()));
  return values;
}

}  // namespace

TEST_CASE("sixteen points at once are as near as one after another", "[graph][unit]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto const points = normals(seed, 48), q = normals(1000 + seed, 3);
    float vector[16], scalar[16];
    auto const far = graph::near_points_scalar(points.data(), q.data(), graph::infinite, scalar);
    CHECK(far == 0xffff);
    // Between two of the distances, so that rounding decides nothing.
    std::vector<float> sorted(scalar, scalar + 16);
    std::ranges::sort(sorted);
    float const bound = (sorted[7] + sorted[8]) / 2;
    auto const bits = graph::near_points(points.data(), q.data(), bound, vector);
    CHECK(std::popcount(bits) == 8);
    CHECK(bits == graph::near_points_scalar(points.data(), q.data(), bound, scalar));
    for (int i = 0; i < 16; ++i) CHECK_THAT(vector[i], WithinRel(scalar[i], 1e-5F));
  }
}

TEST_CASE("sixteen boxes at once are as near as one after another", "[graph][unit]") {
  auto const low = normals(1, 96), width = normals(2, 96);
  std::vector<float> high;
  for (std::size_t i = 0; i < low.size(); ++i) high.push_back(low[i] + std::abs(width[i]) / 4);
  graph::Boxes const boxes{{&low[0], &low[32], &low[64]}, {&high[0], &high[32], &high[64]}};
  int near = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto const q = normals(100 + seed, 3);
    auto const bits = graph::near_boxes(boxes, 16, q.data(), q.data(), 1.0F);
    CHECK(bits == graph::near_boxes_scalar(boxes, 16, q.data(), q.data(), 1.0F));
    near += std::popcount(bits);
    float const inside[3] = {low[20], low[52], low[84]};
    CHECK((graph::near_boxes(boxes, 16, inside, inside, 0.0F) >> 4 & 1U) == 1);
  }
  CHECK(near > 100);
  CHECK(near < 1500);
}

TEST_CASE("the smallest numbers offered are kept", "[graph][unit]") {
  for (std::size_t const keep : {1U, 7U, 16U, 17U, 40U}) {
    graph::Smallest vectors(keep);
    graph::SmallestScalar scalars(keep);
    CHECK(vectors.largest() == graph::infinite);
    std::vector<float> all;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto const values = normals(seed, 16);
      auto const bits = static_cast<std::uint32_t>(seed * 3121 % 65536);
      vectors.offer(bits, values.data());
      scalars.offer(bits, values.data());
      for (std::uint32_t i = 0; i < 16; ++i)
        if (bits >> i & 1U) all.push_back(values[i]);
      std::ranges::sort(all);
      float const expected = all.size() < keep ? graph::infinite : all[keep - 1];
      CHECK(vectors.largest() == expected);
      CHECK(scalars.largest() == expected);
    }
  }
}

TEST_CASE("chosen numbers are packed in order", "[graph][unit]") {
  auto const values = normals(5, 48);
  std::vector<std::uint32_t> numbers(48), packed(64);
  std::vector<float> kept(64);
  graph::pack(0x8421, 100, values.data(), packed.data(), kept.data());
  CHECK(std::vector(packed.begin(), packed.begin() + 4) ==
        std::vector<std::uint32_t>{100, 105, 110, 115});
  CHECK(kept[2] == values[10]);
  std::iota(numbers.begin(), numbers.end(), 7U);
  for (std::size_t const count : {0U, 1U, 16U, 30U}) {
    auto const found = graph::pack_near(numbers.data(), values.data(), count, 0.25F, packed.data());
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < count; ++i)
      if (values[i] <= 0.25F) expected.push_back(numbers[i]);
    CHECK(std::vector(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(found)) ==
          expected);
  }
}
