// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <fstream>
#include <functional>
#include <numbers>
#include <sstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/linear_power.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "support.hpp"
#include "vector_math.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

/// Writes rows made by value(k) for k = 1e-4 ... 100 h/Mpc.
void write_table(std::string const& path, std::string const& header,
                 std::function<std::string(double)> const& row) {
  std::ofstream file(path);
  file.precision(12);
  file << header << "\n";
  for (int i = 0; i <= 600; ++i) {
    double const k = 1e-4 * std::pow(10.0, i / 100.0);
    file << k << " " << row(k) << "\n";
  }
}

std::string text(double value) {
  std::ostringstream stream;
  stream.precision(12);
  stream << value;
  return stream.str();
}

}  // namespace

TEST_CASE("the vector functions agree with the library's", "[unit][cosmology]") {
  for (double x = -650; x < 650; x += 0.737)
    CHECK(std::abs(vector_math::exp(x) / std::exp(x) - 1) < 1e-9);
  for (double x = 1e-290; x < 1e290; x *= 3.7)
    CHECK(std::abs(vector_math::log(x) - std::log(x)) < 1e-10);
  for (double x = -3000; x < 3000; x += 0.377)
    CHECK(std::abs(vector_math::sin(x) - std::sin(x)) < 1e-9);
  CHECK(std::isfinite(vector_math::exp(1e6)));
  CHECK(vector_math::exp(-1e6) >= 0);
}

TEST_CASE("the linear spectrum has the amplitude that was asked for", "[unit][cosmology]") {
  Cosmology cosmology;
  for (auto const kind :
       {Transfer::eisenstein_hu, Transfer::eisenstein_hu_no_wiggle, Transfer::bbks}) {
    LinearPower const power(cosmology, kind);
    CHECK_THAT(power.sigma(8), WithinRel(0.831, 1e-10));
    CHECK_THAT(TransferFunction(cosmology, kind)(1e-6), WithinAbs(1, 1e-3));
  }
  // Planck's amplitude gives about its sigma_8 (0.8102, with neutrinos and a Boltzmann code: 3 %).
  Cosmology planck = named_cosmology("planck18");
  planck.a_s = 2.105e-9;
  CHECK_THAT(LinearPower(planck).sigma(8), WithinRel(0.8102, 0.03));
  // And the amplitude on the largest scales is that of the definition.
  double const k = 1e-5, growth = Background(planck).growth_matter_era(1);
  double const poisson = std::pow(k * 2997.92458, 2) * growth / planck.omega_m();
  double const delta2 =
      4.0 / 25 * 2.105e-9 * std::pow(k * planck.h / 0.05, planck.n_s - 1) * poisson * poisson;
  CHECK_THAT(LinearPower(planck)(k) * k * k * k / (2 * std::numbers::pi * std::numbers::pi),
             WithinRel(delta2, 1e-3));
}

TEST_CASE("tables of CAMB and CLASS give back the spectrum they were made of",
          "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const cosmology;
  LinearPower const exact(cosmology);
  TransferFunction const transfer(cosmology);
  write_table(folder.file("pk.dat"), "# k/h P", [&](double k) { return text(exact(k)); });
  write_table(folder.file("camb.dat"), "# k/h CDM b g nu mass_nu total",
              [&](double k) { return "1 1 1 1 1 " + text(3e5 * transfer(k)); });
  write_table(folder.file("class.dat"), "# 1:k (h/Mpc) 2:d_g 3:d_b 4:d_cdm 5:d_m 6:phi",
              [&](double k) { return "1 1 1 " + text(-7 * k * k * transfer(k)) + " 1"; });
  LinearPower const kept(cosmology, PowerTable::read(folder.file("pk.dat")), true);
  LinearPower const camb(cosmology, PowerTable::read(folder.file("camb.dat"), "camb_transfer"));
  LinearPower const class_tk(cosmology,
                             PowerTable::read(folder.file("class.dat"), "class_transfer"));
  for (double const k : {1.3e-4, 0.01, 0.0771, 0.3, 20.0}) {
    CHECK_THAT(kept(k), WithinRel(exact(k), 1e-4));
    CHECK_THAT(camb(k), WithinRel(exact(k), 1e-4));
    CHECK_THAT(class_tk(k), WithinRel(exact(k), 1e-4));
  }
  CHECK_THAT(kept.sigma(8), WithinRel(0.831, 1e-4));
  CHECK_THAT(kept(1e-6) / kept(1e-5), WithinRel(std::pow(0.1, cosmology.n_s), 1e-6));
}

TEST_CASE("a bad table is refused with its place", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  CHECK_THROWS_AS(PowerTable::read(folder.file("none.dat")), core::IoError);
  std::ofstream(folder.file("short.dat")) << "1 2\n2 x\n";
  CHECK_THROWS_WITH(PowerTable::read(folder.file("short.dat")),
                    ContainsSubstring("short.dat:2: 'x'"));
  std::ofstream(folder.file("order.dat")) << "1 2\n2 3\n1.5 3\n4 5\n";
  CHECK_THROWS_WITH(PowerTable::read(folder.file("order.dat")),
                    ContainsSubstring("must be positive and increase"));
  std::ofstream(folder.file("two.dat")) << "1 2\n2 3\n3 3\n4 5\n";
  CHECK_THROWS_WITH(PowerTable::read(folder.file("two.dat"), "camb_transfer"),
                    ContainsSubstring("column 7"));
  CHECK_THROWS_WITH(PowerTable::read(folder.file("two.dat"), "class_transfer"),
                    ContainsSubstring("d_tot"));
  CHECK_THROWS_WITH(PowerTable::read(folder.file("two.dat"), "fits"), ContainsSubstring("'fits'"));
}

TEST_CASE("halofit is linear on large scales and early, and finds its scale", "[unit][cosmology]") {
  Cosmology const cosmology;
  Background const background(cosmology);
  LinearPower const linear(cosmology);
  NonlinearPower const power(background, linear);
  CHECK_THAT(power(1e-3, 1.0), WithinRel(linear(1e-3), 5e-3));
  CHECK_THAT(power(0.1, 0.05), WithinRel(power.linear(0.1, 0.05), 0.01));
  CHECK(power(10, 1.0) > 5 * linear(10));
  // sigma^2(1/k_sigma) = 1, by an independent sum; and n_eff is its slope.
  auto variance = [&](double radius, double a) {
    double sum = 0;
    for (double x = -12; x < 8; x += 0.02)
      sum +=
          0.02 * std::exp(3 * x - std::pow(std::exp(x) * radius, 2)) * power.linear(std::exp(x), a);
    return sum / (2 * std::numbers::pi * std::numbers::pi);
  };
  for (double const a : {0.3, 0.6, 1.0}) {
    auto const scale = power.scale(a);
    double const radius = 1 / scale.k_sigma, h = 0.01;
    double const up = std::log(variance(radius * std::exp(h), a));
    double const down = std::log(variance(radius * std::exp(-h), a));
    CHECK_THAT(variance(radius, a), WithinRel(1.0, 1e-6));
    CHECK_THAT(scale.n_eff, WithinAbs(-3 - (up - down) / (2 * h), 1e-4));
    CHECK_THAT(scale.curvature, WithinAbs(-(up + down) / (h * h), 5e-3));
  }
}
