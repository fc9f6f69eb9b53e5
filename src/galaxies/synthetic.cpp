// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/synthetic.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "axis_rows.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::galaxies {

void SyntheticConfig::describe(core::Fields& field) {
  field("count", count, "", "halos").between(1, 1e12);
  field("box_side", box_side, "Mpc/h", "side of the box; 0: as many halos as tinker has in it")
      .between(0, 1e6);
  field("mass_function", mass_function, "", "how masses are distributed")
      .one_of({"power_law", "tinker"});
  field("smallest_mass", smallest_mass, "Msun/h", "of a halo").between(1e6, 1e17);
  field("largest_mass", largest_mass, "Msun/h", "of a halo").between(1e6, 1e17);
  field("slope", slope, "", "power_law: of dn/dM").between(-5, -1.01);
  field("velocity", velocity, "km/s", "dispersion of one component").between(0, 1e5);
  field("b_to_a", b_to_a, "", "ratio of the middle to the major axis").between(0.05, 1);
  field("c_to_a", c_to_a, "", "ratio of the minor to the major axis").between(0.05, 1);
  field("seed", seed, "", "of the halos").at_least(0);
}

void SyntheticConfig::check() const {
  if (!(largest_mass > smallest_mass))
    throw core::InputError(
        fmt::format("synthetic.largest_mass = {:g}: must exceed synthetic.smallest_mass = {:g}",
                    largest_mass, smallest_mass));
  if (c_to_a > b_to_a)
    throw core::InputError(fmt::format(
        "synthetic.c_to_a = {:g}: must not exceed synthetic.b_to_a = {:g}", c_to_a, b_to_a));
  if (box_side == 0 && mass_function != "tinker")
    throw core::InputError(
        "synthetic.box_side: give it, or mass_function = \"tinker\", which has a density");
}

namespace {

/// Numbers above each of many masses, from the largest mass down, and the masses' logarithms.
struct Cumulative {
  std::vector<double> log_mass, above;
};

Cumulative cumulative(SyntheticConfig const& config, cosmology::MassFunction const* f) {
  constexpr int steps = 4000;
  double const low = std::log(config.smallest_mass), high = std::log(config.largest_mass);
  auto const density = [&](double log_mass) {
    return f != nullptr ? (*f)(std::exp(log_mass))
                        : std::exp((config.slope + 1) * (log_mass - low));
  };
  // A mass of a mass function takes a millisecond; its logarithm is smooth.
  int const coarse = f != nullptr ? 200 : steps;
  std::vector<double> node;
  for (int i = 0; i <= coarse; ++i)
    node.push_back(std::log(density(low + (high - low) * i / coarse)));
  auto const at = [&](double share) {
    double const place = share * coarse;
    int const i = std::min(static_cast<int>(place), coarse - 1);
    double const w = place - i;
    auto const n = static_cast<std::size_t>(i);
    return std::exp((1 - w) * node[n] + w * node[n + 1]);
  };
  Cumulative result;
  double sum = 0;
  for (int i = steps; i >= 0; --i) {
    if (i < steps)
      sum +=
          (high - low) / steps *
          (at(static_cast<double>(i) / steps) + 4 * at((i + 0.5) / steps) + at((i + 1.0) / steps)) /
          6;
    result.log_mass.push_back(low + (high - low) * i / steps);
    result.above.push_back(sum);
  }
  return result;
}

}  // namespace

SyntheticHalos::SyntheticHalos(SyntheticConfig const& config,
                               cosmology::MassFunction const* mass_function)
    : config_(config) {
  config.check();
  auto const table = cumulative(config, mass_function);
  double const density = table.above.back();
  side_ = config.box_side > 0 ? config.box_side
                              : std::cbrt(static_cast<double>(config.count) / density);
  // Down to a share of 2e-10, the smallest that 32 bits can ask for.
  constexpr int nodes = 4096;
  double const step = std::log(0x1p33) / (nodes - 1);
  nodes_per_step_ = 1 / step;
  std::vector<double> log_mass;
  std::size_t at = table.above.size() - 1;
  for (int i = 0; i < nodes; ++i) {
    double const above = density * std::exp(-step * i);
    while (at > 0 && table.above[at - 1] > above) --at;
    if (at == 0) {
      log_mass.push_back(table.log_mass[0]);
      continue;
    }
    double const w = (above - table.above[at - 1]) / (table.above[at] - table.above[at - 1]);
    log_mass.push_back((1 - w) * table.log_mass[at - 1] + w * table.log_mass[at]);
  }
  log_mass_ = to_device("galaxies::synthetic_masses", log_mass);
}

HaloBlock SyntheticHalos::read(ExecSpace const& space, std::int64_t first,
                               std::int64_t count) const {
  HaloBlock block;
  block.id = unset<Array1<std::int64_t>>("galaxies::id", count);
  block.key = unset<Array1<std::uint64_t>>("galaxies::key", count);
  block.mass = unset<Array1<double>>("galaxies::mass", count);
  block.position = unset<Array2<double>>("galaxies::halo_position", count, 3);
  block.velocity = unset<Array2<float>>("galaxies::halo_velocity", count, 3);
  block.axes = unset<Array3<float>>("galaxies::halo_axes", count, 3, 3);
  block.axis_ratios = unset<Array2<float>>("galaxies::halo_axis_ratios", count, 2);
  block.rank = unset<Array1<float>>("galaxies::rank", count);
  auto const b = block;
  auto const table = log_mass_;
  double const per_step = nodes_per_step_, side = side_;
  int const last_step = table.extent_int(0) - 2;
  auto const seed = static_cast<std::uint64_t>(config_.seed);
  float const sigma = static_cast<float>(config_.velocity);
  float const q = static_cast<float>(config_.b_to_a), s = static_cast<float>(config_.c_to_a);
  Kokkos::parallel_for(
      "galaxies::synthetic_halos", Kokkos::RangePolicy<ExecSpace>(space, 0, count),
      KOKKOS_LAMBDA(std::int64_t h) {
        auto const id = static_cast<std::uint64_t>(first + h);
        auto const draw = [&](std::uint32_t n) {
          return galaxies::philox(seed, core::Purpose::observation, id, n);
        };
        b.id(h) = first + h;
        b.key(h) = id;
        auto const w = draw(0), v = draw(1), u = draw(2), t = draw(3);
        for (int a = 0; a < 3; ++a) b.position(h, a) = side * uniform32(w.w[a]);
        double const place = -Kokkos::log(uniform32(w.w[3])) * per_step;
        // The smallest draw asks for the last node itself, or a rounding beyond.
        int const node = Kokkos::min(static_cast<int>(place), last_step);
        double const part = place - node;
        b.mass(h) = Kokkos::exp((1 - part) * table(node) + part * table(node + 1));
        auto const one = normals(v.w[0], v.w[1]), two = normals(v.w[2], v.w[3]);
        b.velocity(h, 0) = sigma * one.first;
        b.velocity(h, 1) = sigma * one.second;
        b.velocity(h, 2) = sigma * two.first;
        Vector const major = random_direction(u.w[0], u.w[1]);
        auto const plane = plane_of(major);
        float const roll = 6.28318530718F * uniform(u.w[2]);
        float const c = Kokkos::cos(roll), d = Kokkos::sin(roll);
        Vector const middle = combine(c, plane.first, d, plane.second, 0, major);
        Vector const minor = cross(major, middle);
        store(b.axes, h, 0, major);
        store(b.axes, h, 1, middle);
        store(b.axes, h, 2, minor);
        b.axis_ratios(h, 0) = q;
        b.axis_ratios(h, 1) = s;
        b.rank(h) = uniform(t.w[0]);
      });
  return block;
}

}  // namespace shearwater::galaxies
