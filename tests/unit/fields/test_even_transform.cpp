// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numbers>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "even_transform.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;

namespace {

/// y(j) = x(0) + (-1)^j x(n) + 2 sum x(m) cos(pi j m / n), as the definition has it.
double direct(std::vector<double> const& x, std::size_t j) {
  std::size_t const n = x.size() - 1;
  double sum = x[0] + (j % 2 == 0 ? x[n] : -x[n]);
  for (std::size_t m = 1; m < n; ++m)
    sum +=
        2 * x[m] * std::cos(std::numbers::pi * static_cast<double>(j * m) / static_cast<double>(n));
  return sum;
}

}  // namespace

TEST_CASE("the even transform agrees with its definition at any length", "[fields]") {
  for (std::size_t const n : {1, 2, 4, 5, 6, 12, 31, 64}) {
    fields::EvenTransform const transform(n);
    auto const plane = fields::make_aligned<float>(transform.plane_size());
    auto const scratch = fields::make_aligned<float>(transform.scratch_size());
    std::vector<std::vector<double>> values(n + 1, std::vector<double>(n + 1));
    core::Stream random(1, core::Purpose::observation, n);
    for (std::size_t a = 0; a <= n; ++a)
      for (std::size_t b = 0; b <= n; ++b) {
        plane[a * transform.stride() + b] = static_cast<float>(random.normal());
        values[a][b] = static_cast<double>(plane[a * transform.stride() + b]);
      }
    transform.apply(plane.get(), scratch.get());
    // Rows, then columns.
    std::vector<std::vector<double>> rows(n + 1, std::vector<double>(n + 1));
    for (std::size_t a = 0; a <= n; ++a)
      for (std::size_t j = 0; j <= n; ++j) rows[j][a] = direct(values[a], j);
    double error = 0, size = 0;
    for (std::size_t j = 0; j <= n; ++j)
      for (std::size_t i = 0; i <= n; ++i) {
        double const expected = direct(rows[j], i);
        error += std::pow(static_cast<double>(plane[i * transform.stride() + j]) - expected, 2);
        size += expected * expected;
      }
    INFO("length " << n);
    CHECK(std::sqrt(error / size) < 3e-7);
  }
}
