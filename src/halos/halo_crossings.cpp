// SPDX-License-Identifier: BSD-3-Clause
// Where halos on their ways between outputs meet the past light cone.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/units.hpp"
#include "shearwater/halos/halo_cone.hpp"

namespace shearwater::halos {

namespace {

using Vector = std::array<double, 3>;
using Replica = std::array<std::int64_t, 3>;
using particles::BoxView;

double length(Vector const& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

/// A halo as a view shows it: its place in [0, side), and its motion in units of that of light, so
/// that dx/dchi = -motion.
struct Seen {
  Vector place, motion;
};

Seen seen_in(BoxView const& view, HaloState const& state, double side) {
  Seen seen{turned(view, state.position), turned(view, state.velocity)};
  for (std::size_t i = 0; i < 3; ++i) {
    double x = seen.place[i] + side * 0x1p-32 * static_cast<double>(view.shift[i]);
    if (x < 0) x += side;
    if (x >= side) x -= side;
    seen.place[i] = x;
    seen.motion[i] /= units::speed_of_light_km_s;
  }
  return seen;
}

/// The box lengths that bring `other` to its image nearest to `here`. Those from there to here are
/// their negatives, to the bit.
Replica nearest_image(Vector const& here, Vector const& other, double side) {
  Replica result{};
  for (std::size_t i = 0; i < 3; ++i) {
    double const d = other[i] - here[i];
    result[i] = 2 * d > side ? -1 : 2 * d < -side ? 1 : 0;
  }
  return result;
}

/// The way of a halo from one distance of the cone to another, in one view. Every number that it is
/// made of, and so every place, is the same seen from either output.
struct Segment {
  Seen begin, end;
  double far, near;  ///< distances of the cone at both

  double part(double chi) const { return (far - chi) / (far - near); }
  Vector motion(double chi) const {
    double const t = part(chi);
    Vector result;
    for (std::size_t i = 0; i < 3; ++i)
      result[i] = begin.motion[i] + t * (end.motion[i] - begin.motion[i]);
    return result;
  }
  /// From the observer. At both ends the factors are 0 and 1, and the places those of the outputs.
  Vector place(double chi) const {
    double const t = part(chi), s = 1 - t, way = far - near;
    double const x0 = (1 + 2 * t) * s * s, x1 = t * t * (3 - 2 * t);
    double const v0 = way * t * s * s, v1 = -way * t * t * s;
    Vector result;
    for (std::size_t i = 0; i < 3; ++i)
      result[i] =
          x0 * begin.place[i] + x1 * end.place[i] + v0 * begin.motion[i] + v1 * end.motion[i];
    return result;
  }
  /// Whether the halo surely stays slower than light, without which it may cross more than once.
  bool is_slow() const {
    Vector way;
    for (std::size_t i = 0; i < 3; ++i) way[i] = end.place[i] - begin.place[i];
    return 1.5 * length(way) < (far - near) * (1 - length(begin.motion) - length(end.motion));
  }
};

/// A halo that goes on with its own velocity.
struct Ray {
  Seen from;
  double at;  ///< distance of the cone there

  Vector motion(double) const { return from.motion; }
  Vector place(double chi) const {
    Vector result;
    for (std::size_t i = 0; i < 3; ++i) result[i] = from.place[i] + (at - chi) * from.motion[i];
    return result;
  }
};

struct Meeting {
  Vector place, motion;
};

/// Where a way meets the cone between two of its distances, if it does. A halo is slower than
/// light, so that its distance less the cone's grows with time and it is enough to look at both
/// ends. Each round takes the halo's distance as the cone's, which is more accurate by the halo's
/// velocity over that of light, or halves the interval where that leads out of it.
template <class Way>
std::optional<Meeting> meet(Way const& way, double far, double near) {
  if (!(length(way.place(far)) < far) || length(way.place(near)) < near) return std::nullopt;
  constexpr int most_rounds = 200;
  double chi = std::clamp(length(way.place(near)), near, far);
  for (int round = 0; round < most_rounds; ++round) {
    double const distance = length(way.place(chi));
    if (distance >= chi)
      near = chi;
    else
      far = chi;
    double const next = distance >= near && distance <= far ? distance : 0.5 * (near + far);
    bool const settled = std::abs(next - chi) <= 0x1p-52 * next;
    chi = next;
    if (settled) break;
  }
  return Meeting{way.place(chi), way.motion(chi)};
}

/// Replicas that a cone between two distances from the observer can meet halos in, which move by at
/// most `margin` [Mpc/h].
std::vector<Replica> replicas_between(double near, double far, double margin, double side,
                                      Vector const& observer) {
  Replica low, high;
  for (std::size_t i = 0; i < 3; ++i) {
    low[i] = static_cast<std::int64_t>(std::floor((observer[i] - far - margin) / side)) - 1;
    high[i] = static_cast<std::int64_t>(std::floor((observer[i] + far + margin) / side)) + 1;
  }
  std::vector<Replica> result;
  for (auto i = low[0]; i <= high[0]; ++i)
    for (auto j = low[1]; j <= high[1]; ++j)
      for (auto k = low[2]; k <= high[2]; ++k) {
        Replica const replica{i, j, k};
        Vector nearest, farthest;
        for (std::size_t a = 0; a < 3; ++a) {
          double const begin = side * static_cast<double>(replica[a]) - observer[a];
          double const end = begin + side;
          nearest[a] = std::max({begin, -end, 0.0});
          farthest[a] = std::max(std::abs(begin), std::abs(end));
        }
        if (length(nearest) <= far + margin && length(farthest) >= near - margin)
          result.push_back(replica);
      }
  return result;
}

/// A way of a halo and its neighbours in a view.
struct SeenWay {
  Seen here;
  std::optional<Seen> before, after;
  Replica before_image{}, after_image{};
};

/// All that does not change from halo to halo.
struct Search {
  double side;
  Vector observer;
  ConePart const& part;
  BoxView view;

  SeenWay seen(HaloWay const& way) const {
    SeenWay result{seen_in(view, way.here, side), {}, {}};
    if (way.before) {
      result.before = seen_in(view, *way.before, side);
      result.before_image = nearest_image(result.here.place, result.before->place, side);
    }
    if (way.after) {
      result.after = seen_in(view, *way.after, side);
      result.after_image = nearest_image(result.here.place, result.after->place, side);
    }
    return result;
  }

  Seen image(Seen seen, Replica const& replica, Replica const& more = {}) const {
    for (std::size_t i = 0; i < 3; ++i)
      seen.place[i] =
          seen.place[i] - observer[i] + side * static_cast<double>(replica[i] + more[i]);
    return seen;
  }

  std::optional<Meeting> before(SeenWay const& way, Replica const& replica) const {
    if (!part.before) return std::nullopt;
    auto const here = image(way.here, replica);
    if (way.before) {
      Segment const segment{image(*way.before, replica, way.before_image), here, *part.before,
                            part.here};
      if (segment.is_slow()) return meet(segment, *part.middle_before, part.here);
    }
    return meet(Ray{here, part.here}, *part.middle_before, part.here);
  }

  std::optional<Meeting> after(SeenWay const& way, Replica const& replica) const {
    if (!part.after) return std::nullopt;
    auto const here = image(way.here, replica);
    if (way.after) {
      Segment const segment{here, image(*way.after, replica, way.after_image), part.here,
                            *part.after};
      if (segment.is_slow()) return meet(segment, part.here, *part.middle_after);
    }
    return meet(Ray{here, part.here}, part.here, *part.middle_after);
  }
};

/// How far a halo can be from its own place within the part of the cone that is its own.
double reach_of(HaloWay const& way, ConePart const& part, double side) {
  double const longest = std::max(part.before.value_or(part.here) - part.here,
                                  part.here - part.after.value_or(part.here));
  double result = longest * length(way.here.velocity) / units::speed_of_light_km_s;
  for (auto const* other : {&way.before, &way.after}) {
    if (!*other) continue;
    Vector offset;
    for (std::size_t i = 0; i < 3; ++i)
      offset[i] = std::remainder((*other)->position[i] - way.here.position[i], side);
    result =
        std::max(result, length(offset) +
                             longest * (length((*other)->velocity) + length(way.here.velocity)) /
                                 units::speed_of_light_km_s);
  }
  return result;
}

/// Whether an image is near enough to the part of the cone for a closer look.
bool is_near(Seen const& seen, double near, double far) {
  double const distance = length(seen.place);
  return distance >= near && distance <= far;
}

double right_ascension(Vector const& place) {
  constexpr double turn = 2 * std::numbers::pi;
  double const angle = std::atan2(place[1], place[0]), positive = angle < 0 ? angle + turn : angle;
  return positive < turn ? positive : 0;
}

/// What the observer sees of a halo at a meeting.
void add_sight(Meeting const& meeting, cosmology::Background const& background,
               HaloCrossing& crossing) {
  auto const& place = meeting.place;
  crossing.place = place;
  crossing.distance = length(place);
  crossing.right_ascension = right_ascension(place);
  crossing.declination = std::atan2(place[2], std::hypot(place[0], place[1]));
  double outwards = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    crossing.velocity[i] = meeting.motion[i] * units::speed_of_light_km_s;
    if (crossing.distance > 0) outwards += meeting.motion[i] * place[i] / crossing.distance;
  }
  crossing.z_cos = background.redshift(crossing.distance);
  crossing.z_obs = (1 + crossing.z_cos) * (1 + outwards) - 1;
}

}  // namespace

void HaloCone::add_crossings(std::vector<HaloWay> const& halos, ConePart const& part, Shell shell,
                             std::vector<HaloCrossing>& crossings) const {
  double const from = std::max(part.near(), shell.begin), to = std::min(part.far(), shell.end);
  if (!(from < to)) return;
  // Rounding of places that are many boxes away comes on top.
  double margin = 1e-9 * (to + side_);
  for (auto const& way : halos) margin = std::max(margin, reach_of(way, part, side_));
  Search const search{side_,
                      {config_.observer[0], config_.observer[1], config_.observer[2]},
                      part,
                      view(shell.number)};
  auto const replicas = replicas_between(from, to, margin, side_, search.observer);
  for (std::size_t h = 0; h < halos.size(); ++h) {
    auto const way = search.seen(halos[h]);
    for (auto const& replica : replicas) {
      if (!is_near(search.image(way.here, replica), from - margin, to + margin)) continue;
      auto meeting = search.before(way, replica);
      if (!meeting) meeting = search.after(way, replica);
      if (!meeting) continue;
      HaloCrossing crossing{.halo = h, .shell = shell.number, .replica = replica};
      add_sight(*meeting, background_, crossing);
      if (crossing.distance >= shell.begin && crossing.distance < shell.end &&
          sky_.contains(crossing.right_ascension, crossing.declination))
        crossings.push_back(crossing);
    }
  }
}

std::vector<HaloCrossing> HaloCone::crossings(std::vector<HaloWay> const& halos,
                                              ConePart const& part) const {
  std::vector<HaloCrossing> result;
  if (!config_.turn_shells) {
    add_crossings(halos, part, {0, 0, reach_}, result);
    return result;
  }
  auto const last = static_cast<std::int64_t>(reach_ / side_);
  for (std::int64_t shell = 0; shell <= last; ++shell) {
    double const begin = side_ * static_cast<double>(shell);
    double const end = side_ * static_cast<double>(shell + 1);
    add_crossings(halos, part, {shell, begin, std::min(end, reach_)}, result);
  }
  std::ranges::stable_sort(result, {}, &HaloCrossing::halo);
  return result;
}

}  // namespace shearwater::halos
