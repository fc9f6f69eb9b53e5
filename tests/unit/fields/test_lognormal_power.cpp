// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "lognormal_power.hpp"
#include "shearwater/fields/correlated_fields.hpp"

using namespace shearwater;

namespace {

std::vector<double> grid(fields::FlatSky const& sky) {
  std::vector<double> ell;
  for (std::int64_t n = 0; n <= sky.pixels; ++n)
    ell.push_back(static_cast<double>(n) * sky.fundamental());
  return ell;
}

/// Powers that fall like 1 / (1 + n), of variance about `variance`.
std::vector<float> falling(fields::ModeTable const& modes, double variance) {
  std::vector<float> table(modes.table_size(), 0.0F);
  double const scale = variance / static_cast<double>(2 * modes.nodes());
  for (std::size_t n = 0; n < modes.nodes(); ++n)
    table[n] = static_cast<float>(scale / static_cast<double>(1 + n));
  return table;
}

/// A ring of a dozen long waves: correlations swing to -0.4 of the variance, and the logarithm
/// raises those below -1.
std::vector<float> ring(fields::ModeTable const& modes) {
  std::vector<float> table(modes.table_size(), 0.0F);
  table[1] = table[2] = 2.5F;
  return table;
}

}  // namespace

TEST_CASE("powers are linear between the nodes of any table", "[fields]") {
  fields::FlatSky const sky{64, 5.0};
  fields::EvenTransform const even(32);
  // Nodes a fundamental apart, and logarithmic ones, of which many lie within sixteen modes.
  std::vector<double> dense;
  for (int n = 0; n < 400; ++n) dense.push_back(std::pow(10.0, 4.0 * n / 399));
  for (auto const& ell : {grid(sky), dense}) {
    fields::ModeTable const modes(sky, even, ell);
    std::vector<float> table(modes.table_size(), 0.0F);
    for (std::size_t n = 0; n < ell.size(); ++n)
      table[n] = static_cast<float>(1 / (1 + ell[n] / 100));
    auto const plane = fields::make_aligned<float>(even.plane_size());
    fields::tabulated_power(even, modes, table.data(), plane.get());
    CHECK(plane[0] == 0.0F);
    for (std::size_t a = 0; a <= 32; ++a)
      for (std::size_t b = a == 0 ? 1 : 0; b <= 32; ++b) {
        double const l = sky.fundamental() * std::hypot(a, b);
        auto const n = static_cast<std::size_t>(std::upper_bound(ell.begin(), ell.end() - 1, l) -
                                                ell.begin() - 1);
        double const low = static_cast<double>(table[n]), high = static_cast<double>(table[n + 1]);
        double const expected = low + (l - ell[n]) / (ell[n + 1] - ell[n]) * (high - low);
        REQUIRE_THAT(static_cast<double>(plane[a * even.stride() + b]), WithinRel(expected, 1e-5));
      }
  }
}

TEST_CASE("the lognormal power is what two general transforms make", "[fields]") {
  for (std::int64_t const pixels : {8, 24, 62, 128}) {
    fields::FlatSky const sky{pixels, 5.0};
    fields::EvenTransform const even(static_cast<std::size_t>(pixels / 2));
    fields::ModeTable const modes(sky, even, grid(sky));
    for (bool const impossible : {false, true}) {
      auto const table = impossible ? ring(modes) : falling(modes, 0.3);
      auto const scratch = fields::make_aligned<float>(even.scratch_size());
      auto const plane = fields::make_aligned<float>(even.plane_size());
      auto const expected = fields::make_aligned<float>(even.plane_size());
      auto const clipped =
          fields::lognormal_power(even, modes, table.data(), 0.25F, plane.get(), scratch.get());
      fields::tabulated_power(even, modes, table.data(), expected.get());
      even.apply(expected.get(), scratch.get());
      std::int64_t raised = 0;
      std::size_t const half = even.plane_size() / even.stride() - 1;
      for (std::size_t a = 0; a <= half; ++a)
        for (std::size_t b = 0; b < even.stride(); ++b) {
          float& xi = expected[a * even.stride() + b];
          bool const low = 1.0F + xi < fields::smallest_correlation;
          if (low && b <= half) raised += (a % half == 0 ? 1 : 2) * (b % half == 0 ? 1 : 2);
          xi = std::log(std::max(1.0F + xi, fields::smallest_correlation));
        }
      even.apply(expected.get(), scratch.get());
      INFO("pixels " << pixels << ", impossible " << impossible);
      CHECK(clipped == raised);
      CHECK(impossible == (clipped > 0));
      double error = 0, size = 0;
      for (std::size_t a = 0; a <= half; ++a)
        for (std::size_t b = a == 0 ? 1 : 0; b <= half; ++b) {
          double const exact =
              0.25 * std::abs(static_cast<double>(expected[a * even.stride() + b]));
          error += std::pow(static_cast<double>(plane[a * even.stride() + b]) - exact, 2);
          size += exact * exact;
        }
      CHECK(std::sqrt(error / size) < 3e-6);
      CHECK(plane[0] == 0.0F);
    }
  }
}
