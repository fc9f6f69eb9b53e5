// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "mixture.hpp"
#include "shearwater/core/random.hpp"

namespace {

using namespace shearwater;

torch::Tensor random_tensor(std::vector<std::int64_t> shape, std::uint64_t seed, double scale) {
  auto tensor = at::empty(shape, torch::kFloat64);
  core::Stream stream(seed, core::Purpose::observation, 0);
  double* value = tensor.data_ptr<double>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) value[i] = scale * stream.normal();
  return tensor;
}

}  // namespace

TEST_CASE("a raw output of zero is the standard normal prior", "[learn][unit]") {
  auto const raw = at::zeros({1, learn::mixture_width(3, 2)}, torch::kFloat64);
  auto const mixture = learn::make_mixture(raw, 3, 2);
  auto const u = torch::tensor({{0.3, -1.2}}, torch::kFloat64);
  double const expected = -0.5 * (0.09 + 1.44) - std::log(2 * std::numbers::pi);
  // The diagonal is 1 + 1e-4.
  CHECK_THAT(learn::log_density(mixture, u).item<double>(), WithinAbs(expected, 3e-4));
}

TEST_CASE("the mixture's density equals one computed by hand", "[learn][unit]") {
  // Two components in two dimensions, D and C written out.
  learn::Mixture mixture;
  mixture.log_weights = torch::tensor({{0.25, 0.75}}, torch::kFloat64).log();
  mixture.means = torch::tensor({0.5, -0.5, -1.0, 2.0}, torch::kFloat64).view({1, 2, 2});
  mixture.diagonal = torch::tensor({2.0, 3.0, 0.5, 1.5}, torch::kFloat64).view({1, 2, 2});
  mixture.below = at::zeros({1, 2, 2, 2}, torch::kFloat64);
  mixture.below[0][0][1][0] = 0.7;
  mixture.below[0][1][1][0] = -1.1;
  auto const u = torch::tensor({{0.2, 0.4}}, torch::kFloat64);
  auto component = [&](double w, double m0, double m1, double d0, double d1, double c) {
    double const z0 = d0 * (0.2 - m0), z1 = d1 * ((0.4 - m1) + c * (0.2 - m0));
    return w * d0 * d1 * std::exp(-0.5 * (z0 * z0 + z1 * z1)) / (2 * std::numbers::pi);
  };
  double const expected = std::log(component(0.25, 0.5, -0.5, 2.0, 3.0, 0.7) +
                                   component(0.75, -1.0, 2.0, 0.5, 1.5, -1.1));
  CHECK_THAT(learn::log_density(mixture, u).item<double>(), WithinAbs(expected, 1e-12));
}

TEST_CASE("the mixture's density integrates to one", "[learn][unit]") {
  auto const raw = random_tensor({1, learn::mixture_width(4, 2)}, 5, 0.7);
  auto const mixture = learn::make_mixture(raw, 4, 2);
  // Trapezoids on a grid of spacing 0.05 over +-20: exact to rounding for Gaussians this wide.
  std::int64_t const side = 801;
  auto const axis = at::linspace(-20, 20, side, torch::kFloat64);
  auto const grid = at::stack(at::meshgrid({axis, axis}, "ij"), 2).view({-1, 2});
  learn::Mixture wide = mixture;
  wide.log_weights = mixture.log_weights.expand({side * side, -1});
  auto const integral = learn::log_density(wide, grid).exp().sum().item<double>() * 0.05 * 0.05;
  CHECK_THAT(integral, WithinAbs(1.0, 1e-6));
}

TEST_CASE("scale_tril is the Cholesky factor of the inverse precision", "[learn][unit]") {
  auto const raw = random_tensor({3, learn::mixture_width(2, 4)}, 6, 0.5);
  auto const mixture = learn::make_mixture(raw, 2, 4);
  auto const tril = learn::scale_tril(mixture);
  auto const factor = mixture.diagonal.unsqueeze(3) * (mixture.below + at::eye(4, torch::kFloat64));
  auto const precision = factor.transpose(2, 3).matmul(factor);
  auto const unit = precision.matmul(tril.matmul(tril.transpose(2, 3)));
  CHECK((unit - at::eye(4, torch::kFloat64)).abs().max().item<double>() < 1e-10);
  CHECK(tril.triu(1).abs().max().item<double>() == 0.0);
}

TEST_CASE("the density's gradient equals finite differences", "[learn][unit]") {
  auto const width = learn::mixture_width(3, 3);
  auto raw = random_tensor({2, width}, 7, 0.5).requires_grad_(true);
  auto const u = random_tensor({2, 3}, 8, 1.0);
  auto loss = [&](torch::Tensor const& x) {
    return -learn::log_density(learn::make_mixture(x, 3, 3), u).mean();
  };
  loss(raw).backward();
  torch::NoGradGuard const no_grad;
  double const h = 1e-5;
  for (std::int64_t i = 0; i < width; ++i) {
    auto up = raw.detach().clone(), down = raw.detach().clone();
    up[1][i] += h;
    down[1][i] -= h;
    double const slope = (loss(up) - loss(down)).item<double>() / (2 * h);
    CHECK_THAT(raw.grad()[1][i].item<double>(), WithinAbs(slope, 1e-8));
  }
}
