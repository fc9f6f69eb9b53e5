// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater::core;

TEST_CASE("Philox gives the published known answers", "[core][random]") {
  // Random123's kat_vectors for philox4x32-10: counter and key of zeros.
  auto const zero = philox(0, static_cast<Purpose>(0), 0, 0);
  CHECK(zero == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  auto const ones = philox(~0ull, static_cast<Purpose>(0xffffffff), ~0ull, 0xffffffff);
  CHECK(ones == std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("a stream depends on seed, purpose and index alone", "[core][random]") {
  Stream a(1, Purpose::field, 7), b(1, Purpose::field, 7), other_purpose(1, Purpose::noise, 7),
      other_index(1, Purpose::field, 8);
  auto const first = a.bits64();
  CHECK(first == b.bits64());
  CHECK(first != other_purpose.bits64());
  CHECK(first != other_index.bits64());
}

TEST_CASE("uniforms and normals have their moments", "[core][random]") {
  // 200,000 draws, bounds of 5 standard errors: false-alarm rate 6e-7 for each check.
  Stream stream(3, Purpose::parameters, 0);
  int const n = 200000;
  double sum_u = 0, sum_n = 0, sum_n2 = 0, sum_n4 = 0;
  for (int i = 0; i < n; ++i) {
    double const u = stream.uniform();
    REQUIRE((u > 0 && u < 1));
    sum_u += u;
    double const x = stream.normal();
    sum_n += x;
    sum_n2 += x * x;
    sum_n4 += x * x * x * x;
  }
  double const root = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(sum_u / n - 0.5) < 5 * std::sqrt(1.0 / 12) / root);
  CHECK(std::abs(sum_n / n) < 5 / root);
  CHECK(std::abs(sum_n2 / n - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(sum_n4 / n - 3) < 5 * std::sqrt(96.0) / root);
}

TEST_CASE("below covers its range evenly", "[core][random]") {
  Stream stream(5, Purpose::shuffle, 0);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70000; ++i) ++counts[stream.below(7)];
  for (int const count : counts) CHECK(std::abs(count - 10000) < 5 * 93);  // 5 sd of a binomial
}
