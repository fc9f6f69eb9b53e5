// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/statistics/prior.hpp"

using namespace shearwater;
using statistics::Prior;

namespace {

char const* const six_kinds = R"([prior.a]
kind = "normal"
mean = 0.3
sd = 0.05
[prior.b]
kind = "uniform"
low = -1.0
high = 3.0
[prior.c]
kind = "truncated_normal"
mean = 0.2664
sd = 0.2
low = 0.0
[prior.d]
kind = "truncated_normal"
mean = -1.0
sd = 0.9
low = -2.0
high = -0.3
[prior.e]
kind = "truncated_normal"
mean = 0.0
sd = 1.0
low = 3.0
high = 9.0
[prior.f]
kind = "truncated_normal"
mean = 1.0
sd = 0.5
high = 0.5
)";

Prior example_prior() {
  auto config = core::Config::from_text(six_kinds, "test.toml");
  return Prior::from_config(config);
}

}  // namespace

TEST_CASE("a prior keeps the order of its input and reads its own text back", "[prior]") {
  auto const prior = example_prior();
  CHECK(prior.names() == std::vector<std::string>{"a", "b", "c", "d", "e", "f"});
  CHECK_FALSE(prior.is_bounded(0));
  CHECK(prior.is_bounded(1));
  auto config = core::Config::from_text(prior.toml(), "again.toml");
  CHECK(Prior::from_config(config) == prior);
}

TEST_CASE("unbounded coordinates map there and back", "[prior]") {
  auto const prior = example_prior();
  for (std::int64_t i = 0; i < prior.size(); ++i) {
    for (double const u : {-5.0, -2.5, -0.3, 0.0, 1.0, 4.0}) {
      INFO("parameter " << i << ", u = " << u);
      double const theta = prior.from_unbounded(i, u);
      // Near a bound theta itself holds fewer digits than u.
      CHECK_THAT(prior.to_unbounded(i, theta), WithinAbs(u, 1e-8));
    }
    CHECK(std::isfinite(prior.to_unbounded(i, prior.from_unbounded(i, 40.0))));
    CHECK(std::isfinite(prior.to_unbounded(i, prior.from_unbounded(i, -40.0))));
  }
  CHECK(prior.from_unbounded(1, -40.0) >= -1.0);
  CHECK(prior.from_unbounded(3, 40.0) <= -0.3);
}

TEST_CASE("the Jacobian is the derivative of the map", "[prior]") {
  auto const prior = example_prior();
  for (double const u : {-1.5, 0.2, 2.0}) {
    std::array<double, 6> const point{u, u, u, u, u, u};
    double expected = 0;
    double const h = 1e-5;
    for (std::int64_t i = 0; i < 6; ++i)
      expected +=
          std::log((prior.from_unbounded(i, u + h) - prior.from_unbounded(i, u - h)) / (2 * h));
    // Central differences: h^2 times third derivatives, six of them.
    CHECK_THAT(prior.log_jacobian(point), WithinAbs(expected, 1e-8));
  }
}

TEST_CASE("densities integrate to one and vanish outside", "[prior]") {
  auto const prior = example_prior();
  std::array<std::array<double, 2>, 6> const ranges{
      {{0.0, 0.6}, {-1, 3}, {0, 2}, {-2, -0.3}, {3, 9}, {-3, 0.5}}};
  for (std::int64_t i = 0; i < 6; ++i) {
    auto const [low, high] = ranges[static_cast<std::size_t>(i)];
    int const cells = 20000;
    double sum = 0;
    for (int cell = 0; cell < cells; ++cell)
      sum += std::exp(prior.log_density(i, low + (high - low) * (cell + 0.5) / cells));
    CHECK_THAT(sum * (high - low) / cells, WithinAbs(1.0, 1e-6));
    if (i > 0) {
      CHECK(prior.log_density(i, i == 1 || i == 3 ? low - 1e-9 : (i == 5 ? 0.5001 : low - 0.1)) ==
            -INFINITY);
    }
  }
}

TEST_CASE("draws follow the prior and depend on seed and index alone", "[prior]") {
  auto const prior = example_prior();
  // 20,000 draws; means within 5 standard errors: false-alarm rate 6 x 6e-7.
  int const draws = 20000;
  std::array<double, 6> sum{}, squares{}, theta{};
  for (int n = 0; n < draws; ++n) {
    prior.draw(7, static_cast<std::uint64_t>(n), theta);
    for (std::size_t i = 0; i < 6; ++i) {
      sum[i] += theta[i];
      squares[i] += theta[i] * theta[i];
    }
  }
  for (std::size_t i = 0; i < 6; ++i) {
    double expected = 0;  // mean of the prior: integral over u with weight N(0, 1)
    for (double u = -8; u < 8; u += 0.01)
      expected += 0.01 * std::exp(-0.5 * u * u) / std::sqrt(2 * M_PI) *
                  prior.from_unbounded(static_cast<std::int64_t>(i), u);
    double const mean = sum[i] / draws;
    double const error = std::sqrt((squares[i] / draws - mean * mean) / draws);
    CHECK_THAT(mean, WithinAbs(expected, 5 * error + 1e-6));
  }
  std::array<double, 6> again{};
  prior.draw(7, 5, theta);
  prior.draw(7, 5, again);
  CHECK(theta == again);
  prior.draw(8, 5, again);
  CHECK(theta != again);
}

TEST_CASE("a wrong prior names the parameter and the remedy", "[prior]") {
  CHECK_THROWS_WITH(Prior({{"x", "uniform", 0, 1, 0, INFINITY}}),
                    ContainsSubstring("prior.x") && ContainsSubstring("two finite bounds"));
  CHECK_THROWS_WITH(Prior({{"x", "truncated_normal", 0, 1, 2, 1}}),
                    ContainsSubstring("low = 2 must be less than high = 1"));
  CHECK_THROWS_WITH(Prior({{"x", "cauchy", 0, 1}}), ContainsSubstring("must be one of normal"));
  CHECK_THROWS_WITH(Prior({{"x", "normal", 0, -1}}), ContainsSubstring("greater than 0"));
  CHECK_THROWS_WITH(Prior({{"x", "truncated_normal", 0, 1, 50, 60}}),
                    ContainsSubstring("holds no mass"));
  auto config = core::Config::from_text("[maps]\npixels = 8\n", "empty.toml");
  CHECK_THROWS_WITH(Prior::from_config(config), ContainsSubstring("no table [prior.NAME]"));
}
