// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/core/vector_math.hpp"

using namespace shearwater::core;

namespace {

/// Element e of a stream of normals, one at a time from the scalar Philox: the fallback that the
/// vector path must repeat bit for bit.
float scalar_normal(std::uint64_t seed, Purpose purpose, std::uint64_t index, std::uint64_t e) {
  std::uint64_t const lane = e % 16;
  std::uint64_t const counter = 16 * (e / 64) + lane / 2 + 8 * (lane % 2);
  auto const words = philox(seed, purpose, index, static_cast<std::uint32_t>(counter));
  std::size_t const word = (e % 64) / 16;
  NormalPair const pair =
      word < 2 ? normal_pair(words[0], words[1]) : normal_pair(words[2], words[3]);
  return word % 2 == 0 ? pair.first : pair.second;
}

}  // namespace

TEST_CASE("normals are the same bits one by one and in vectors", "[core][random]") {
  std::uint64_t const seed = 0x123456789abcdefULL, index = 0xfedcba9876ULL;
  std::vector<float> many(1000);
  fill_normals(seed, Purpose::field, index, 128, many);
  for (std::size_t i = 0; i < many.size(); ++i) {
    float const one = scalar_normal(seed, Purpose::field, index, 128 + i);
    REQUIRE(std::memcmp(&one, &many[i], sizeof(float)) == 0);
  }
  // Any start that is a multiple of 4, any length.
  for (std::uint64_t const first : {4, 60, 64, 100}) {
    std::array<float, 77> part{};
    fill_normals(seed, Purpose::field, index, 128 + first, part);
    REQUIRE(std::memcmp(part.data(), many.data() + first, sizeof(part)) == 0);
  }
}

TEST_CASE("vectorised normals have the moments and tails of normals", "[core][random]") {
  // 4,194,304 draws, 5 standard errors for each moment: false alarms 6e-7 per check.
  std::size_t const n = 1 << 22;
  std::vector<float> x(n);
  fill_normals(7, Purpose::noise, 1, 0, x);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, pairs = 0, beyond = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double const v = static_cast<double>(x[i]);
    m1 += v;
    m2 += v * v;
    m3 += v * v * v;
    m4 += v * v * v * v;
    pairs += v * static_cast<double>(x[(i + 16) % n]);
    beyond += std::abs(v) > 4 ? 1 : 0;
  }
  double const root = std::sqrt(static_cast<double>(n)), count = static_cast<double>(n);
  CHECK(std::abs(m1 / count) < 5 / root);
  CHECK(std::abs(m2 / count - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(m3 / count) < 5 * std::sqrt(15.0) / root);
  CHECK(std::abs(m4 / count - 3) < 5 * std::sqrt(96.0) / root);
  CHECK(std::abs(pairs / count) < 5 / root);
  double const expected = count * 6.334248e-5;
  CHECK(std::abs(beyond - expected) < 5 * std::sqrt(expected));
}

TEST_CASE("fast functions keep the accuracy that they state", "[core]") {
  double log_error = 0, exp_error = 0, angle_error = 0;
  for (int i = 1; i < 200000; ++i) {
    auto const x = static_cast<float>(std::exp(-60 + 120.0 * i / 200000));
    double const exact = std::log(static_cast<double>(x));
    double const error = std::abs(static_cast<double>(fast_log(x)) - exact);
    log_error = std::max(log_error, error / std::max(1.0, std::abs(exact)));
    auto const y = static_cast<float>(-80 + 160.0 * i / 200000);
    exp_error =
        std::max(exp_error,
                 std::abs(static_cast<double>(fast_exp(y)) / std::exp(static_cast<double>(y)) - 1));
    auto const bits = static_cast<std::uint32_t>(i * 2654435761U);
    auto const angle = fast_sincos(bits);
    double const exact_angle =
        std::numbers::pi / 2 *
        ((bits >> 30) + static_cast<double>(static_cast<std::int32_t>(bits << 2)) * 0x1p-32);
    angle_error =
        std::max({angle_error, std::abs(static_cast<double>(angle.sine) - std::sin(exact_angle)),
                  std::abs(static_cast<double>(angle.cosine) - std::cos(exact_angle))});
  }
  CHECK(log_error < 1.2e-7);
  CHECK(exp_error < 2e-7);
  CHECK(angle_error < 1.5e-7);
  CHECK(fast_log(1.0F) == 0.0F);
  CHECK(fast_exp(0.0F) == 1.0F);
  CHECK(std::isfinite(fast_exp(1e30F)));
  CHECK(fast_exp(-1e30F) > 0.0F);
}

TEST_CASE("operations on lanes have the bits of those on one element", "[core]") {
  alignas(64) std::array<float, 2 * kFloatLanes> in{}, out{};
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = 0.37F * static_cast<float>(i) + 0.1F;
  FloatLanes const a = load_lanes(in.data()), b = load_lanes(in.data() + kFloatLanes);
  store_lanes(out.data(), multiply_add(a, b, fill_lanes(0.3F)));
  store_lanes(out.data() + kFloatLanes, root_lanes(a));
  for (std::size_t i = 0; i < kFloatLanes; ++i) {
    CHECK(out[i] == multiply_add(in[i], in[i + kFloatLanes], 0.3F));
    CHECK(out[i + kFloatLanes] == std::sqrt(in[i]));
  }
  CHECK(any_above(b, a));
  CHECK_FALSE(any_above(a, a));
  FloatLanes one_more = a;
  one_more[kFloatLanes - 1] += 1.0F;
  CHECK(any_above(one_more, a));

  store_interleaved(out.data(), a, b);
  for (std::size_t i = 0; i < kFloatLanes; ++i) {
    CHECK(out[2 * i] == in[i]);
    CHECK(out[2 * i + 1] == in[i + kFloatLanes]);
  }
  std::array<float, 2 * kFloatLanes> back{};
  load_interleaved(out.data(), back.data(), back.data() + kFloatLanes);
  CHECK(back == in);
}

TEST_CASE("sixteen values of a table are those of its line segments", "[core]") {
  std::array<float, kTableWindow + 3> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = 1.0F / static_cast<float>(i + 1);
  std::array<std::int32_t, 16> node{};
  std::array<float, 16> weight{}, out{};
  for (int i = 0; i < 16; ++i) {
    node[static_cast<std::size_t>(i)] = i * kTableWindow / 15;
    weight[static_cast<std::size_t>(i)] = 0.0625F * static_cast<float>(i);
  }
  interpolate16(table.data(), node.data(), weight.data(), out.data());
  for (std::size_t i = 0; i < 16; ++i) {
    auto const n = static_cast<std::size_t>(node[i]);
    CHECK(out[i] == multiply_add(weight[i], table[n + 1] - table[n], table[n]));
  }
}
