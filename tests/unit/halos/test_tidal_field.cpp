// SPDX-License-Identifier: BSD-3-Clause
// The tidal tensor of known fields. Fixed seeds: no false alarms.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "catch.hpp"
#include "particles_support.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/tidal_field.hpp"

using namespace shearwater;
using halos::TidalField;
using test::Point;

namespace {

using Fft = parallel::Fft3<double>;
constexpr int components[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};

template <class Value>
Fft::Grid filled(Fft const& fft, Value const& value) {
  auto const grid = fft.make_grid("test::density");
  auto const host = Kokkos::create_mirror_view(grid);
  for (std::int64_t i = 0; i < fft.side(); ++i)
    for (std::int64_t j = 0; j < fft.side(); ++j)
      for (std::int64_t k = 0; k < fft.side(); ++k) host(i, j, k) = value(i, j, k);
  Kokkos::deep_copy(grid, host);
  return grid;
}

/// Independent normal numbers in every cell of a box with cells of 1 Mpc/h.
TidalField white_noise(Fft const& fft, std::uint64_t seed) {
  std::int64_t const n = fft.side();
  auto const grid = filled(fft, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    return core::Stream(seed, core::Purpose::field, static_cast<std::uint64_t>((i * n + j) * n + k))
        .normal();
  });
  return {fft, ExecSpace(), static_cast<double>(n), grid, TidalField::Window::none};
}

/// A grid without its padding.
std::vector<double> cells_of(Fft::Grid const& grid) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), grid);
  std::int64_t const n = host.extent_int(1);
  std::vector<double> cells;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t k = 0; k < n; ++k) cells.push_back(host(i, j, k));
  return cells;
}

std::array<std::vector<double>, 6> tensor_of(TidalField const& field, double smoothing) {
  std::array<std::vector<double>, 6> tensor;
  for (std::size_t c = 0; c < 6; ++c)
    tensor[c] =
        cells_of(field.component(ExecSpace(), components[c][0], components[c][1], smoothing));
  return tensor;
}

double mean_square(std::vector<double> const& values) {
  double sum = 0;
  for (double const v : values) sum += v * v;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("the trace is the smoothed density and the squares add up to its own", "[halos]") {
  Fft const fft(test::world(), 24);
  auto const field = white_noise(fft, 1);
  for (double const smoothing : {0.0, 1.0, 3.0}) {
    auto const tensor = tensor_of(field, smoothing);
    auto const density = cells_of(field.overdensity(ExecSpace(), smoothing));
    double const variance = mean_square(density);
    double worst = 0, squares = 0;
    for (std::size_t i = 0; i < density.size(); ++i)
      worst = std::max(worst, std::abs(tensor[0][i] + tensor[1][i] + tensor[2][i] - density[i]));
    for (std::size_t c = 0; c < 6; ++c) squares += (c < 3 ? 1 : 2) * mean_square(tensor[c]);
    INFO("smoothing " << smoothing << ": trace off by " << worst / std::sqrt(variance)
                      << " rms, squares by " << squares / variance - 1);
    REQUIRE(variance > 1e-4);
    // Transforms of 24^3 numbers in double precision: 1e-15 of the rms.
    CHECK(worst < 1e-12 * std::sqrt(variance));
    CHECK_THAT(squares, WithinRel(variance, 1e-12));
  }
}

TEST_CASE("the tensor of a Gaussian field has Doroshkevich's statistics", "[halos]") {
  // <T_ij T_kl> = sigma^2/15 (d_ij d_kl + d_ik d_jl + d_il d_jk); eigenvalues: Doroshkevich (1970).
  // 32 fields of 32^3 with R of a cell: the means of the three axes scatter by 0.2 % and 0.3 %
  // about sigma^2/5 and sigma^2/15, the fractions by 0.001.
  Fft const fft(test::world(), 32);
  double variance = 0, diagonal = 0, mixed = 0, cells = 0;
  double positive[4] = {0, 0, 0, 0};
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    auto const field = white_noise(fft, seed);
    auto const tensor = tensor_of(field, 1.0);
    variance += mean_square(cells_of(field.overdensity(ExecSpace(), 1.0)));
    for (std::size_t c = 0; c < 6; ++c) (c < 3 ? diagonal : mixed) += mean_square(tensor[c]) / 3;
    for (std::size_t i = 0; i < tensor[0].size(); i += 3) {
      auto const axes = halos::tidal_axes(
          {tensor[0][i], tensor[1][i], tensor[2][i], tensor[3][i], tensor[4][i], tensor[5][i]});
      ++positive[std::count_if(axes.value.begin(), axes.value.end(),
                               [](double v) { return v > 0; })];
      ++cells;
    }
  }
  INFO("5 Var T_xx / sigma^2 = " << 5 * diagonal / variance << ", 15 Var T_xy / sigma^2 = "
                                 << 15 * mixed / variance << ", positive: 3 " << positive[3] / cells
                                 << ", 2 " << positive[2] / cells << ", 1 " << positive[1] / cells
                                 << ", 0 " << positive[0] / cells);
  CHECK_THAT(5 * diagonal / variance, WithinRel(1.0, 0.01));
  CHECK_THAT(15 * mixed / variance, WithinRel(1.0, 0.01));
  CHECK_THAT(positive[3] / cells, WithinAbs(0.08, 0.005));
  CHECK_THAT(positive[2] / cells, WithinAbs(0.42, 0.005));
  CHECK_THAT(positive[1] / cells, WithinAbs(0.42, 0.005));
  CHECK_THAT(positive[0] / cells, WithinAbs(0.08, 0.005));
}

TEST_CASE("a plane wave is pulled along its wave vector alone", "[halos]") {
  std::int64_t const n = 16, wave[3] = {2, -1, 3};
  double const box = 40, amplitude = 0.3, smoothing = 3, unit = 2 * std::numbers::pi / box;
  double square = 0;
  for (auto const w : wave) square += unit * unit * static_cast<double>(w * w);
  double const damped = amplitude * std::exp(-square * smoothing * smoothing / 2);
  auto const phase = [&](double x, double y, double z) {
    return unit * (static_cast<double>(wave[0]) * x + static_cast<double>(wave[1]) * y +
                   static_cast<double>(wave[2]) * z);
  };
  double const cell = box / static_cast<double>(n);
  auto const place = [&](std::int64_t i) { return cell * static_cast<double>(i); };

  SECTION("as a field") {
    Fft const fft(test::world(), n);
    auto const grid = filled(fft, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
      return amplitude * std::cos(phase(place(i), place(j), place(k)));
    });
    TidalField const field(fft, ExecSpace(), box, grid, TidalField::Window::none);
    std::vector<double> const points = {0, 0, 0, place(3), place(5), place(15), box, 0, place(7)};
    auto const tensors = field.at(ExecSpace(), points, {smoothing});
    for (std::size_t p = 0; p < 3; ++p)
      for (std::size_t c = 0; c < 6; ++c) {
        double const direction = unit * unit * static_cast<double>(wave[components[c][0]]) *
                                 static_cast<double>(wave[components[c][1]]) / square;
        double const density =
            damped * std::cos(phase(points[3 * p], points[3 * p + 1], points[3 * p + 2]));
        CHECK_THAT(tensors[p][c], WithinAbs(direction * density, 1e-14));
      }
    auto const axes = halos::tidal_axes(tensors[0]);
    CHECK_THAT(axes.value[0], WithinAbs(damped, 1e-14));
    CHECK_THAT(axes.value[2], WithinAbs(0, 1e-14));
    for (std::size_t a = 0; a < 3; ++a)
      CHECK_THAT(axes.axis[0][a],
                 WithinAbs(unit * static_cast<double>(wave[a]) / std::sqrt(square), 1e-12));
  }
  SECTION("as particles of unequal mass, whose clouds are undone") {
    // On the nodes a cloud is a cell, and what is undone stays too much: sinc^-2 for each axis.
    std::vector<Point> points;
    std::vector<double> mass;
    for (std::int64_t i = 0; i < n * n * n; ++i) {
      points.push_back({place(i / (n * n)), place(i / n % n), place(i % n)});
      mass.push_back(1e10 * (1 + amplitude * std::cos(phase(points.back()[0], points.back()[1],
                                                            points.back()[2]))));
    }
    particles::ParticleSet<double> set;
    set.positions = test::positions_of<double>(points, 0, 1);
    set.masses = test::on_device(mass);
    set.box_side = box;
    auto const field = TidalField::of_particles<double>(test::world(), ExecSpace(), set, n);
    double expected = damped;
    for (auto const w : wave) {
      double const turn = std::numbers::pi * static_cast<double>(w) / static_cast<double>(n);
      expected *= std::pow(turn / std::sin(turn), 2);
    }
    auto const axes = halos::tidal_axes(field.at(ExecSpace(), {0, 0, 0}, {smoothing})[0]);
    CHECK_THAT(axes.value[0], WithinRel(expected, 1e-12));
  }
}

TEST_CASE("tides come with falling eigenvalues and axes of one sign", "[halos]") {
  // 2 along x, -1 along (0, 1, -1), 0.5 along (0, 1, 1).
  auto const axes = halos::tidal_axes({2, -0.25, -0.25, 0, 0, 0.75});
  double const diagonal = std::sqrt(0.5);
  double const value[3] = {2, 0.5, -1},
               axis[3][3] = {{1, 0, 0}, {0, diagonal, diagonal}, {0, diagonal, -diagonal}};
  for (std::size_t n = 0; n < 3; ++n) {
    CHECK_THAT(axes.value[n], WithinAbs(value[n], 1e-14));
    for (std::size_t a = 0; a < 3; ++a) CHECK_THAT(axes.axis[n][a], WithinAbs(axis[n][a], 1e-12));
  }
}

TEST_CASE("smoothings that the mesh cannot have are refused with the remedy", "[halos]") {
  Fft const fft(test::world(), 24);
  auto const field = white_noise(fft, 1);
  auto const at = [&](double smoothing) {
    return field.at(ExecSpace(), {1, 1, 1}, {2, smoothing});
  };
  CHECK_THROWS_WITH(at(0.9), ContainsSubstring("tidal.smoothing = 0.9") &&
                                 ContainsSubstring("between 1 Mpc/h, a cell of the mesh of 24^3"));
  CHECK_THROWS_WITH(at(13), ContainsSubstring("12, half the box"));
  CHECK_THROWS_AS(at(std::nan("")), core::InputError);
  CHECK(at(1).size() == 2);
  CHECK(halos::tidal_mesh(64 * 64 * 64) == 64);
  CHECK(halos::tidal_mesh(65 * 65 * 65 + 1) == 66);
  CHECK(halos::tidal_mesh(1) == 2);
}
