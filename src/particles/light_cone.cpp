// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/light_cone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "crossing.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::particles {
namespace {

/// Intervals between which the drift of a step is linear in the distance: better than 1e-3 of what
/// a particle moves in a step, and than 1e-3 Mpc/h.
constexpr std::int64_t drift_intervals = 32;
constexpr double widest_deg = 20;  ///< cos of its half diagonal is 0.97
constexpr double most_copies = 4;

/// One block of particles; pixels of the planes are shared by all.
struct AddMass {
  Crossings crossings;
  Array4<std::uint64_t> mass;
  double pixel, cloud;  ///< [radian, Mpc/h]
  double planes_per_distance;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t b) const { crossings.of_block(b, *this); }

  KOKKOS_INLINE_FUNCTION void operator()(Crossing const& crossing) const {
    std::int64_t const n = mass.extent_int(3), line = crossings.views(crossing.view).line;
    auto plane = static_cast<std::int64_t>(planes_per_distance * crossing.distance);
    if (plane == mass.extent_int(1)) --plane;
    double const scale = 1 / (crossing.distance * pixel), middle = 0.5 * static_cast<double>(n);
    // A cloud of no size is one of a thousandth of a pixel.
    double const wide = cloud * scale, half = 0.5 * (wide > 1e-3 ? wide : 1e-3);
    double const x0 = crossing.x * scale + middle - half, x1 = crossing.x * scale + middle + half;
    double const y0 = crossing.y * scale + middle - half, y1 = crossing.y * scale + middle + half;
    double const unit = kParticle / (4 * half * half);
    for (std::int64_t row = first_pixel(y0); row < end_pixel(y1, n); ++row) {
      double const part = unit * overlap(y0, y1, row);
      for (std::int64_t column = first_pixel(x0); column < end_pixel(x1, n); ++column)
        Kokkos::atomic_add(&mass(line, plane, row, column),
                           static_cast<std::uint64_t>(part * overlap(x0, x1, column) + 0.5));
    }
  }
};

/// How many planes there are, and the distance between their sides.
std::pair<std::int64_t, double> divide(LightConeConfig const& config,
                                       cosmology::Background const& background) {
  double const reach = background.comoving_distance(config.redshift);
  auto const count = static_cast<std::int64_t>(std::ceil(reach / config.thickness));
  return {count, reach / static_cast<double>(count)};
}

std::vector<LensPlane> make_planes(LightConeConfig const& config, fields::FlatSky sky,
                                   BoxConfig const& box, cosmology::Background const& background) {
  auto const [count, width] = divide(config, background);
  double const pixel = sky.width() / static_cast<double>(sky.pixels);
  double const density = std::pow(static_cast<double>(box.particles) / box.side, 3);
  std::vector<LensPlane> planes;
  for (std::int64_t i = 0; i < count; ++i) {
    LensPlane plane;
    plane.near = width * static_cast<double>(i);
    plane.far = width * static_cast<double>(i + 1);
    double const volume = (std::pow(plane.far, 3) - std::pow(plane.near, 3)) / 3;
    plane.distance = (std::pow(plane.far, 4) - std::pow(plane.near, 4)) / (4 * volume);
    plane.thickness = volume / (plane.distance * plane.distance);
    plane.scale_factor = 1 / (1 + background.redshift(plane.distance));
    plane.mean_mass = density * volume * pixel * pixel;
    planes.push_back(plane);
  }
  return planes;
}

/// Views of every line of sight that the cone crosses between two distances.
Array1<BoxView const> views_between(LightConeConfig const& config, ViewOf const& view_of,
                                    double side, double near, double far) {
  auto const first = static_cast<std::int64_t>(near / side);
  auto const last = static_cast<std::int64_t>(far / side);
  Array1<BoxView> const views("particles::views", config.lines_of_sight * (last + 1 - first));
  auto const host = Kokkos::create_mirror_view(views);
  std::int64_t at = 0;
  for (std::int64_t line = 0; line < config.lines_of_sight; ++line)
    for (std::int64_t repetition = first; repetition <= last; ++repetition)
      host(at++) = view_of(line, repetition);
  Kokkos::deep_copy(views, host);
  return views;
}

/// The sum over ranks of as many numbers on each, on all.
std::vector<std::uint64_t> sum_of_ranks(parallel::Communicator const& comm,
                                        std::vector<std::uint64_t> const& mine) {
  auto const total = std::ssize(mine);
  auto const own = parallel::share_of(total, comm.rank(), comm.size());
  std::vector<std::int64_t> shares;
  for (int rank = 0; rank < comm.size(); ++rank)
    shares.push_back(parallel::share_of(total, rank, comm.size()).count);
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const count = static_cast<std::size_t>(own.count);
  std::vector<std::uint64_t> parts(ranks * count), sum(count, 0);
  comm.exchange(std::span<std::uint64_t const>(mine), shares, std::span<std::uint64_t>(parts),
                std::vector<std::int64_t>(ranks, own.count));
  for (std::size_t i = 0; i < parts.size(); ++i) sum[i % count] += parts[i];
  return comm.all_gather(std::span<std::uint64_t const>(sum));
}

}  // namespace

void LightConeConfig::describe(core::Fields& key) {
  key("redshift", redshift, "", "how far the light cone reaches").between(0.01, 100);
  key("thickness", thickness, "Mpc/h", "of a lens plane, at most").between(1, 1000);
  key("lines_of_sight", lines_of_sight, "",
      "how often one simulation is looked through, turned and shifted at random each time")
      .between(1, 1024);
  key("cloud", cloud, "mean particle separations",
      "side of the square over which a particle's mass is spread; 0: a point")
      .between(0, 4);
}

void LightConeConfig::check(fields::FlatSky sky, BoxConfig const& box, InitialConfig const& initial,
                            StepConfig const& steps,
                            cosmology::Background const& background) const {
  double const begin = 1 / initial.scale_factor - 1;
  if (redshift > begin)
    throw core::InputError(fmt::format(
        "light_cone.redshift = {:g}: particles start at redshift {:g}; lower it, or lower "
        "initial.scale_factor to {:.4g}",
        redshift, begin, 1 / (1 + redshift)));
  if (steps.end != 1)
    throw core::InputError(fmt::format(
        "steps.end = {:g}: a light cone ends at the observer, today; set it to 1", steps.end));
  if (background.cosmology().omega_k != 0)
    throw core::InputError(fmt::format(
        "cosmology.omega_k = {:g}: light cones are made for flat universes; set it to 0",
        background.cosmology().omega_k));
  if (sky.width_deg > widest_deg)
    throw core::InputError(
        fmt::format("a field of {:g} degrees with its border: distances of a light cone count "
                    "along the line of "
                    "sight, which serves at most {:g}; make it narrower",
                    sky.width_deg, widest_deg));
  double const far = background.comoving_distance(redshift);
  if (far * sky.width() > most_copies * box.side)
    throw core::InputError(fmt::format(
        "box.side = {:g}: a field of {:g} degrees is {:.0f} Mpc/h wide at redshift {:g}, and the "
        "box "
        "would be seen more than {:g} times side by side; make it at least {:.0f}, or the field "
        "narrower",
        box.side, sky.width_deg, far * sky.width(), redshift, most_copies,
        std::ceil(far * sky.width() / most_copies)));
}

bool LightConeConfig::sees(double scale_factor, cosmology::Background const& background) const {
  auto const [count, width] = divide(*this, background);
  return background.comoving_distance(1 / scale_factor - 1) < width * static_cast<double>(count);
}

BoxView draw_view(std::uint64_t seed, std::int64_t line, std::int64_t repetition, double side) {
  core::Stream stream(
      seed, core::Purpose::line_of_sight,
      static_cast<std::uint64_t>(line) << 32 | static_cast<std::uint64_t>(repetition));
  BoxView view{{0, 1, 2}, {}, {}, line, side * static_cast<double>(repetition)};
  std::swap(view.axis[0], view.axis[stream.below(3)]);
  std::swap(view.axis[1], view.axis[1 + stream.below(2)]);
  for (bool& mirrored : view.mirrored) mirrored = stream.below(2) == 1;
  for (Position& shift : view.shift) shift = stream.bits();
  return view;
}

LightCone::LightCone(parallel::Communicator const& comm, LightConeConfig const& config,
                     fields::FlatSky sky, BoxConfig const& box, std::int64_t seed,
                     cosmology::Background const& background)
    : LightCone(
          comm, config, sky, box,
          [key = static_cast<std::uint64_t>(seed), side = box.side](std::int64_t line,
                                                                    std::int64_t repetition) {
            return draw_view(key, line, repetition, side);
          },
          background) {}

LightCone::LightCone(parallel::Communicator const& comm, LightConeConfig const& config,
                     fields::FlatSky sky, BoxConfig const& box, ViewOf views,
                     cosmology::Background const& background)
    : comm_(comm),
      config_(config),
      sky_(sky),
      box_(box),
      views_(std::move(views)),
      background_(background) {
  planes_ = make_planes(config, sky, box, background);
  mass_ =
      Mass("particles::plane_mass", config.lines_of_sight, planes_.size(), sky.pixels, sky.pixels);
}

std::int64_t LightCone::allocated_bytes() const {
  return static_cast<std::int64_t>(mass_.size() * sizeof(std::uint64_t));
}

bool LightCone::sees(Evolution const& evolution) const {
  return config_.sees(evolution.now(), background_);
}

Crossings LightCone::crossings(Evolution const& evolution, ParticleSlab const& particles,
                               double margin) const {
  auto const distance_at = [&](double a) { return background_.comoving_distance(1 / a - 1); };
  double const reach = planes_.back().far, near = distance_at(evolution.now());
  double const begin = distance_at(evolution.before()), far = std::min(begin, reach);
  auto const drift_at = [&](double distance) {
    return evolution.drift_to(1 / (1 + background_.redshift(distance)));
  };
  Array1<double> const drift("particles::cone_drift", drift_intervals + 1);
  auto const host = Kokkos::create_mirror_view(drift);
  for (std::int64_t i = 0; i <= drift_intervals; ++i)
    host(i) = drift_at(near + (far - near) * static_cast<double>(i) / drift_intervals);
  Kokkos::deep_copy(drift, host);
  // To the bit what the step has moved particles by, where it lies in the cone as a whole.
  double const whole = far < begin ? host(drift_intervals) : evolution.drift_to(evolution.before());
  StepOfCone const step{near,
                        far,
                        box_.side * 0x1p-32,
                        static_cast<float>(whole * 0x1p32 / box_.side),
                        drift_intervals / (far - near),
                        drift};
  return {particles.blocks(),
          step,
          views_between(config_, views_, box_.side, near, far),
          box_.side,
          sky_.width(),
          margin,
          reach};
}

void LightCone::add_step(ExecSpace const& space, Evolution const& evolution,
                         ParticleSlab const& particles) {
  if (!sees(evolution)) return;
  double const cloud = config_.cloud * box_.side / static_cast<double>(box_.particles);
  using Blocks = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  Kokkos::parallel_for(
      "particles::cross_light_cone", Blocks(space, 0, particles.blocks().blocks()),
      AddMass{crossings(evolution, particles, 0.5 * cloud), mass_,
              sky_.width() / static_cast<double>(sky_.pixels), cloud, 1 / planes_.front().far});
  space.fence("particles::cross_light_cone");
}

std::vector<std::int64_t> LightCone::masses() const {
  auto const mass = Kokkos::create_mirror_view_and_copy(HostSpace(), mass_);
  auto const all =
      sum_of_ranks(comm_, std::vector<std::uint64_t>(mass.data(), mass.data() + mass.size()));
  return {all.begin(), all.end()};
}

void LightCone::restore(std::vector<std::int64_t> const& masses) {
  core::require(masses.size() == mass_.size(), "the masses are of this light cone");
  auto const mass = Kokkos::create_mirror_view(mass_);
  for (std::size_t i = 0; i < masses.size(); ++i)
    mass.data()[i] = static_cast<std::uint64_t>(masses[i]);
  Kokkos::deep_copy(mass_, mass);
}

LensPlanes LightCone::planes(ExecSpace const& space) const {
  LensPlanes result{
      sky_, planes_,
      Array4<float>(
          Kokkos::view_alloc(space, Kokkos::WithoutInitializing, "particles::overdensity"),
          mass_.extent(0), mass_.extent(1), mass_.extent(2), mass_.extent(3))};
  space.fence("particles::planes");
  auto const mass = Kokkos::create_mirror_view_and_copy(HostSpace(), mass_);
  auto const overdensity = Kokkos::create_mirror_view(result.overdensity);
  auto const size = static_cast<std::size_t>(sky_.size());
  for (std::size_t i = 0; i < mass.size(); i += size) {
    auto const all =
        sum_of_ranks(comm_, std::vector<std::uint64_t>(mass.data() + i, mass.data() + i + size));
    double const mean = kParticle * planes_[i / size % planes_.size()].mean_mass;
    for (std::size_t pixel = 0; pixel < size; ++pixel)
      overdensity.data()[i + pixel] =
          static_cast<float>(static_cast<double>(all[pixel]) / mean - 1);
  }
  Kokkos::deep_copy(result.overdensity, overdensity);
  return result;
}

}  // namespace shearwater::particles
