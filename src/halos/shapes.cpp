// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eigen_axes.hpp"

namespace shearwater::halos {

namespace {

using Tensor = Eigen::Matrix3d;
constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t fewest = 4;  // three directions and one more

Shape shape_of(Tensor const& tensor) {
  auto const axes = principal_axes(tensor);
  Shape shape;
  shape.b_to_a = std::sqrt(std::max(0.0, axes.value[1]) / axes.value[0]);
  shape.c_to_a = std::sqrt(std::max(0.0, axes.value[2]) / axes.value[0]);
  shape.axis = axes.axis;
  return shape;
}

Shape unknown() {
  Shape shape;
  shape.b_to_a = shape.c_to_a = not_known;
  for (auto& axis : shape.axis) axis.fill(not_known);
  return shape;
}

/// sum m w(x) x x / sum m over the particles with w > 0; how many these are.
template <class Weight>
std::int64_t add_up(std::span<double const> offsets, std::span<double const> masses, Weight weight,
                    Tensor& tensor) {
  tensor.setZero();
  double total = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < masses.size(); ++i) {
    Eigen::Vector3d const x(offsets[3 * i], offsets[3 * i + 1], offsets[3 * i + 2]);
    double const w = weight(x);
    if (!(w > 0)) continue;
    tensor += masses[i] * w * x * x.transpose();
    total += masses[i];
    ++count;
  }
  if (count > 0) tensor /= total;
  return count;
}

double inverse_square(Eigen::Vector3d const& x) {
  double const square = x.squaredNorm();
  return square > 0 ? 1 / square : 0;  // a particle at the centre has no direction
}

}  // namespace

Shape simple_shape(std::span<double const> offsets, std::span<double const> masses) {
  Tensor tensor;
  auto const count = add_up(
      offsets, masses, [](auto const&) { return 1.0; }, tensor);
  return count < fewest ? unknown() : shape_of(tensor);
}

Shape reduced_shape(std::span<double const> offsets, std::span<double const> masses) {
  Tensor tensor;
  auto const count = add_up(offsets, masses, inverse_square, tensor);
  return count < fewest ? unknown() : shape_of(tensor);
}

Shape iterative_shape(std::span<double const> offsets, std::span<double const> masses,
                      ShapeOptions const& options) {
  double largest = 0;
  for (std::size_t i = 0; i < masses.size(); ++i)
    largest = std::max(largest, offsets[3 * i] * offsets[3 * i] +
                                    offsets[3 * i + 1] * offsets[3 * i + 1] +
                                    offsets[3 * i + 2] * offsets[3 * i + 2]);
  Shape shape = reduced_shape(offsets, masses);
  for (std::int64_t i = 1; i <= options.most_iterations; ++i) {
    if (!(shape.c_to_a > 0)) return unknown();
    Tensor stretch;  // to coordinates in which the ellipsoid is a sphere of radius a
    for (int k = 0; k < 3; ++k)
      for (int a = 0; a < 3; ++a)
        stretch(k, a) = shape.axis[static_cast<std::size_t>(k)][static_cast<std::size_t>(a)] /
                        (k == 0   ? 1
                         : k == 1 ? shape.b_to_a
                                  : shape.c_to_a);
    double const limit = largest * std::pow(shape.b_to_a * shape.c_to_a, -2.0 / 3);
    auto const weight = [&](Eigen::Vector3d const& x) {
      double const inverse = inverse_square(stretch * x);
      return inverse * limit >= 1 - 1e-12 ? inverse : 0;
    };
    Tensor tensor;
    if (add_up(offsets, masses, weight, tensor) < fewest) return unknown();
    Shape next = shape_of(tensor);
    next.iterations = i;
    double const change = std::max(std::abs(next.b_to_a / shape.b_to_a - 1),
                                   std::abs(next.c_to_a / shape.c_to_a - 1));
    shape = next;
    if (change < options.tolerance) return shape;
  }
  return unknown();
}

}  // namespace shearwater::halos
