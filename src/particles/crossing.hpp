// SPDX-License-Identifier: BSD-3-Clause
// One particle of the box, seen in one view of it: where it crosses the light cone within a step,
// and the pixels that its cloud covers.
#pragma once

#include "shearwater/particles/light_cone.hpp"

namespace shearwater::particles {

/// Weight of a whole particle.
inline constexpr double kParticle = 0x1p32;

/// The part of the cone that is crossed within one step, from `far` to `near`.
struct StepOfCone {
  double near, far;             ///< comoving distances [Mpc/h]
  double unit;                  ///< length of a unit of Position [Mpc/h]
  float whole_drift;            ///< to the beginning of the step, in units of Position
  double per_distance;          ///< intervals of the table in a unit of distance
  Array1<double const> drifts;  ///< by distance from near to far, at equal intervals [1]

  /// What a momentum is multiplied by for the way from the end of the step to the time when the
  /// cone is at `distance`.
  KOKKOS_INLINE_FUNCTION double drift(double distance) const {
    auto const last = static_cast<double>(drifts.extent(0) - 1);
    double const t = per_distance * (distance - near);
    double const held = t < 0 ? 0 : t > last ? last : t;
    auto i = static_cast<std::int64_t>(held);
    if (i + 1 == drifts.extent_int(0)) --i;
    double const part = held - static_cast<double>(i);
    return (1 - part) * drifts(i) + part * drifts(i + 1);
  }
};

/// A coordinate of a particle along one axis of a view.
struct Coordinate {
  double now;       ///< at the end of the step, in [0, side) [Mpc/h]
  double before;    ///< how much further it was at the beginning [Mpc/h]
  double momentum;  ///< [Mpc/h]

  /// Both ends of a step are whole numbers of Position, so that the end of one is the beginning of
  /// the next, and nobody crosses twice or never.
  KOKKOS_INLINE_FUNCTION Coordinate(StepOfCone const& step, ParticleBlocks const& blocks,
                                    BoxView const& view, int i, std::int64_t p) {
    Position const x = blocks.position(view.axis[i], p);
    float const v = blocks.momentum(view.axis[i], p);
    auto const way = static_cast<std::int32_t>(step.whole_drift * v);
    auto const seen = static_cast<Position>((view.mirrored[i] ? 0U - x : x) + view.shift[i]);
    now = step.unit * static_cast<double>(seen);
    before = step.unit * static_cast<double>(view.mirrored[i] ? -way : way);
    momentum = static_cast<double>(view.mirrored[i] ? -v : v);
  }

  /// The distance at which a particle whose coordinate counts from `start` crosses the cone within
  /// the step; 0 if it does not.
  KOKKOS_INLINE_FUNCTION double crossing(StepOfCone const& step, double start) const {
    double const end = start + now;
    if (!(end + before < step.far && end >= step.near)) return 0;
    // Each round is more accurate by the velocity in units of that of light.
    double distance = end;
    for (int round = 0; round < 4; ++round) distance = end + step.drift(distance) * momentum;
    return distance;
  }

  /// Whether any of the periodic images comes within `reach` of zero in the step.
  KOKKOS_INLINE_FUNCTION bool comes_near(double reach, double side) const {
    double const margin = reach + (before < 0 ? -before : before);
    return now <= margin || now >= side - margin;
  }
};

/// What a cloud [low, high] in pixels covers of pixel i.
KOKKOS_INLINE_FUNCTION double overlap(double low, double high, std::int64_t i) {
  auto const left = static_cast<double>(i), right = left + 1;
  double const covered = (high < right ? high : right) - (low > left ? low : left);
  return covered > 0 ? covered : 0;
}

/// The first pixel of a cloud, and the one behind its last, in a field of `pixels`.
KOKKOS_INLINE_FUNCTION std::int64_t first_pixel(double low) {
  return low > 0 ? static_cast<std::int64_t>(low) : 0;
}
KOKKOS_INLINE_FUNCTION std::int64_t end_pixel(double high, std::int64_t pixels) {
  return high < static_cast<double>(pixels) ? static_cast<std::int64_t>(high) + 1 : pixels;
}

}  // namespace shearwater::particles
