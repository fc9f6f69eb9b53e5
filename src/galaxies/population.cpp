// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/population.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shearwater/core/error.hpp"
#include "shearwater/galaxies/host_axes.hpp"

namespace shearwater::galaxies {

Population::Population(PopulationSettings const& settings, cosmology::Background const& background,
                       std::unique_ptr<Orienter> orienter)
    : settings_(settings),
      background_(background),
      occupation_(settings.occupation, settings.folder),
      orienter_(std::move(orienter)),
      seed_(static_cast<std::uint64_t>(settings.occupation.seed)) {
  settings.observation.check();
  bool const cone = settings.observation.geometry == "cone";
  if (cone) redshifts_.emplace(background, background.comoving_distance(settings.largest_redshift));
  axis_ = static_cast<int>(std::string("xyz").find(settings.observation.line_of_sight));
  // H = 100 E km/s/(Mpc/h).
  redshift_unit_ = 1 / (100 * settings.scale_factor * background.expansion(settings.scale_factor));
  if (orienter_) return;
  TidalAmplitude const amplitude{settings.edge.omega_m, background.growth(settings.scale_factor)};
  orienter_ = make_orienter(settings.orientation, seed_, amplitude);
}

void Population::prepare(ExecSpace const& space, HaloBlock& halos) const {
  auto const n = halos.size();
  double const least = settings_.smallest_mass;
  auto const mass = halos.mass;
  if (least > 0)
    Kokkos::parallel_for(
        "galaxies::leave_out_light_halos", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
        KOKKOS_LAMBDA(std::int64_t h) {
          if (mass(h) < least) mass(h) = 0;
        });
  if (is_light_cone()) {
    bool const timeless = halos.scale_factor.extent(0) == 0;
    if (timeless) halos.scale_factor = unset<Array1<float>>("galaxies::scale_factor", n);
    auto const position = halos.position;
    auto const times = halos.scale_factor;
    auto const table = *redshifts_;
    double const x = settings_.observation.observer[0], y = settings_.observation.observer[1];
    double const z = settings_.observation.observer[2];
    double farthest = 0;
    Kokkos::parallel_reduce(
        "galaxies::observer_frame", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
        KOKKOS_LAMBDA(std::int64_t h, double& largest) {
          position(h, 0) -= x;
          position(h, 1) -= y;
          position(h, 2) -= z;
          double const r =
              Kokkos::sqrt(position(h, 0) * position(h, 0) + position(h, 1) * position(h, 1) +
                           position(h, 2) * position(h, 2));
          if (timeless) times(h) = static_cast<float>(1 / (1 + table.redshift(r)));
          largest = Kokkos::fmax(largest, r);
        },
        Kokkos::Max<double>(farthest));
    if (farthest > 0.999 * table.largest_distance())
      throw core::InputError(fmt::format(
          "a halo of the light cone is {:g} Mpc/h away, beyond redshift {:g}: check the unit of "
          "positions and observation.observer",
          farthest, settings_.largest_redshift));
  }
  if (is_light_cone() && orienter_->needs_tides()) set_growth(halos);
  scatter_axes(space, halos, settings_.axis_strength, seed_);
  set_profiles(space, halos, settings_.edge, settings_.satellites, settings_.scale_factor);
}

void Population::set_growth(HaloBlock& halos) const {
  auto growth = to_host(halos.scale_factor);
  for (float& a : growth)
    a = static_cast<float>(background_.growth(std::min(1.0, static_cast<double>(a))));
  halos.growth = to_device("galaxies::growth", growth);
}

GalaxyCounts Population::count(ExecSpace const& space, HaloBlock const& halos) const {
  return count_galaxies(space, halos, occupation_, seed_, settings_.satellites.most);
}

Populated Population::populate(ExecSpace const& space, HaloBlock const& halos,
                               GalaxyCounts const& counts, MemberPlaces const* members) const {
  Populated made;
  made.galaxies = place_galaxies(space, halos, counts, table_, settings_.satellites, seed_);
  if (members != nullptr) put_on_members(space, halos, *members, made.galaxies);
  orienter_->orient(space, halos, made.galaxies);
  if (is_light_cone()) {
    made.seen.ellipticity = project_along_sight(space, made.galaxies);
    observe_sky(space, halos, made.galaxies, *redshifts_, settings_.observation.photoz_scatter,
                seed_, made.seen);
  } else {
    made.seen.ellipticity = project_along_axis(space, made.galaxies, axis_);
    if (settings_.observation.redshift_space)
      move_to_redshift_space(space, made.galaxies, axis_, redshift_unit_);
    wrap_into_box(space, made.galaxies, settings_.box_side);
  }
  space.fence();
  return made;
}

io::GalaxyColumns Population::columns(bool halos_move) const {
  io::GalaxyColumns columns;
  columns.velocity = halos_move;
  columns.host = columns.host_mass = columns.central = columns.axes = columns.axis_ratios =
      columns.shapes = columns.flag = true;
  columns.sky = columns.z_cos = columns.z_obs = is_light_cone();
  return columns;
}

namespace {

/// Column c of (n, 2).
template <class To, class From>
std::vector<To> column_of(std::vector<From> const& pairs, std::size_t c) {
  std::vector<To> result(pairs.size() / 2);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<To>(pairs[2 * i + c]);
  return result;
}

}  // namespace

io::GalaxyCatalogue Population::rows_of(HaloBlock const& halos, Populated const& made,
                                        std::int64_t first) const {
  io::GalaxyCatalogue rows;
  auto const& g = made.galaxies;
  auto const n = static_cast<std::size_t>(g.size());
  rows.position = to_host(g.position);
  rows.velocity = to_host(g.velocity);
  rows.axes = to_host(g.axes);
  rows.axis_ratios = to_host(g.axis_ratios);
  rows.flag = to_host(g.flag);
  auto const halo = to_host(g.halo);
  auto const number = to_host(g.number);
  auto const id = to_host(halos.id);
  auto const mass = to_host(halos.mass);
  rows.id.resize(n);
  rows.host.resize(n);
  rows.host_mass.resize(n);
  rows.central.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto const h = static_cast<std::size_t>(halo[i]);
    rows.id[i] = first + static_cast<std::int64_t>(i);
    rows.host[i] = id[h];
    rows.host_mass[i] = static_cast<float>(mass[h]);
    rows.central[i] = number[i] == 0 ? 1 : 0;
  }
  auto const shapes = to_host(made.seen.ellipticity);
  rows.e1 = column_of<float>(shapes, 0);
  rows.e2 = column_of<float>(shapes, 1);
  if (!is_light_cone()) return rows;
  auto const sky = to_host(made.seen.sky);
  auto const redshift = to_host(made.seen.redshift);
  rows.ra = column_of<double>(sky, 0);
  rows.dec = column_of<double>(sky, 1);
  rows.z_cos = column_of<float>(redshift, 0);
  rows.z_obs = column_of<float>(redshift, 1);
  return rows;
}

}  // namespace shearwater::galaxies
