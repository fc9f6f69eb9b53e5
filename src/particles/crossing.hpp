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
  Array1<double const> drifts;  ///< by distance from near to far, at equal intervals [1]

  /// What a momentum is multiplied by for the way from the end of the step to the time when the
  /// cone is at `distance`.
  KOKKOS_INLINE_FUNCTION double drift(double distance) const {
    auto const intervals = static_cast<double>(drifts.extent(0) - 1);
    double const t = intervals * (distance - near) / (far - near);
    double const held = t < 0 ? 0 : t > intervals ? intervals : t;
    auto i = static_cast<std::int64_t>(held);
    if (i + 1 == drifts.extent_int(0)) --i;
    double const part = held - static_cast<double>(i);
    return (1 - part) * drifts(i) + part * drifts(i + 1);
  }
};

/// Position and momentum in the axes of a view: x and y of the sky, then the line of sight.
struct ViewedParticle {
  Position position[3];
  float momentum[3];

  KOKKOS_INLINE_FUNCTION ViewedParticle(ParticleBlocks const& blocks, BoxView const& view,
                                        std::int64_t p) {
    for (int i = 0; i < 3; ++i) {
      Position const x = blocks.position(view.axis[i], p);
      float const v = blocks.momentum(view.axis[i], p);
      position[i] = (view.mirrored[i] ? static_cast<Position>(0U - x) : x) + view.shift[i];
      momentum[i] = view.mirrored[i] ? -v : v;
    }
  }

  /// The distance at which the image `copies` boxes further crosses within the step; 0 if it does
  /// not. Both ends are whole numbers of Position: the end of one step is the beginning of the next
  /// to the last bit, and nobody is counted twice or missed.
  KOKKOS_INLINE_FUNCTION double crossing(StepOfCone const& step, double start, int copies) const {
    std::int64_t const now = position[2] + copies * (std::int64_t{1} << 32);
    std::int64_t const before = now + static_cast<std::int32_t>(step.whole_drift * momentum[2]);
    double const end = start + step.unit * static_cast<double>(now);
    bool const crosses =
        start + step.unit * static_cast<double>(before) < step.far && end >= step.near;
    if (!crosses) return 0;
    // Each round is more accurate by the velocity in units of that of light.
    double distance = end;
    for (int round = 0; round < 5; ++round)
      distance = end + step.drift(distance) * static_cast<double>(momentum[2]);
    return distance;
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
