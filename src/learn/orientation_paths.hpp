// SPDX-License-Identifier: BSD-3-Clause
// Paths from a random start to an orientation, on the manifolds of headless axes and frames.
// Neither torch nor Kokkos: plain host code.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace shearwater::learn {

using Axis = std::array<double, 3>;
using Frame = std::array<Axis, 3>;  ///< rows: major, middle, minor axis, right-handed

/// What a node starts from in one draw: numbers of Philox (seed, purpose, key, draw) alone.
struct Start {
  double time = 0;              ///< in (0, 1)
  Axis axis{};                  ///< uniform on the sphere
  Frame frame{};                ///< uniform on SO(3)
  std::array<double, 2> ratio;  ///< two normals
};

/// A start of the training (`augmentation` numbers), or of a sample (`generator` numbers). `draw`
/// is below 2^30.
enum class StartKind { training, sample };
Start random_start(StartKind kind, std::uint64_t seed, std::uint64_t key, std::uint32_t draw);

/// Uniform on SO(3) from three numbers in (0, 1) (Shoemake 1992).
Frame random_frame(double u, double v, double w);

struct AxisPoint {
  Axis point, velocity;
};
/// Point at `time` on the geodesic from `start` to +-`end`, whichever is nearer, and the velocity
/// there: the angle between the two, in radian per unit time, along the path.
AxisPoint axis_path(Axis const& start, Axis const& end, double time);

struct FramePoint {
  Frame point;
  Axis velocity;  ///< angular velocity in components along the frame's own axes
};
/// The same for frames: the end is the nearest of the right-handed frames that flips of the axes of
/// `end` make. The turn is about one fixed axis at constant speed, by at most 2 pi / 3.
FramePoint frame_path(Frame const& start, Frame const& end, double time);

/// Coordinates of axis ratios without bounds: (logit q, logit s / q), each ratio cut to [1e-4, 1 -
/// 1e-4], and back.
std::array<double, 2> ratio_coordinates(double q, double s);
std::array<double, 2> ratios_of(double x, double y);

}  // namespace shearwater::learn
