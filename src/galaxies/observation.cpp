// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/observation.hpp"

#include <fmt/format.h>

#include "outline.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/galaxies/watson.hpp"

namespace shearwater::galaxies {

void ObservationConfig::describe(core::Fields& field) {
  field("geometry", geometry, "",
        "box: along an axis of a periodic box; cone: halos around an observer")
      .one_of({"box", "cone"});
  field("line_of_sight", line_of_sight, "", "box: axis that is looked along")
      .one_of({"x", "y", "z"});
  field("observer", observer, "Mpc/h", "cone: where the observer is in the halos' coordinates");
  field("redshift_space", redshift_space, "",
        "box: whether positions along the line of sight are those of redshifts");
  field("photoz_scatter", photoz_scatter, "", "cone: scatter of measured redshifts over 1 + z")
      .between(0, 1);
}

void ObservationConfig::check() const {
  if (observer.size() != 3)
    throw core::InputError(
        fmt::format("observation.observer: has {} numbers, 3 are needed", observer.size()));
  if (geometry == "box")
    core::refuse_changed("observation", *this, {"observer", "photoz_scatter"},
                         "observation.geometry = \"box\"");
  else
    core::refuse_changed("observation", *this, {"line_of_sight", "redshift_space"},
                         "observation.geometry = \"cone\"");
}

namespace {

KOKKOS_INLINE_FUNCTION Vector axis_of(Array3<float> const& axes, std::int64_t i, int mu) {
  return {axes(i, mu, 0), axes(i, mu, 1), axes(i, mu, 2)};
}

/// Of galaxy i, across the plane of two unit vectors.
KOKKOS_INLINE_FUNCTION Ellipticity<float> seen_in(GalaxyBlock const& g, std::int64_t i,
                                                  Vector const& first, Vector const& second) {
  Outline<float> outline;
  for (int mu = 0; mu < 3; ++mu) {
    Vector const axis = axis_of(g.axes, i, mu);
    outline.add(mu == 0 ? 1.0F : g.axis_ratios(i, mu - 1), dot(axis, first), dot(axis, second));
  }
  return outline.ellipticity();
}

/// Towards a galaxy, and local east and north.
struct Sight {
  Vector away, east, north;
};
KOKKOS_INLINE_FUNCTION Sight sight_of(Array2<double> const& position, std::int64_t i) {
  double const x = position(i, 0), y = position(i, 1), z = position(i, 2);
  double const across = Kokkos::sqrt(x * x + y * y), r = Kokkos::sqrt(x * x + y * y + z * z);
  // On the pole east is where right ascension 0 has it.
  double const c = across > 0 ? x / across : 1.0, s = across > 0 ? y / across : 0.0;
  double const sine = r > 0 ? z / r : 0.0, cosine = r > 0 ? across / r : 1.0;
  auto const f = [](double v) { return static_cast<float>(v); };
  return {{f(cosine * c), f(cosine * s), f(sine)},
          {f(-s), f(c), 0},
          {f(-sine * c), f(-sine * s), f(cosine)}};
}

}  // namespace

Array2<float> project_along_axis(ExecSpace const& space, GalaxyBlock const& galaxies, int axis) {
  auto const n = galaxies.size();
  auto const e = unset<Array2<float>>("galaxies::ellipticity", n, 2);
  auto const g = galaxies;
  auto const unit_vector = [](int k) {
    return Vector{k == 0 ? 1.0F : 0.0F, k == 1 ? 1.0F : 0.0F, k == 2 ? 1.0F : 0.0F};
  };
  Vector const first = unit_vector((axis + 1) % 3), second = unit_vector((axis + 2) % 3);
  Kokkos::parallel_for(
      "galaxies::project_along_axis", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        auto const seen = seen_in(g, i, first, second);
        e(i, 0) = seen.e1;
        e(i, 1) = seen.e2;
      });
  return e;
}

Array2<float> project_along_sight(ExecSpace const& space, GalaxyBlock const& galaxies) {
  auto const n = galaxies.size();
  auto const e = unset<Array2<float>>("galaxies::ellipticity", n, 2);
  auto const g = galaxies;
  Kokkos::parallel_for(
      "galaxies::project_along_sight", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        auto const sight = sight_of(g.position, i);
        auto const seen = seen_in(g, i, sight.east, sight.north);
        e(i, 0) = seen.e1;
        e(i, 1) = seen.e2;
      });
  return e;
}

RedshiftTable::RedshiftTable(cosmology::Background const& background, double largest_distance) {
  constexpr std::int64_t nodes = 20000;
  last_ = nodes - 2;
  double const step = largest_distance / static_cast<double>(nodes - 1);
  nodes_per_length_ = 1 / step;
  std::vector<double> z(nodes);
  for (std::int64_t i = 0; i < nodes; ++i)
    z[static_cast<std::size_t>(i)] =
        i == 0 ? 0 : background.redshift(step * static_cast<double>(i));
  z_ = to_device("galaxies::redshift", z);
}

void observe_sky(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock const& galaxies,
                 RedshiftTable const& table, double photoz_scatter, std::uint64_t seed,
                 Observation& seen) {
  auto const n = galaxies.size();
  seen.sky = unset<Array2<double>>("galaxies::sky", n, 2);
  seen.redshift = unset<Array2<float>>("galaxies::redshift", n, 2);
  auto const sky = seen.sky;
  auto const redshift = seen.redshift;
  auto const g = galaxies;
  auto const h = halos;
  bool const moves = g.velocity.extent(0) > 0;
  Kokkos::parallel_for(
      "galaxies::observe_sky", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        double const x = g.position(i, 0), y = g.position(i, 1), z = g.position(i, 2);
        double const r = Kokkos::sqrt(x * x + y * y + z * z);
        double const ra = Kokkos::atan2(y, x);
        sky(i, 0) = ra < 0 ? ra + 6.283185307179586 : ra;
        sky(i, 1) = Kokkos::atan2(z, Kokkos::sqrt(x * x + y * y));
        double const cosmic = table.redshift(r);
        auto const sight = sight_of(g.position, i);
        double speed = 0;
        if (moves)
          speed = static_cast<double>(
              dot({g.velocity(i, 0), g.velocity(i, 1), g.velocity(i, 2)}, sight.away));
        double observed = (1 + cosmic) * (1 + speed / units::speed_of_light_km_s) - 1;
        if (photoz_scatter > 0) {
          Draws draws(seed, core::Purpose::redshift_error, h.key(g.halo(i)), g.number(i));
          auto const w = draws.words();
          observed +=
              photoz_scatter * (1 + observed) * static_cast<double>(normals(w.w[0], w.w[1]).first);
        }
        redshift(i, 0) = static_cast<float>(cosmic);
        redshift(i, 1) = static_cast<float>(observed);
      });
}

void move_to_redshift_space(ExecSpace const& space, GalaxyBlock const& galaxies, int axis,
                            double unit) {
  auto const position = galaxies.position;
  auto const velocity = galaxies.velocity;
  Kokkos::parallel_for(
      "galaxies::move_to_redshift_space", Kokkos::RangePolicy<ExecSpace>(space, 0, galaxies.size()),
      KOKKOS_LAMBDA(std::int64_t i) {
        position(i, axis) += unit * static_cast<double>(velocity(i, axis));
      });
}

void wrap_into_box(ExecSpace const& space, GalaxyBlock const& galaxies, double side) {
  auto const position = galaxies.position;
  Kokkos::parallel_for(
      "galaxies::wrap", Kokkos::RangePolicy<ExecSpace>(space, 0, galaxies.size()),
      KOKKOS_LAMBDA(std::int64_t i) {
        for (int a = 0; a < 3; ++a) {
          double x = position(i, a) - side * Kokkos::floor(position(i, a) / side);
          // A step just below zero may round to the side itself.
          position(i, a) = x >= side ? 0.0 : x;
        }
      });
}

}  // namespace shearwater::galaxies
