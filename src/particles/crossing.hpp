// SPDX-License-Identifier: BSD-3-Clause
// The particles of a box, seen in views of it: where they cross the light cone within a step, and
// the pixels that their clouds cover.
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

/// A particle where it crosses the cone, in one of its periodic images.
struct Crossing {
  std::int64_t particle, view;
  double distance;  ///< along the line of sight [Mpc/h]
  double x, y;      ///< from it [Mpc/h]
};

/// All that a kernel needs to find who crosses the cone within a step.
struct Crossings {
  ParticleBlocks blocks;
  StepOfCone step;
  Array1<BoxView const> views;
  double side;    ///< of the box [Mpc/h]
  double width;   ///< of the field [radian]
  double margin;  ///< beyond its edges [Mpc/h]
  double reach;   ///< of the cone [Mpc/h]

  /// visit(crossing) for every crossing of the block's particles within the field and its margin.
  template <class Visit>
  KOKKOS_INLINE_FUNCTION void of_block(std::int64_t b, Visit const& visit) const {
    std::int64_t const end = blocks.begin(b) + blocks.count(b);
    for (std::int64_t v = 0; v < views.extent_int(0); ++v)
      for (std::int64_t p = blocks.begin(b); p < end; ++p) see(v, p, visit);
  }

  /// A repetition is a periodic universe of its own, of which the cone shows one side's length: the
  /// images before and behind it enter and leave through its ends.
  template <class Visit>
  KOKKOS_INLINE_FUNCTION void see(std::int64_t v, std::int64_t p, Visit const& visit) const {
    BoxView const& view = views(v);
    Coordinate const depth(step, blocks, view, 2, p);
    for (int copies = -1; copies <= 1; ++copies) {
      double const distance = depth.crossing(step, view.start + copies * side);
      if (distance > view.start && distance <= view.start + side && distance < reach)
        see_images(v, p, distance, visit);
    }
  }

  template <class Visit>
  KOKKOS_INLINE_FUNCTION void see_images(std::int64_t v, std::int64_t p, double distance,
                                         Visit const& visit) const {
    double const half = 0.5 * distance * width + margin;
    Coordinate const across(step, blocks, views(v), 0, p), along(step, blocks, views(v), 1, p);
    if (!across.comes_near(half, side) || !along.comes_near(half, side)) return;
    double const drift = step.drift(distance);
    double const x0 = first_image(across.now + drift * across.momentum, half);
    double const y0 = first_image(along.now + drift * along.momentum, half);
    for (double x = x0; x < half; x += side)
      for (double y = y0; y < half; y += side) visit(Crossing{p, v, distance, x, y});
  }
  KOKKOS_INLINE_FUNCTION double first_image(double place, double half) const {
    return place + side * Kokkos::ceil((-half - place) / side);
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
