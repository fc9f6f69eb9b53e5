// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/halo_cone.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::halos {

namespace {

constexpr double most_replicas = 1e6;

void check_range(char const* key, std::vector<double> const& range, double most_width) {
  if (range.size() != 2 || !(range[0] < range[1]) || range[1] - range[0] > most_width)
    throw core::InputError(fmt::format(
        "light_cone_halos.{} = [{:g}]: must be two numbers, the second one larger by at most {:g}",
        key, fmt::join(range, ", "), most_width));
}

}  // namespace

double SkyRange::solid_angle() const {
  return (ra[1] - ra[0]) * (std::sin(dec[1]) - std::sin(dec[0]));
}

bool SkyRange::contains(double right_ascension, double declination) const {
  constexpr double turn = 2 * std::numbers::pi;
  double const width = ra[1] - ra[0], east = right_ascension - ra[0];
  // The width of a whole turn may have been rounded, and the north is a quarter of one.
  bool const around = width >= turn * (1 - 1e-15) || east - turn * std::floor(east / turn) < width;
  bool const to_pole = dec[1] >= turn / 4;
  return around && declination >= dec[0] && (to_pole || declination < dec[1]);
}

void HaloConeConfig::describe(core::Fields& key) {
  key("redshift", redshift, "", "how far the light cone of halos reaches").between(0.001, 100);
  key("observer", observer, "Mpc/h", "place of the observer in the box: three numbers");
  key("sky", sky, "",
      "part of the sky that is kept: all, north of the equator, an eighth (right ascension and "
      "declination from 0 to 90 degrees), or a range between ra_deg and dec_deg")
      .one_of({"full", "hemisphere", "octant", "range"});
  key("ra_deg", ra_deg, "deg", "right ascensions of a range, from west to east").between(-360, 360);
  key("dec_deg", dec_deg, "deg", "declinations of a range, from south to north").between(-90, 90);
  key("turn_shells", turn_shells, "",
      "whether the box is turned and shifted at random in each shell about the observer that is as "
      "thick as the box: nothing is seen twice along a line of sight, but structure ends between "
      "two shells");
  key("seed", seed, "", "of how shells are turned and shifted").at_least(0);
}

SkyRange HaloConeConfig::range() const {
  using std::numbers::pi;
  if (sky == "full") return {{0, 2 * pi}, {-pi / 2, pi / 2}};
  if (sky == "hemisphere") return {{0, 2 * pi}, {0, pi / 2}};
  if (sky == "octant") return {{0, pi / 2}, {0, pi / 2}};
  return {{ra_deg[0] * units::degree, ra_deg[1] * units::degree},
          {dec_deg[0] * units::degree, dec_deg[1] * units::degree}};
}

void HaloConeConfig::check(double box_side, std::vector<double> const& outputs,
                           cosmology::Background const& background) const {
  check_range("ra_deg", ra_deg, 360);
  check_range("dec_deg", dec_deg, 180);
  if (sky != "range")
    core::refuse_changed("light_cone_halos", *this, {"ra_deg", "dec_deg"},
                         "light_cone_halos.sky is not \"range\"");
  if (!turn_shells)
    core::refuse_changed("light_cone_halos", *this, {"seed"},
                         "light_cone_halos.turn_shells is false");
  if (observer.size() != 3 ||
      std::ranges::any_of(observer, [&](double const x) { return !(x >= 0 && x <= box_side); }))
    throw core::InputError(
        fmt::format("light_cone_halos.observer = [{:g}]: must be three numbers between 0 and the "
                    "side of the box, {:g} Mpc/h",
                    fmt::join(observer, ", "), box_side));
  double const first = 1 / outputs.front() - 1;
  if (redshift > first * (1 + 1e-12))
    throw core::InputError(fmt::format(
        "light_cone_halos.redshift = {:g}: halos are first found at redshift {:g}; lower it, or "
        "let outputs.redshifts begin with {:g} or more",
        redshift, first, redshift));
  if (outputs.back() != 1)
    throw core::InputError(fmt::format(
        "outputs.redshifts ends at a = {:g}: a light cone ends at the observer, today; let it end "
        "with 0",
        outputs.back()));
  if (background.cosmology().omega_k != 0)
    throw core::InputError(fmt::format(
        "cosmology.omega_k = {:g}: light cones are made for flat universes; set it to 0",
        background.cosmology().omega_k));
  double const sides = background.comoving_distance(redshift) / box_side + 1;
  if (4 * std::numbers::pi / 3 * sides * sides * sides > most_replicas)
    throw core::InputError(fmt::format(
        "light_cone_halos.redshift = {:g}: the cone reaches over {:.0f} sides of the box and would "
        "need more than {:g} replicas; lower it, or take a larger box",
        redshift, sides - 1, most_replicas));
}

ConePart ConePart::of(std::vector<double> const& times, std::size_t number,
                      cosmology::Background const& background) {
  auto const distance = [&](double a) { return background.comoving_distance(1 / a - 1); };
  ConePart part;
  part.here = distance(times[number]);
  if (number > 0) {
    part.before = distance(times[number - 1]);
    part.middle_before = distance(0.5 * (times[number - 1] + times[number]));
  }
  if (number + 1 < times.size()) {
    part.after = distance(times[number + 1]);
    part.middle_after = distance(0.5 * (times[number] + times[number + 1]));
  }
  return part;
}

HaloCone::HaloCone(HaloConeConfig const& config, double box_side,
                   cosmology::Background const& background)
    : config_(config),
      sky_(config.range()),
      side_(box_side),
      reach_(background.comoving_distance(config.redshift)),
      background_(background) {}

double HaloCone::volume(double near, double far) const {
  double const begin = std::min(near, reach_), end = std::min(far, reach_);
  return sky_.solid_angle() / 3 * (end * end * end - begin * begin * begin);
}

particles::BoxView HaloCone::view(std::int64_t shell) const {
  if (!config_.turn_shells) return {{0, 1, 2}, {}, {}, 0, 0};
  return particles::draw_view(static_cast<std::uint64_t>(config_.seed), 0, shell, side_);
}

particles::BoxView HaloCone::line_of_sight(std::int64_t repetition) const {
  auto const sky = view(repetition);
  particles::BoxView result{};
  result.start = side_ * static_cast<double>(repetition);
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t const from = (i + 1) % 3;
    result.axis[i] = sky.axis[from];
    result.mirrored[i] = sky.mirrored[from];
    // At the side itself the observer is at 0: whole turns of Position do not matter.
    auto const observer =
        static_cast<std::int64_t>(std::llround(std::ldexp(config_.observer[from] / side_, 32)));
    result.shift[i] = sky.shift[from] - static_cast<particles::Position>(observer);
  }
  return result;
}

std::array<double, 3> turned(particles::BoxView const& view, std::array<double, 3> const& vector) {
  std::array<double, 3> result;
  for (std::size_t i = 0; i < 3; ++i) {
    double const value = vector[static_cast<std::size_t>(view.axis[i])];
    result[i] = view.mirrored[i] ? -value : value;
  }
  return result;
}

}  // namespace shearwater::halos
