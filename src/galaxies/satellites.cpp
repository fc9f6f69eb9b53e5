// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/satellites.hpp"

#include <fmt/format.h>

#include <limits>

#include "axis_rows.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::galaxies {

void SatelliteConfig::describe(core::Fields& field) {
  field("profile", profile, "",
        "nfw: by the profile of Navarro, Frenk & White; members: on particles of the halo")
      .one_of({"nfw", "members"});
  field("concentration_factor", concentration_factor, "",
        "satellites' concentration over that of the matter (Duffy et al. 2008)")
      .between(0.05, 5);
  field("triaxial", triaxial, "", "nfw: whether in ellipsoids of the halo's shape, where known");
  field("velocity_bias", velocity_bias, "",
        "nfw: satellites' velocities in the halo over those of the matter")
      .between(0, 5);
  field("most", most, "", "satellites in one halo beyond which the occupation is taken for wrong")
      .between(1, 4000000);
}

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLargestConcentration = 200, kSmallestConcentration = 0.5;

/// Density within the edge, comoving, over the critical one today times omega_m.
struct EdgeRatio {
  double omega_m, omega_de;
  int kind;  ///< 0: 200m, 1: 200c, 2: virial

  KOKKOS_INLINE_FUNCTION double at(double a) const {
    if (kind == 0) return 200;
    // A flat universe without radiation but for the curvature that the two leave.
    double const matter = omega_m / (a * a * a);
    double const square = matter + omega_de + (1 - omega_m - omega_de) / (a * a);
    double const critical = square / matter, x = 1 / critical - 1;
    return critical * (kind == 1 ? 200.0 : 18 * kPi * kPi + 82 * x - 39 * x * x);
  }
};

int kind_of(std::string const& definition) {
  if (definition == "200m") return 0;
  return definition == "200c" ? 1 : 2;
}

}  // namespace

void set_profiles(ExecSpace const& space, HaloBlock& halos, EdgeDensity const& edge,
                  SatelliteConfig const& config, double scale_factor) {
  auto const n = halos.size();
  EdgeRatio const ratio{edge.omega_m, edge.omega_de, kind_of(edge.definition)};
  auto const relation = duffy_concentration(edge.definition);
  double const mean_density = edge.omega_m * units::critical_density;
  double const factor = config.concentration_factor;
  halos.radius = unset<Array1<float>>("galaxies::radius", n);
  halos.concentration = unset<Array1<float>>("galaxies::concentration", n);
  halos.mass_within = unset<Array1<float>>("galaxies::mass_within", n);
  halos.velocity_unit = unset<Array1<float>>("galaxies::velocity_unit", n);
  auto const radius = halos.radius;
  auto const concentration = halos.concentration;
  auto const mass_within = halos.mass_within;
  auto const velocity_unit = halos.velocity_unit;
  auto const mass = halos.mass;
  auto const times = halos.scale_factor;
  bool const own_times = times.extent(0) > 0;
  Kokkos::parallel_for(
      "galaxies::set_profiles", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t h) {
        double const a = own_times ? static_cast<double>(times(h)) : scale_factor;
        double const r = Kokkos::cbrt(3 * mass(h) / (4 * kPi * mean_density * ratio.at(a)));
        double c = factor * relation(mass(h), 1 / a - 1);
        c = Kokkos::fmin(Kokkos::fmax(c, kSmallestConcentration), kLargestConcentration);
        double const m = nfw_mass(c);
        radius(h) = static_cast<float>(r);
        concentration(h) = static_cast<float>(c);
        mass_within(h) = static_cast<float>(m);
        velocity_unit(h) =
            static_cast<float>(Kokkos::sqrt(units::gravity * mass(h) * c / (m * a * r)));
      });
}

GalaxyCounts count_galaxies(ExecSpace const& space, HaloBlock const& halos,
                            Occupation const& occupation, std::uint64_t seed, std::int64_t most) {
  auto const n = halos.size();
  GalaxyCounts counts;
  counts.central = unset<Array1<std::uint8_t>>("galaxies::central", n);
  counts.satellites = unset<Array1<std::int32_t>>("galaxies::satellites", n);
  counts.first = unset<Array1<std::int32_t>>("galaxies::first", n);
  auto const central = counts.central;
  auto const satellites = counts.satellites;
  auto const mass = halos.mass;
  auto const key = halos.key;
  auto const rank = halos.rank;
  bool const ranked = rank.extent(0) > 0;
  double const limit = static_cast<double>(most);
  double worst = 0;
  Kokkos::parallel_reduce(
      "galaxies::count", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t h, double& too_many) {
        auto const mean = occupation.mean(mass(h), ranked ? static_cast<double>(rank(h)) : 0.5);
        Draws draws(seed, core::Purpose::occupation, key(h), 0);
        central(h) = uniform32(draws.words().w[0]) < mean.central ? 1 : 0;
        bool const fits = mean.satellites < 0.9 * limit;
        std::int32_t const drawn = fits ? poisson(mean.satellites, draws) : 0;
        satellites(h) = drawn;
        if (!fits || drawn > limit) too_many = Kokkos::fmax(too_many, mean.satellites);
      },
      Kokkos::Max<double>(worst));
  if (worst > 0)
    throw core::InputError(fmt::format(
        "satellites.most = {}: a halo is to have {:g} of them on average: mend [occupation] or the "
        "unit of mass, or raise it",
        most, worst));
  auto const first = counts.first;
  std::int64_t total = 0;
  Kokkos::parallel_scan(
      "galaxies::first", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t h, std::int64_t & sum, bool last) {
        if (last) first(h) = static_cast<std::int32_t>(sum);
        sum += central(h) + satellites(h);
      },
      total);
  if (total > std::numeric_limits<std::int32_t>::max())
    throw core::InputError(
        fmt::format("{} galaxies in one block of {} halos: lower hosts.block", total, n));
  counts.total = total;
  return counts;
}

namespace {

/// Fills hosts and numbers.
void assign(ExecSpace const& space, GalaxyCounts const& counts, GalaxyBlock const& galaxies) {
  auto const central = counts.central;
  auto const satellites = counts.satellites;
  auto const first = counts.first;
  auto const halo = galaxies.halo;
  auto const number = galaxies.number;
  Kokkos::parallel_for(
      "galaxies::assign", Kokkos::RangePolicy<ExecSpace>(space, 0, central.extent(0)),
      KOKKOS_LAMBDA(std::int64_t h) {
        std::int32_t const all = central(h) + satellites(h);
        std::uint32_t const start = central(h) != 0 ? 0 : 1;
        for (std::int32_t i = 0; i < all; ++i) {
          halo(first(h) + i) = static_cast<std::int32_t>(h);
          number(first(h) + i) = start + static_cast<std::uint32_t>(i);
        }
      });
}

/// Half lengths of an ellipsoid of volume 4/3 pi along its axes.
struct Lengths {
  float a, b, c;
};
KOKKOS_INLINE_FUNCTION Lengths unit_lengths(float q, float s) {
  float const unit = 1 / Kokkos::cbrt(q * s);
  return {unit, q * unit, s * unit};
}

}  // namespace

GalaxyBlock place_galaxies(ExecSpace const& space, HaloBlock const& halos,
                           GalaxyCounts const& counts, NfwTable const& table,
                           SatelliteConfig const& config, std::uint64_t seed) {
  auto const n = counts.total;
  GalaxyBlock galaxies;
  galaxies.halo = unset<Array1<std::int32_t>>("galaxies::halo", n);
  galaxies.number = unset<Array1<std::uint32_t>>("galaxies::number", n);
  galaxies.position = unset<Array2<double>>("galaxies::position", n, 3);
  galaxies.offset = unset<Array2<float>>("galaxies::offset", n, 3);
  bool const moves = halos.velocity.extent(0) > 0;
  galaxies.velocity = unset<Array2<float>>("galaxies::velocity", moves ? n : 0, 3);
  galaxies.flag = Array1<std::int32_t>("galaxies::flag", static_cast<std::size_t>(n));
  assign(space, counts, galaxies);
  bool const shaped =
      config.triaxial && halos.axes.extent(0) > 0 && halos.axis_ratios.extent(0) > 0;
  float const velocity_bias = static_cast<float>(config.velocity_bias);
  auto const g = galaxies;
  auto const h = halos;
  Kokkos::parallel_for(
      "galaxies::place", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        std::int64_t const host = g.halo(i);
        Vector offset{0, 0, 0}, velocity{0, 0, 0};
        if (g.number(i) > 0) {
          Draws draws(seed, core::Purpose::satellite, h.key(host), g.number(i));
          auto const w = draws.words();
          auto const point = table.at(uniform(w.w[0]) * h.mass_within(host));
          float const r = point.x * h.radius(host) / h.concentration(host);
          offset = random_direction(w.w[1], w.w[2]);
          if (shaped) {
            float const q = h.axis_ratios(host, 0), s = h.axis_ratios(host, 1);
            auto const length = unit_lengths(q, s);
            // Catalogues may tell the major axis alone: then the middle one is NaN.
            auto const middle = axis_of(h.axes, host, 1);
            if (q > 0 && s > 0 && is_known(middle))
              offset = combine(length.a * offset.x, axis_of(h.axes, host, 0), length.b * offset.y,
                               middle, length.c * offset.z, axis_of(h.axes, host, 2));
          }
          offset = {r * offset.x, r * offset.y, r * offset.z};
          if (moves) {
            auto const v = draws.words();
            float const sigma = velocity_bias * point.sigma * h.velocity_unit(host);
            auto const one = normals(v.w[0], v.w[1]), two = normals(v.w[2], v.w[3]);
            velocity = {sigma * one.first, sigma * one.second, sigma * two.first};
          }
        }
        float const away[3] = {offset.x, offset.y, offset.z};
        float const own[3] = {velocity.x, velocity.y, velocity.z};
        for (int a = 0; a < 3; ++a) {
          g.offset(i, a) = away[a];
          g.position(i, a) = h.position(host, a) + static_cast<double>(away[a]);
          if (moves) g.velocity(i, a) = h.velocity(host, a) + own[a];
        }
      });
  return galaxies;
}

}  // namespace shearwater::galaxies
