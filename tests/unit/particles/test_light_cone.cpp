// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/particles/light_cone.hpp"
#include "simulation.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

struct ConeSetup {
  BoxConfig box{100, 16};
  InitialConfig initial{.seed = 3, .scale_factor = 0.4};
  StepConfig steps{.count = 4};
  LightConeConfig cone{.redshift = 0.11, .thickness = 70, .lines_of_sight = 2, .cloud = 0.5};
  fields::FlatSky sky{16, 8};

  LightCone make(test::Simulation const& simulation) const {
    return {test::world(), cone, sky, box, initial.seed, simulation.background};
  }
};

/// The masses of all pixels, found particle by particle: the crossing by halving the step in double
/// precision, images and overlaps by their definition.
class SlowCone {
 public:
  SlowCone(ConeSetup const& setup, std::vector<LensPlane> const& planes)
      : setup_(setup), planes_(planes) {
    auto const pixels = static_cast<std::size_t>(setup.sky.size());
    mass.resize(planes.size() * static_cast<std::size_t>(setup.cone.lines_of_sight) * pixels);
  }

  void add_step(test::Simulation const& simulation, Evolution const& evolution) {
    for (auto const& particle : simulation.snapshot())
      for (std::int64_t line = 0; line < setup_.cone.lines_of_sight; ++line)
        for (std::int64_t repetition = 0; repetition < 4; ++repetition)
          add(particle, simulation.background, evolution,
              draw_view(3, line, repetition, setup_.box.side));
  }

  std::vector<double> mass;
  std::int64_t crossings = 0;

 private:
  void add(Particle const& particle, cosmology::Background const& background,
           Evolution const& evolution, BoxView const& view) {
    double const period = setup_.box.side;
    double at[3], momentum[3];
    for (int i = 0; i < 3; ++i) {
      double const sign = view.mirrored[i] ? -1 : 1, shift = view.shift[i] * 0x1p-32;
      double const x = sign * particle.position[view.axis[i]] * 0x1p-32 + shift;
      at[i] = period * (x - std::floor(x));
      momentum[i] = sign * static_cast<double>(particle.momentum[view.axis[i]]);
    }
    for (int copies = -1; copies <= 1; ++copies) {
      auto const ahead = [&](double a) {  // of the cone
        return view.start + at[2] + copies * period + evolution.drift_to(a) * momentum[2] -
               background.comoving_distance(1 / a - 1);
      };
      double low = evolution.before(), high = evolution.now();
      if (!(ahead(low) < 0) || !(ahead(high) >= 0)) continue;
      for (int i = 0; i < 60; ++i) {
        double const middle = 0.5 * (low + high);
        (ahead(middle) < 0 ? low : high) = middle;
      }
      double const distance = background.comoving_distance(1 / low - 1);
      double const beyond = distance - view.start;
      if (beyond <= 0 || beyond > period || distance >= planes_.back().far) continue;
      ++crossings;
      double const drift = evolution.drift_to(low);
      for (int m = -2; m <= 2; ++m)
        for (int n = -2; n <= 2; ++n)
          add_cloud(view.line, distance, at[0] + drift * momentum[0] + m * period,
                    at[1] + drift * momentum[1] + n * period);
    }
  }

  void add_cloud(std::int64_t line, double distance, double x, double y) {
    std::size_t plane = 0;
    while (planes_[plane].far <= distance) ++plane;
    auto const n = static_cast<double>(setup_.sky.pixels);
    double const cloud =
        setup_.cone.cloud * setup_.box.side / static_cast<double>(setup_.box.particles);
    auto const share = [&](double centre, double pixel) {
      double const left = distance * setup_.sky.width() * (pixel / n - 0.5);
      double const right = distance * setup_.sky.width() * ((pixel + 1) / n - 0.5);
      return std::max(0.0,
                      std::min(right, centre + cloud / 2) - std::max(left, centre - cloud / 2)) /
             cloud;
    };
    double* const map = &mass[(static_cast<std::size_t>(line) * planes_.size() + plane) *
                              static_cast<std::size_t>(setup_.sky.size())];
    for (int row = 0; row < n; ++row)
      for (int column = 0; column < n; ++column)
        map[row * setup_.sky.pixels + column] += share(y, row) * share(x, column);
  }

  ConeSetup const& setup_;
  std::vector<LensPlane> planes_;
};

}  // namespace

TEST_CASE("planes hold the particles that cross the cone", "[particles][light_cone]") {
  ConeSetup const setup;
  test::Simulation simulation(test::world(), setup.box, 2);
  simulation.begin(setup.initial);
  auto cone = setup.make(simulation);
  SlowCone slow(setup, cone.geometry());
  auto evolution = simulation.start_evolution(setup.steps, setup.initial.scale_factor);
  while (!evolution.finished()) {
    evolution.step();
    cone.add_step(ExecSpace(), evolution, simulation.slab);
    slow.add_step(simulation, evolution);
  }
  auto const planes = cone.planes(ExecSpace());
  REQUIRE(planes.planes.size() == 5);
  auto const delta = Kokkos::create_mirror_view_and_copy(HostSpace(), planes.overdensity);
  REQUIRE(delta.size() == slow.mass.size());
  auto const size = static_cast<std::size_t>(setup.sky.size());
  double total = 0, largest = 0;
  for (std::size_t i = 0; i < slow.mass.size(); ++i) {
    double const mean = planes.planes[i / size % 5].mean_mass;
    // The way within a step is linear in the distance between 33 of them.
    double const found = (1 + static_cast<double>(delta.data()[i])) * mean;
    largest = std::max(largest, std::abs(found - slow.mass[i]));
    total += slow.mass[i];
  }
  CHECK(largest < 2e-3);
  CHECK(total > 100);
  // Repetitions 0 to 2 of both lines of sight show every particle about once, the fourth a part.
  CHECK_THAT(static_cast<double>(slow.crossings) / (2 * 4096),
             WithinRel(planes.planes.back().far / 100, 0.01));
}

TEST_CASE("the particles of a cone are those of its planes", "[particles][light_cone]") {
  ConeSetup setup;
  setup.cone.cloud = 0;
  test::Simulation simulation(test::world(), setup.box, 2);
  simulation.begin(setup.initial);
  auto cone = setup.make(simulation);
  auto const& planes = cone.geometry();
  auto const pixels = setup.sky.pixels;
  std::vector<double> counts(planes.size() * static_cast<std::size_t>(2 * setup.sky.size()));
  auto evolution = simulation.start_evolution(setup.steps, setup.initial.scale_factor);
  while (!evolution.finished()) {
    evolution.step();
    cone.add_step(ExecSpace(), evolution, simulation.slab);
    auto const all = simulation.snapshot();  // by id
    for (auto const& particle : cone.crossed(ExecSpace(), evolution, simulation.slab)) {
      auto const plane = static_cast<std::int64_t>(particle.place[2] / planes[0].far);
      auto const pixel = [&](int i) {
        double const angle = particle.place[i] / particle.place[2];
        return static_cast<std::int64_t>((angle / setup.sky.width() + 0.5) *
                                         static_cast<double>(pixels));
      };
      auto const map = particle.line * std::ssize(planes) + plane;
      counts[static_cast<std::size_t>((map * pixels + pixel(1)) * pixels + pixel(0))] += 1;
      // The same speed, whichever way the view is turned.
      double speed = 0, momentum = 0;
      for (int i = 0; i < 3; ++i) {
        speed += std::pow(static_cast<double>(particle.velocity[i]), 2);
        momentum += std::pow(static_cast<double>(all[particle.id].momentum[i]), 2);
      }
      double const a = 1 / (1 + simulation.background.redshift(particle.place[2]));
      REQUIRE_THAT(std::sqrt(speed), WithinRel(100 * std::sqrt(momentum) / a, 1e-5));
    }
  }
  auto const result = cone.planes(ExecSpace());
  auto const delta = Kokkos::create_mirror_view_and_copy(HostSpace(), result.overdensity);
  double missed = 0, total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto const plane = i / static_cast<std::size_t>(setup.sky.size()) % planes.size();
    double const mass = (1 + static_cast<double>(delta.data()[i])) * planes[plane].mean_mass;
    missed += std::abs(mass - counts[i]);
    total += counts[i];
  }
  // Two in a thousand points lie astride pixels, being squares of a thousandth of one.
  CHECK(total > 100);
  CHECK(missed < 0.004 * total);
}

TEST_CASE("planes fill the cone's volume", "[particles][light_cone]") {
  ConeSetup const setup;
  test::Simulation const simulation(test::world(), setup.box, 1);
  auto const planes = setup.make(simulation).geometry();
  double const reach = simulation.background.comoving_distance(setup.cone.redshift);
  double volume = 0, particles = 0;
  for (auto const& plane : planes) {
    CHECK(plane.far - plane.near <= setup.cone.thickness);
    CHECK((plane.near < plane.distance && plane.distance < plane.far));
    CHECK_THAT(simulation.background.comoving_distance(1 / plane.scale_factor - 1),
               WithinRel(plane.distance, 1e-8));
    volume += plane.distance * plane.distance * plane.thickness;
    particles += plane.mean_mass * static_cast<double>(setup.sky.size());
  }
  CHECK_THAT(planes.back().far, WithinRel(reach, 1e-12));
  CHECK_THAT(volume, WithinRel(std::pow(reach, 3) / 3, 1e-12));
  CHECK_THAT(particles, WithinRel(volume * setup.sky.area() * std::pow(0.16, 3), 1e-12));
}

TEST_CASE("views are symmetries of the box, all 48, keyed by line and repetition",
          "[particles][light_cone]") {
  std::map<int, int> counts;
  std::set<Position> shifts;
  for (std::int64_t i = 0; i < 4800; ++i) {
    auto const view = draw_view(1, i % 60, i / 60, 100);
    CHECK(view.start == 100.0 * static_cast<double>(i / 60));
    auto axes = std::to_array(view.axis);
    int key = axes[0] * 3 + axes[1];
    for (bool const mirrored : view.mirrored) key = 2 * key + (mirrored ? 1 : 0);
    ++counts[key];
    for (auto const shift : view.shift) shifts.insert(shift);
    std::sort(axes.begin(), axes.end());
    REQUIRE(axes == std::array<int, 3>{0, 1, 2});
  }
  REQUIRE(counts.size() == 48);
  CHECK(shifts.size() > 14390);  // of 14400
  double chi_square = 0;         // 47 degrees of freedom; above 82.7 once in 1000
  for (auto const& [key, count] : counts) chi_square += std::pow(count - 100, 2) / 100.0;
  CHECK(chi_square < 82.7);
  auto const one = draw_view(1, 2, 3, 100), same = draw_view(1, 2, 3, 100);
  CHECK(std::memcmp(one.shift, same.shift, sizeof one.shift) == 0);
  CHECK(std::memcmp(one.shift, draw_view(2, 2, 3, 100).shift, sizeof one.shift) != 0);
}

TEST_CASE("cones that a simulation cannot fill are refused", "[particles][light_cone]") {
  ConeSetup setup;
  test::Simulation const simulation(test::world(), setup.box, 1);
  auto const message = [&] {
    try {
      setup.cone.check(setup.sky, setup.box, setup.initial, setup.steps, simulation.background);
    } catch (core::InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message().empty());
  setup.cone.redshift = 2;
  CHECK_THAT(message(), ContainsSubstring("particles start at redshift 1.5") &&
                            ContainsSubstring("initial.scale_factor to 0.3333"));
  setup.cone.redshift = 0.11;
  setup.steps.end = 0.9;
  CHECK_THAT(message(), ContainsSubstring("steps.end = 0.9"));
  setup.steps.end = 1;
  setup.sky.width_deg = 30;
  CHECK_THAT(message(), ContainsSubstring("at most 20"));
  setup.sky.width_deg = 20;
  setup.cone.redshift = 0.6;
  CHECK_THAT(message(), ContainsSubstring("more than 4 times") && ContainsSubstring("at least 1"));
  setup.sky.width_deg = 8;
  auto curved = simulation.background.cosmology();
  curved.omega_k = 0.1;
  CHECK_THROWS_WITH(setup.cone.check(setup.sky, setup.box, setup.initial, setup.steps,
                                     cosmology::Background(curved)),
                    ContainsSubstring("omega_k = 0.1"));
}
