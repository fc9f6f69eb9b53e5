// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/orientation.hpp"

#include <fmt/format.h>

#include "axis_rows.hpp"
#include "shape_draws.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "tidal_shapes.hpp"

namespace shearwater::galaxies {

void OrientationConfig::describe(core::Fields& field) {
  field("model", model, "", "how galaxies are oriented").one_of({"random", "watson", "tidal"});
  field("central_strength", central_strength, "",
        "watson: of central galaxies about the host's major axis, at 1e13 Msun/h")
      .between(-1, 1);
  field("satellite_strength", satellite_strength, "", "watson: of satellites, at the host's radius")
      .between(-1, 1);
  field("satellite_axis", satellite_axis, "",
        "watson: what satellites are aligned with: the direction to the centre, or the host's "
        "major axis")
      .one_of({"radial", "host"});
  field("central_mass_slope", central_mass_slope, "1/dex",
        "watson: change of the centrals' strength with the host's mass");
  field("satellite_radius_slope", satellite_radius_slope, "",
        "watson: power of r / radius that the satellites' strength goes with");
  field("frame_strength", frame_strength, "",
        "watson: of the minor axis about the host's, in the plane across the major axis")
      .between(-1, 1);
  field("b_to_a", b_to_a, "", "mean ratio of the middle to the major axis; tidal: without tides")
      .between(0.05, 1);
  field("c_to_a", c_to_a, "", "mean ratio of the minor to the major axis; tidal: without tides")
      .between(0.05, 1);
  field("ratio_scatter", ratio_scatter, "", "standard deviation of both").between(0, 1);
  field("a_1", a_1, "", "tidal: amplitude of the linear alignment (A_IA)");
  field("a_2", a_2, "", "tidal: amplitude of the quadratic alignment (tidal torquing)");
  field("density_bias", density_bias, "", "tidal: b_TA, weight of the overdensity in a_1");
}

void OrientationConfig::check(char const* table) const {
  if (c_to_a > b_to_a)
    throw core::InputError(fmt::format("{0}.c_to_a = {1:g}: must not exceed {0}.b_to_a = {2:g}",
                                       table, c_to_a, b_to_a));
  std::vector<std::string> const watson_keys = {"central_strength",       "satellite_strength",
                                                "satellite_axis",         "central_mass_slope",
                                                "satellite_radius_slope", "frame_strength"};
  auto const refuse = [&](std::vector<std::string> const& keys) {
    core::refuse_changed(table, *this, keys, fmt::format("{}.model = \"{}\"", table, model));
  };
  if (model != "watson") refuse(watson_keys);
  if (model != "tidal") refuse({"a_1", "a_2", "density_bias"});
}

namespace {

constexpr float kLargestStrength = 0.99F, kPivotMass = 1e13F;

KOKKOS_INLINE_FUNCTION float held(float mu) {
  return mu > kLargestStrength ? kLargestStrength : mu < -kLargestStrength ? -kLargestStrength : mu;
}

/// How axes are drawn: numbers that kernels copy.
struct Scatter {
  std::uint64_t seed;
  float central, satellite, mass_slope, radius_slope, frame;
  bool uniform, about_host;
  RatioScatter ratios;

  KOKKOS_INLINE_FUNCTION float central_strength(double mass) const {
    if (mass_slope == 0) return central;
    return held(central + mass_slope * Kokkos::log10(static_cast<float>(mass / kPivotMass)));
  }
  KOKKOS_INLINE_FUNCTION float satellite_strength(float r, float radius) const {
    if (radius_slope == 0) return satellite;
    return r > 0 ? held(satellite * Kokkos::pow(r / radius, radius_slope)) : held(satellite);
  }
};

/// The minor axis across `major`: by the frame strength about `host_minor` as seen along the major
/// axis where that is known, else uniform.
KOKKOS_INLINE_FUNCTION Vector draw_minor(Scatter const& how, Vector const& major,
                                         Vector const& host_minor, std::uint32_t roll,
                                         Draws& draws) {
  Vector const seen = across(host_minor, major);
  bool const aligned = how.frame != 0 && is_known(seen);
  float const psi = aligned ? planar_angle(how.frame, draws) : 6.28318530718F * uniform(roll);
  Vector const first = aligned ? seen : plane_of(major).first;
  float const c = Kokkos::cos(psi), s = Kokkos::sin(psi);
  return normalised(combine(c, first, s, cross(major, first), 0, major));
}

class ScatterOrienter : public Orienter {
 public:
  ScatterOrienter(OrientationConfig const& config, std::uint64_t seed)
      : how_{seed,
             static_cast<float>(config.central_strength),
             static_cast<float>(config.satellite_strength),
             static_cast<float>(config.central_mass_slope),
             static_cast<float>(config.satellite_radius_slope),
             static_cast<float>(config.frame_strength),
             config.model == "random",
             config.satellite_axis == "host",
             RatioScatter::of(config)} {}

  bool needs_axes() const override {
    return !how_.uniform && (how_.central != 0 || how_.mass_slope != 0 || how_.frame != 0 ||
                             (how_.about_host && how_.satellite != 0));
  }
  void orient(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock& galaxies) const override;

 private:
  Scatter how_;
};

void ScatterOrienter::orient(ExecSpace const& space, HaloBlock const& halos,
                             GalaxyBlock& galaxies) const {
  auto const n = galaxies.size();
  galaxies.axes = unset<Array3<float>>("galaxies::axes", n, 3, 3);
  galaxies.axis_ratios = unset<Array2<float>>("galaxies::axis_ratios", n, 2);
  bool const shaped = halos.axes.extent(0) > 0;
  bool const wants_axes = needs_axes();
  auto const how = how_;
  auto const h = halos;
  auto const g = galaxies;
  Kokkos::parallel_for(
      "galaxies::orient", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        std::int64_t const host = g.halo(i);
        bool const central = g.number(i) == 0;
        Draws draws(how.seed, core::Purpose::orientation, h.key(host), g.number(i));
        Vector about{0, 0, 0}, minor{0, 0, 0};
        float mu = 0;
        if (!how.uniform) {
          bool const by_host = central || how.about_host;
          Vector const offset{g.offset(i, 0), g.offset(i, 1), g.offset(i, 2)};
          if (shaped && by_host) about = axis_of(h.axes, host, 0);
          if (shaped) minor = axis_of(h.axes, host, 2);
          if (!by_host) about = normalised(offset);
          mu = central ? how.central_strength(h.mass(host))
                       : how.satellite_strength(Kokkos::sqrt(dot(offset, offset)), h.radius(host));
          if (wants_axes && by_host && !is_known(about)) g.flag(i) |= io::unknown_host_axes;
        }
        std::uint32_t roll = 0;
        Vector major;
        if (mu == 0 || !is_known(about)) {
          auto const w = draws.words();
          major = random_direction(w.w[0], w.w[1]);
          roll = w.w[3];
        } else {
          major = normalised(watson_axis(about, mu, draws, roll));
        }
        Vector const last = draw_minor(how, major, minor, roll, draws);
        store(g.axes, i, 0, major);
        store(g.axes, i, 1, cross(last, major));
        store(g.axes, i, 2, last);
        auto const ratios = draw_ratios(how.ratios, draws);
        g.axis_ratios(i, 0) = ratios.q;
        g.axis_ratios(i, 1) = ratios.s;
      });
}

}  // namespace

std::unique_ptr<Orienter> make_orienter(OrientationConfig const& config, std::uint64_t seed,
                                        TidalAmplitude const& amplitude) {
  config.check();
  if (config.model == "tidal") return make_tidal_orienter(config, seed, amplitude);
  return std::make_unique<ScatterOrienter>(config, seed);
}

}  // namespace shearwater::galaxies
