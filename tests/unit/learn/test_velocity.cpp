// SPDX-License-Identifier: BSD-3-Clause
// Paths of orientations by the midpoint rule, against fields whose paths are known.
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "velocity_network.hpp"

namespace {

using namespace shearwater;

/// Length of the path of the x axis in `steps` steps of a field of that speed along the great
/// circle x, y; `astray` counts what leaves the circle.
double angle_after(int steps, double speed, double& astray) {
  learn::OrientationState state{torch::tensor({1.0F, 0.0F, 0.0F}).view({1, 3, 1}), {}};
  learn::VelocityField const field = [&](learn::OrientationState const& at, double) {
    auto const x = at.axes.select(1, 0), y = at.axes.select(1, 1);
    return learn::OrientationState{speed * at::cat({-y, x, at::zeros_like(x)}), {}};
  };
  for (int i = 0; i < steps; ++i)
    state = learn::midpoint_step(state, field, i / double(steps), 1.0 / steps);
  auto const at = [&](int k) { return state.axes[0][k][0].item<double>(); };
  astray = std::abs(at(2));
  return std::atan2(at(1), at(0));
}

}  // namespace

TEST_CASE("an axis follows a great circle to its end in any number of steps", "[learn][unit]") {
  for (int const steps : {1, 2, 6})
    for (double const length : {1.0, std::numbers::pi / 2}) {
      double astray = 0;
      CHECK(angle_after(steps, length, astray) == Approx(length).epsilon(1e-5));
      CHECK(astray < 1e-6);
    }
}

TEST_CASE("a frame turns about an axis of its own to the end in any number of steps",
          "[learn][unit]") {
  for (int const steps : {1, 2, 6}) {
    learn::OrientationState state{at::eye(3).unsqueeze(2), {}};
    learn::VelocityField const field = [](learn::OrientationState const&, double) {
      return learn::OrientationState{torch::tensor({0.0F, 0.0F, 1.5F}).view({3, 1}), {}};
    };
    for (int i = 0; i < steps; ++i)
      state = learn::midpoint_step(state, field, i / double(steps), 1.0 / steps);
    auto const major = state.axes.select(0, 0).select(1, 0);
    CHECK(std::atan2(major[1].item<double>(), major[0].item<double>()) ==
          Approx(1.5).epsilon(1e-5));
    CHECK(state.axes[2][2][0].item<double>() == Approx(1).epsilon(1e-6));
  }
}

TEST_CASE("the midpoint rule is of second order where the field changes with time",
          "[learn][unit]") {
  // A great circle at the speed 3 t^2: the length 1 at t = 1.
  auto const error = [](int steps) {
    learn::OrientationState state{torch::tensor({1.0, 0.0, 0.0}).view({1, 3, 1}), {}};
    learn::VelocityField const field = [](learn::OrientationState const& at, double time) {
      auto const x = at.axes.select(1, 0), y = at.axes.select(1, 1);
      return learn::OrientationState{3 * time * time * at::cat({-y, x, at::zeros_like(x)}), {}};
    };
    for (int i = 0; i < steps; ++i)
      state = learn::midpoint_step(state, field, i / double(steps), 1.0 / steps);
    return std::abs(
        std::atan2(state.axes[0][1][0].item<double>(), state.axes[0][0][0].item<double>()) - 1);
  };
  CHECK(std::log2(error(4) / error(8)) == Approx(2).margin(0.1));
}
