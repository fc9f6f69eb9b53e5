// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/inference/linear_gaussian.hpp"

using namespace shearwater;
using inference::LinearGaussian;

TEST_CASE("the linear-Gaussian task has its published optimum", "[linear_gaussian]") {
  CHECK_THAT(LinearGaussian::best_loss(), WithinAbs(-0.789, 5e-4));
  CHECK_THAT(LinearGaussian::information(), WithinAbs(3.4657, 5e-5));
  CHECK(LinearGaussian::prior().size() == 10);
}

TEST_CASE("the exact posterior reaches that optimum on simulated pairs", "[linear_gaussian]") {
  // -ln p(theta | x) of a pair has variance 10/2: over 10,000 pairs the standard error is 0.0224
  // nats; 4 of them, false-alarm rate 6e-5.
  LinearGaussian const task(5);
  std::int64_t const count = 10000;
  std::vector<double> theta(count * 10), x(count * 10);
  for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n)
    task.simulate(n, std::span(theta).subspan(n * 10, 10), std::span(x).subspan(n * 10, 10));
  auto const posterior = LinearGaussian::exact_posterior(x);
  double loss = 0;
  for (std::int64_t n = 0; n < count; ++n)
    loss -=
        posterior.log_density(n, std::span(theta).subspan(static_cast<std::size_t>(n * 10), 10));
  CHECK_THAT(loss / count, WithinAbs(LinearGaussian::best_loss(), 0.09));
  // One posterior by hand: N(x / 2, 0.05) at theta = x / 2.
  std::vector<double> at_mean(x.begin(), x.begin() + 10);
  for (auto& value : at_mean) value /= 2;
  CHECK_THAT(posterior.log_density(0, at_mean), WithinAbs(-5 * std::log(2 * M_PI * 0.05), 1e-12));
}

TEST_CASE("examples are the simulated pairs, whatever the block", "[linear_gaussian]") {
  LinearGaussian const task(5);
  CHECK(task.shape().summaries == 10);
  CHECK(task.shape().parameter_names[3] == "theta_3");
  auto const batch = task.examples(7, 5);
  std::vector<double> theta(10), x(10);
  task.simulate(9, theta, x);
  double const* rows = bridge::host_data<double>(batch.at("parameters"));
  float const* data = bridge::host_data<float>(batch.at("summaries"));
  CHECK(std::equal(theta.begin(), theta.end(), rows + 20));
  CHECK(data[20 + 4] == static_cast<float>(x[4]));
}
