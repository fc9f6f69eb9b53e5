// SPDX-License-Identifier: BSD-3-Clause
// Galaxies of a Gaussian density field, shaped by its tides as `populate` shapes them: the
// amplitude that they were given is found from their pairs. Places follow 1 + b delta and shapes
// the tides of the same smoothed field, whose three-point functions vanish: theory is exact at all
// separations.
#include <cmath>

#include "catch.hpp"
#include "halos_of_tests.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/cosmology/projected_correlations.hpp"
#include "shearwater/galaxies/nla_fit.hpp"
#include "shearwater/galaxies/observation.hpp"
#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/halos/tidal_field.hpp"
#include "shearwater/particles/density_field.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr double side = 400, smoothing = 10, bias = 1.5, amplitude = 8, pi_max = 60;
constexpr std::int64_t mesh = 128, candidates = 60'000;

cosmology::Cosmology universe() {
  cosmology::Cosmology result;
  result.sigma_8 = 0.4;  // 1 + b delta stays positive
  return result;
}

halos::TidalField draw_tides(std::int64_t seed) {
  auto const& comm = test::world();
  particles::Fft const fft(comm, mesh);
  auto const drawn = fft.make_grid("test::drawn");
  particles::draw_density(fft, {side, mesh}, {.seed = seed}, cosmology::LinearPower(universe()),
                          fft.modes(drawn));
  fft.inverse(ExecSpace(), drawn);
  halos::TidalField::Fft const wide(comm, mesh);
  auto const density = wide.make_grid("test::density");
  for (std::int64_t i = 0; i < mesh; ++i)
    for (std::int64_t j = 0; j < mesh; ++j)
      for (std::int64_t k = 0; k < mesh; ++k)
        density(i, j, k) = static_cast<double>(drawn(i, j, k));
  return {wide, ExecSpace(), side, density, halos::TidalField::Window::none};
}

/// Halos at places where the density chose them, with the tides there.
galaxies::HaloBlock draw_halos(std::int64_t seed) {
  core::Stream random(static_cast<std::uint64_t>(seed), core::Purpose::observation, 0);
  std::vector<double> points;
  for (std::int64_t i = 0; i < 3 * candidates; ++i) points.push_back(side * random.uniform());
  auto const tensors = draw_tides(seed).at(ExecSpace(), points, {smoothing});
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    double const delta = tensors[i][0] + tensors[i][1] + tensors[i][2];
    if (random.uniform() * 2.5 < 1 + bias * delta) chosen.push_back(i);
  }
  auto const n = std::ssize(chosen);
  auto block = test::equal_halos(n, 1e13);
  block.tidal_values = Array2<float>("test::tides", static_cast<std::size_t>(n), 3);
  block.tidal_axes = Array3<float>("test::tidal_axes", static_cast<std::size_t>(n), 3, 3);
  for (std::int64_t h = 0; h < n; ++h) {
    auto const from = chosen[static_cast<std::size_t>(h)];
    auto const axes = halos::tidal_axes(tensors[from]);
    for (std::size_t a = 0; a < 3; ++a) {
      block.position(h, a) = points[3 * from + a];
      block.tidal_values(h, a) = static_cast<float>(axes.value[a]);
      for (std::size_t k = 0; k < 3; ++k)
        block.tidal_axes(h, a, k) = static_cast<float>(axes.axis[a][k]);
    }
  }
  galaxies::set_profiles(ExecSpace(), block, {}, {}, 1);
  return block;
}

/// With `turned` by 45 degrees on the sky: then e_+ is what e_x was.
galaxies::PairSample shaped_galaxies(std::int64_t seed, galaxies::SubBoxes const& boxes,
                                     bool turned) {
  auto const block = draw_halos(seed);
  auto made = galaxies::place_galaxies(ExecSpace(), block, test::fixed_counts(block.size(), 0),
                                       galaxies::NfwTable(), {}, static_cast<std::uint64_t>(seed));
  galaxies::OrientationConfig config;
  config.model = "tidal";
  config.a_1 = amplitude;
  config.b_to_a = config.c_to_a = 1;
  galaxies::make_orienter(config, 9, {universe().omega_m(), 1})->orient(ExecSpace(), block, made);
  auto const e = galaxies::project_along_axis(ExecSpace(), made, 2);
  galaxies::PairSample sample;
  for (std::int64_t i = 0; i < made.size(); ++i) {
    double const x[3] = {made.position(i, 0), made.position(i, 1), made.position(i, 2)};
    double const e1 = static_cast<double>(e(i, 0)), e2 = static_cast<double>(e(i, 1));
    sample.position.insert(sample.position.end(), x, x + 3);
    sample.mark.insert(sample.mark.end(), {turned ? e2 : e1, turned ? -e1 : e2, 0.0});
    sample.id.push_back(i);
    sample.region.push_back(boxes.of(x));
  }
  return sample;
}

galaxies::NlaFit fit(std::int64_t seed, bool turned) {
  galaxies::SubBoxes const boxes{side, 4};
  auto const sample = shaped_galaxies(seed, boxes, turned);
  galaxies::PairConfig config;
  config.geometry = galaxies::PairGeometry::projected;
  config.edges = galaxies::logarithmic_edges(8, 60, 6);
  config.pi_max = pi_max;
  config.box_side = side;
  config.regions = boxes.count();
  auto const sums = galaxies::sum_pairs(test::world(), config, sample);
  auto const randoms = galaxies::random_pairs(test::world(), config, sample, nullptr);
  auto const data = [&](char const* name) {
    auto const measured =
        galaxies::correlation(galaxies::statistic(name), config, sums, randoms, boxes);
    return galaxies::projected_data(measured, 8, 60, boxes.count());
  };
  // Both the places and the tides are of the smoothed field: two factors of the smoothing.
  cosmology::LinearPower const power(universe());
  cosmology::ProjectedCorrelations const theory(power, std::sqrt(2.0) * smoothing);
  double const unit = cosmology::alignment_normalisation * universe().omega_m();
  auto const shapes = data("wg_plus"), places = data("wgg");
  return galaxies::fit_nla(
      shapes,
      [&](double low, double high) { return unit * theory.projected_tidal(low, high, pi_max); },
      &places, [&](double low, double high) { return theory.projected_density(low, high, pi_max); },
      0, false);
}

}  // namespace

// Eight numbers, each within 5 errors, which 64 regions tell to 20 %: a false alarm has a
// probability of 3e-4.
TEST_CASE("the amplitude of shapes drawn from tides is recovered", "[galaxies][unit]") {
  double mean = 0, square = 0;
  for (std::int64_t const seed : {1, 2, 3}) {
    auto const found = fit(seed, false);
    CAPTURE(seed, found.amplitude, found.amplitude_error, found.bias, found.bias_error,
            found.chi_square);
    CHECK(std::abs(found.amplitude - amplitude) < 5 * found.amplitude_error);
    CHECK(std::abs(found.bias - bias) < 5 * found.bias_error);
    CHECK(found.amplitude_error < 0.2 * amplitude);
    CHECK(found.chi_square < 30);  // of 5: 1e-5
    mean += found.amplitude / 3, square += found.amplitude_error * found.amplitude_error / 9;
  }
  CAPTURE(mean, std::sqrt(square));
  CHECK(std::abs(mean - amplitude) < 5 * std::sqrt(square));
  CHECK(std::sqrt(square) < 0.1 * amplitude);
}

TEST_CASE("shapes turned by 45 degrees have no amplitude", "[galaxies][unit]") {
  auto const found = fit(4, true);
  CAPTURE(found.amplitude, found.amplitude_error);
  CHECK(std::abs(found.amplitude) < 5 * found.amplitude_error);
  CHECK(found.amplitude_error < 0.2 * amplitude);
}
