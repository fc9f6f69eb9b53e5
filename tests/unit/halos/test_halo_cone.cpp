// SPDX-License-Identifier: BSD-3-Clause
// Halos on the light cone beside counts of all images and crossings that are known exactly.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <tuple>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/halos/halo_cone.hpp"

using namespace shearwater;
using halos::ConePart;
using halos::HaloCone;
using halos::HaloConeConfig;
using halos::HaloCrossing;
using halos::HaloState;
using halos::HaloWay;
using Vector = std::array<double, 3>;

namespace {

constexpr double box_width = 500;
Vector const observer{120, 30, 450};
cosmology::Background const background{cosmology::Cosmology{}};

double length(Vector const& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

HaloConeConfig config(double redshift, std::string const& sky = "full") {
  HaloConeConfig result;
  result.redshift = redshift;
  result.observer = {observer[0], observer[1], observer[2]};
  result.sky = sky;
  return result;
}

Vector wrapped(Vector v) {
  for (double& x : v) {
    x -= box_width * std::floor(x / box_width);
    if (x >= box_width) x = 0;
  }
  return v;
}

std::vector<HaloState> random_halos(std::size_t count, double fastest) {
  std::vector<HaloState> result;
  for (std::size_t i = 0; i < count; ++i) {
    core::Stream random(7, core::Purpose::observation, i);
    HaloState halo;
    for (double& x : halo.position) x = box_width * random.uniform();
    for (double& v : halo.velocity) v = fastest * (2 * random.uniform() - 1);
    result.push_back(halo);
  }
  return result;
}

double distance_at(double a) { return background.comoving_distance(1 / a - 1); }

/// Crossings of all outputs; states[output][halo], linked from each output to the next.
std::vector<HaloCrossing> all_crossings(HaloCone const& cone, std::vector<double> const& times,
                                        std::vector<std::vector<HaloState>> const& states) {
  std::vector<HaloCrossing> result;
  for (std::size_t n = 0; n < times.size(); ++n) {
    std::vector<HaloWay> ways;
    for (std::size_t h = 0; h < states[n].size(); ++h) {
      HaloWay way{states[n][h], {}, {}};
      if (n > 0) way.before = states[n - 1][h];
      if (n + 1 < times.size()) way.after = states[n + 1][h];
      ways.push_back(way);
    }
    auto const found = cone.crossings(ways, ConePart::of(times, n, background));
    result.insert(result.end(), found.begin(), found.end());
  }
  return result;
}

/// visit(place from the observer) for every image of a place with |coordinates| below `reach`.
template <class Visit>
void for_images(Vector const& place, double reach, Visit const& visit) {
  auto const most = static_cast<int>(reach / box_width) + 2;
  for (int i = -most; i <= most; ++i)
    for (int j = -most; j <= most; ++j)
      for (int k = -most; k <= most; ++k)
        visit(Vector{place[0] - observer[0] + box_width * i, place[1] - observer[1] + box_width * j,
                     place[2] - observer[2] + box_width * k});
}

std::vector<double> const times{0.5, 0.57, 0.68, 0.7, 0.85, 0.97, 1};

}  // namespace

TEST_CASE("halos at rest are seen once in each replica within reach", "[halos]") {
  auto const halos = random_halos(40, 0);
  for (double const redshift : {0.4, 1.0}) {
    HaloCone const cone(config(redshift), box_width, background);
    auto const found =
        all_crossings(cone, times, std::vector<std::vector<HaloState>>(times.size(), halos));
    std::vector<std::tuple<std::size_t, double, double>> expected, seen;
    for (std::size_t h = 0; h < halos.size(); ++h)
      for_images(halos[h].position, cone.reach(), [&](Vector const& x) {
        if (length(x) < cone.reach()) expected.emplace_back(h, length(x), x[2]);
      });
    for (auto const& c : found) seen.emplace_back(c.halo, c.distance, c.place[2]);
    std::ranges::sort(expected);
    std::ranges::sort(seen);
    REQUIRE(seen.size() == expected.size());
    CHECK(seen.size() > 40 * (redshift < 1 ? 40 : 400));
    double worst = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(std::get<0>(seen[i]) == std::get<0>(expected[i]));
      worst = std::max({worst, std::abs(std::get<1>(seen[i]) - std::get<1>(expected[i])),
                        std::abs(std::get<2>(seen[i]) - std::get<2>(expected[i]))});
    }
    CHECK(worst < 1e-11);
    for (auto const& c : found) {
      CHECK(c.z_obs == c.z_cos);
      CHECK_THAT(background.comoving_distance(c.z_cos), WithinRel(c.distance, 1e-7));
    }
  }
}

TEST_CASE("steady halos cross where a quadratic equation says", "[halos]") {
  // x(chi) = x_1 + u (chi_1 - chi), u = v/c, meets |x(chi)| = chi once for |u| < 1.
  auto const today = random_halos(60, 5000);
  std::vector<std::vector<HaloState>> states;
  for (double const a : times) {
    states.push_back(today);
    for (auto& halo : states.back()) {
      for (std::size_t i = 0; i < 3; ++i)
        halo.position[i] -= distance_at(a) * halo.velocity[i] / units::speed_of_light_km_s;
      halo.position = wrapped(halo.position);
    }
  }
  HaloCone const cone(config(0.8), box_width, background);
  auto found = all_crossings(cone, times, states);
  struct Expected {
    std::size_t halo;
    double distance;
    Vector place;
  };
  std::vector<Expected> expected;
  for (std::size_t h = 0; h < today.size(); ++h) {
    Vector u;
    for (std::size_t i = 0; i < 3; ++i) u[i] = today[h].velocity[i] / units::speed_of_light_km_s;
    for_images(today[h].position, 1.1 * cone.reach(), [&](Vector const& x) {
      // (1 - u^2) chi^2 + 2 (x u) chi - x^2 = 0 for x(chi) = x - u chi.
      double const xu = x[0] * u[0] + x[1] * u[1] + x[2] * u[2],
                   xx = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
      double const one = 1 - (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
      double const chi = (-xu + std::sqrt(xu * xu + one * xx)) / one;
      if (chi < cone.reach())
        expected.push_back({h, chi, {x[0] - u[0] * chi, x[1] - u[1] * chi, x[2] - u[2] * chi}});
    });
  }
  REQUIRE(found.size() == expected.size());
  CHECK(found.size() > 5000);
  std::ranges::sort(found, {}, [](auto const& c) { return std::pair(c.halo, c.distance); });
  std::ranges::sort(expected, {}, [](auto const& e) { return std::pair(e.halo, e.distance); });
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(found[i].halo == expected[i].halo);
    worst = std::max(worst, std::abs(found[i].distance - expected[i].distance));
    auto const& v = today[found[i].halo].velocity;
    double outwards = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      worst = std::max(worst, std::abs(found[i].place[a] - expected[i].place[a]));
      CHECK_THAT(found[i].velocity[a], WithinAbs(v[a], 1e-8));
      outwards += v[a] * found[i].place[a] / found[i].distance / units::speed_of_light_km_s;
    }
    CHECK_THAT((1 + found[i].z_obs) / (1 + found[i].z_cos), WithinAbs(1 + outwards, 1e-12));
  }
  // Rounding of distances of 2000 Mpc/h and a few operations on them.
  CHECK(worst < 1e-10);
}

TEST_CASE("halos on winding ways are neither lost nor seen twice", "[halos]") {
  // Places and velocities of each output have nothing to do with each other but that halos are
  // slower than light: every image that is inside of the cone at the first output crosses it.
  std::vector<std::vector<HaloState>> states{random_halos(80, 2000)};
  for (std::size_t n = 1; n < times.size(); ++n) {
    states.push_back(states.back());
    for (std::size_t h = 0; h < states[n].size(); ++h) {
      core::Stream random(n, core::Purpose::observation, 1000 + h);
      for (double& x : states[n][h].position) x += 8 * (random.uniform() - 0.5);
      for (double& v : states[n][h].velocity) v = 4000 * (random.uniform() - 0.5);
      states[n][h].position = wrapped(states[n][h].position);
    }
  }
  HaloCone const cone(config(1.0), box_width, background);
  auto const found = all_crossings(cone, times, states);
  std::size_t expected = 0;
  for (auto const& halo : states.front())
    for_images(halo.position, cone.reach(),
               [&](Vector const& x) { expected += length(x) < cone.reach(); });
  CHECK(found.size() == expected);
  for (auto const& c : found) CHECK_THAT(length(c.place), WithinRel(c.distance, 1e-14));
}

TEST_CASE("halos of one output alone are seen from middle to middle", "[halos]") {
  auto const halos = random_halos(60, 3000);
  HaloCone const cone(config(1.0), box_width, background);
  std::vector<HaloWay> ways;
  for (auto const& halo : halos) ways.push_back({halo, {}, {}});
  for (std::size_t const n : {std::size_t{0}, std::size_t{3}, std::size_t{4}, times.size() - 1}) {
    auto const found = cone.crossings(ways, ConePart::of(times, n, background));
    double const far = n == 0 ? distance_at(times[0]) : distance_at((times[n - 1] + times[n]) / 2);
    double const near = n + 1 == times.size() ? 0 : distance_at((times[n] + times[n + 1]) / 2);
    std::size_t expected = 0;
    for (auto const& halo : halos) {
      auto const at = [&](Vector x, double chi) {
        for (std::size_t i = 0; i < 3; ++i)
          x[i] += (distance_at(times[n]) - chi) * halo.velocity[i] / units::speed_of_light_km_s;
        return length(x);
      };
      for_images(halo.position, far + 100,
                 [&](Vector const& x) { expected += at(x, far) < far && at(x, near) >= near; });
    }
    CHECK(found.size() == expected);
    CHECK((expected > 0 || n + 1 == times.size()));
  }
}

TEST_CASE("turned shells show the box as their views say", "[halos]") {
  auto const halos = random_halos(30, 0);
  auto settings = config(1.0);
  settings.turn_shells = true;
  settings.seed = 5;
  HaloCone const cone(settings, box_width, background);
  auto const found =
      all_crossings(cone, times, std::vector<std::vector<HaloState>>(times.size(), halos));
  std::vector<std::tuple<std::size_t, std::int64_t, double>> expected, seen;
  std::set<std::array<int, 3>> orders;
  for (std::int64_t shell = 0; shell <= static_cast<std::int64_t>(cone.reach() / box_width);
       ++shell) {
    auto const view = particles::draw_view(5, 0, shell, box_width);
    orders.insert({view.axis[0], view.axis[1], view.axis[2]});
    for (std::size_t h = 0; h < halos.size(); ++h) {
      Vector x;
      for (std::size_t i = 0; i < 3; ++i) {
        double const from = halos[h].position[static_cast<std::size_t>(view.axis[i])];
        x[i] = (view.mirrored[i] ? -from : from) + box_width * 0x1p-32 * view.shift[i];
      }
      for_images(wrapped(x), box_width * static_cast<double>(shell + 1), [&](Vector const& place) {
        double const d = length(place);
        if (d < cone.reach() && static_cast<std::int64_t>(d / box_width) == shell)
          expected.emplace_back(h, shell, d);
      });
    }
  }
  CHECK(orders.size() > 1);
  for (auto const& c : found) seen.emplace_back(c.halo, c.shell, c.distance);
  std::ranges::sort(expected);
  std::ranges::sort(seen);
  REQUIRE(seen.size() == expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(std::get<0>(seen[i]) == std::get<0>(expected[i]));
    CHECK(std::get<1>(seen[i]) == std::get<1>(expected[i]));
    CHECK_THAT(std::get<2>(seen[i]), WithinAbs(std::get<2>(expected[i]), 1e-9));
  }
  auto const view = cone.view(0);
  auto const axis = halos::turned(view, {0.1, 0.2, 0.3});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK_THAT(axis[i], WithinAbs((view.mirrored[i] ? -0.1 : 0.1) * (view.axis[i] + 1), 1e-15));
}

TEST_CASE("parts of the sky hold their halos, and together all", "[halos]") {
  auto const halos = random_halos(50, 300);
  std::vector<std::vector<HaloState>> const states(times.size(), halos);
  auto const count = [&](HaloConeConfig const& settings) {
    return all_crossings(HaloCone(settings, box_width, background), times, states).size();
  };
  auto const all = count(config(0.5));
  double area = 0;
  std::size_t sum = 0;
  auto part = config(0.5, "range");
  for (double const ra : {-30.0, 60.0, 150.0, 300.0})
    for (double const dec : {-90.0, -20.0, 45.0}) {
      part.ra_deg = {ra, ra == 150 ? 300 : ra == 300 ? 330 : ra + 90};
      part.dec_deg = {dec, dec == -90 ? -20.0 : dec == -20 ? 45.0 : 90.0};
      sum += count(part);
      area += part.range().solid_angle();
    }
  CHECK(sum == all);
  CHECK_THAT(area, WithinRel(4 * std::numbers::pi, 1e-12));
  auto const octant =
      all_crossings(HaloCone(config(0.5, "octant"), box_width, background), times, states);
  CHECK(config(0.5, "octant").range().solid_angle() == std::numbers::pi / 2);
  auto const full = all_crossings(HaloCone(config(0.5), box_width, background), times, states);
  CHECK(std::ssize(octant) == std::ranges::count_if(full, [](HaloCrossing const& c) {
          return c.place[0] > 0 && c.place[1] >= 0 && c.place[2] >= 0;
        }));
  CHECK(count(config(0.5, "hemisphere")) < all);
  for (auto const& c : octant) {
    CHECK_THAT(c.distance * std::cos(c.declination) * std::sin(c.right_ascension),
               WithinAbs(c.place[1], 1e-9));
    CHECK_THAT(c.distance * std::sin(c.declination), WithinAbs(c.place[2], 1e-9));
  }
}

TEST_CASE("halos at random places are as many as density times volume", "[halos]") {
  // The cone lies within one box, so that no halo is seen twice: a binomial number. One draw of 4
  // shells, 4.1 sigma each: false alarms in 2 of 10^4 seeds.
  auto const halos = random_halos(20000, 0);
  auto settings = config(0.08, "hemisphere");
  settings.observer = {250, 250, 250};
  HaloCone const cone(settings, box_width, background);
  REQUIRE(cone.reach() < box_width / 2);
  auto const found =
      all_crossings(cone, times, std::vector<std::vector<HaloState>>(times.size(), halos));
  for (int shell = 0; shell < 4; ++shell) {
    double const near = cone.reach() * shell / 4, far = cone.reach() * (shell + 1) / 4;
    double const share = cone.volume(near, far) / (box_width * box_width * box_width);
    double const expected = share * static_cast<double>(halos.size());
    auto const count = std::ranges::count_if(
        found, [&](HaloCrossing const& c) { return c.distance >= near && c.distance < far; });
    CHECK_THAT(static_cast<double>(count),
               WithinAbs(expected, 4.1 * std::sqrt(expected * (1 - share))));
  }
  CHECK_THAT(cone.volume(0, 1e4),
             WithinRel(2 * std::numbers::pi / 3 * std::pow(cone.reach(), 3), 1e-12));
}

TEST_CASE("cones that outputs cannot fill are refused with the remedy", "[halos]") {
  auto const check = [&](HaloConeConfig const& settings, std::vector<double> const& outputs,
                         double box = box_width) { settings.check(box, outputs, background); };
  check(config(1.0), times);
  CHECK_THROWS_WITH(check(config(1.2), times),
                    ContainsSubstring("first found at redshift 1; lower it"));
  CHECK_THROWS_WITH(check(config(0.5), {0.5, 0.9}), ContainsSubstring("let it end with 0"));
  CHECK_THROWS_WITH(check(config(1.0), times, 30), ContainsSubstring("between 0 and the side"));
  auto far = config(1.0);
  far.observer = {0, 0, 0};
  CHECK_THROWS_WITH(check(far, times, 30), ContainsSubstring("take a larger box"));
  auto range = config(0.5);
  range.ra_deg = {0, 90};
  CHECK_THROWS_WITH(check(range, times), ContainsSubstring("sky is not \"range\""));
  range.sky = "range";
  check(range, times);
  range.dec_deg = {30, 20};
  CHECK_THROWS_WITH(check(range, times), ContainsSubstring("the second one larger"));
  auto seed = config(0.5);
  seed.seed = 3;
  CHECK_THROWS_WITH(check(seed, times), ContainsSubstring("turn_shells is false"));
}
