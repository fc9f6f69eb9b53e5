// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <memory>
#include <thread>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

std::vector<double> evaluate(ShearSpectra const& spectra, Cosmology const& cosmology,
                             std::vector<double> const& ell) {
  std::vector<double> values(static_cast<std::size_t>(spectra.pairs()) * ell.size());
  spectra.evaluate(cosmology, ell, values);
  return values;
}

/// The accurate spectra of the same physics, by other code: dense sums, library functions, no grids
/// in common.
AngularPower reference(Cosmology const& cosmology, std::vector<RedshiftDistribution> const& bins,
                       SpectraConfig const& config) {
  Background const background(cosmology);
  LinearPower const linear(
      cosmology, config.wiggles ? Transfer::eisenstein_hu : Transfer::eisenstein_hu_no_wiggle,
      config.drag == "ccl" ? Drag::ccl : Drag::jax_cosmo);
  auto const power = std::make_shared<NonlinearPower>(background, linear);
  bool const nonlinear = config.nonlinear;
  return AngularPower(
      background,
      [power, nonlinear](double k, double a) {
        return nonlinear ? (*power)(k, a) : power->linear(k, a);
      },
      bins, {config.alignment_amplitude, config.alignment_eta, config.alignment_pivot}, 1024);
}

double largest_error(ShearSpectra const& spectra, AngularPower const& exact,
                     Cosmology const& cosmology, std::vector<double> const& ell) {
  auto const values = evaluate(spectra, cosmology, ell);
  double worst = 0;
  for (std::int64_t i = 0; i < spectra.bins(); ++i)
    for (std::int64_t j = i; j < spectra.bins(); ++j)
      for (std::size_t e = 0; e < ell.size(); ++e) {
        double const found = values[static_cast<std::size_t>(spectra.pair(i, j)) * ell.size() + e];
        worst = std::max(worst, std::abs(found / exact(i, j, ell[e]) - 1));
      }
  return worst;
}

std::vector<double> const some_ell = {1, 5, 36, 137, 600, 2500, 9000, 32000};

}  // namespace

TEST_CASE("fiducial spectra of the five bins", "[unit][cosmology]") {
  // An independent numpy implementation of the same formulae; held to 1 %, met to 1e-3 (its
  // digits).
  ShearSpectra const spectra(SourceConfig().make_bins());
  std::vector<double> const ell = {100, 300, 1000, 3000, 5000};
  auto const values = evaluate(spectra, Cosmology(), ell);
  struct Row {
    std::int64_t i, j;
    std::array<double, 5> c;
  };
  std::vector<Row> const table = {{0, 0, {7.211e-10, 2.027e-10, 4.257e-11, 5.962e-12, 2.064e-12}},
                                  {0, 4, {1.739e-9, 4.588e-10, 1.076e-10, 1.764e-11, 6.389e-12}},
                                  {1, 1, {2.997e-9, 7.519e-10, 1.830e-10, 3.332e-11, 1.253e-11}},
                                  {2, 2, {6.530e-9, 1.539e-9, 3.701e-10, 7.861e-11, 3.189e-11}},
                                  {3, 3, {1.218e-8, 2.868e-9, 6.462e-10, 1.509e-10, 6.558e-11}},
                                  {4, 4, {2.473e-8, 6.200e-9, 1.245e-9, 3.031e-10, 1.414e-10}}};
  SpectraConfig linear;
  linear.nonlinear = false;
  auto const wrong = evaluate(ShearSpectra(SourceConfig().make_bins(), linear), Cosmology(), ell);
  for (auto const& row : table)
    for (std::size_t e = 0; e < ell.size(); ++e) {
      auto const index = static_cast<std::size_t>(spectra.pair(row.i, row.j)) * ell.size() + e;
      CHECK_THAT(values[index], WithinRel(row.c[e], 1e-3));
      // Without halofit the 1 % would not be kept.
      if (ell[e] >= 1000) CHECK(std::abs(wrong[index] / row.c[e] - 1) > 0.1);
    }
}

TEST_CASE("fast spectra are within 5e-4 of the accurate ones", "[unit][cosmology]") {
  auto const bins = SourceConfig().make_bins();
  Cosmology low, high, curved, jax;
  low.omega_c = 0.1, low.sigma_8 = 1.1, low.w_0 = -1.8, low.h = 0.55;
  high.omega_c = 0.6, high.sigma_8 = 0.5, high.w_0 = -0.4, high.h = 0.8, high.n_s = 0.75;
  curved.omega_k = 0.08, curved.w_a = 0.4, curved.omega_r = 9e-5;
  struct Case {
    Cosmology cosmology;
    SpectraConfig config;
  };
  std::vector<Case> cases = {{Cosmology(), {}}, {low, {}}, {high, {}}, {curved, {}}};
  curved.omega_k = -0.08, curved.sigma_8 = 0, curved.a_s = 2e-9;
  cases.push_back({curved, {}});
  cases.back().config.drag = "jax_cosmo";
  cases.push_back({Cosmology(), {}});
  cases.back().config.nonlinear = false;
  cases.back().config.wiggles = false;
  for (auto const& one : cases) {
    double const error =
        largest_error(ShearSpectra(bins, one.config), reference(one.cosmology, bins, one.config),
                      one.cosmology, some_ell);
    INFO("omega_c " << one.cosmology.omega_c << ", omega_k " << one.cosmology.omega_k << ": "
                    << error);
    CHECK(error < 5e-4);
  }
}

TEST_CASE("so are those of one broad bin, and those with alignments", "[unit][cosmology]") {
  std::vector const broad = {RedshiftDistribution::smail(0.5, 2, 1, 10)};
  Cosmology const two = named_cosmology("sbi_two_parameter");
  double const single =
      largest_error(ShearSpectra(broad), reference(two, broad, {}), two, some_ell);
  auto const bins = SourceConfig().make_bins();
  SpectraConfig aligned;
  aligned.alignment_amplitude = 1, aligned.alignment_eta = 0.5;
  double const five =
      largest_error(ShearSpectra(bins, aligned), reference(two, bins, aligned), two, some_ell);
  INFO("one bin " << single << ", alignments " << five);
  CHECK(single < 5e-4);
  CHECK(five < 5e-4);
}

TEST_CASE("the two conventions of the drag epoch differ as published", "[unit][cosmology]") {
  Cosmology const cosmology;
  double largest = 0;
  LinearPower const ccl(cosmology), jax(cosmology, Transfer::eisenstein_hu, Drag::jax_cosmo);
  for (double k = 1e-3; k < 1; k *= 1.1) largest = std::max(largest, std::abs(ccl(k) / jax(k) - 1));
  CHECK(largest > 1e-4);
  CHECK(largest < 1e-3);
}

TEST_CASE("extreme draws of the prior give finite, positive spectra", "[unit][cosmology]") {
  // The six-parameter prior, widened to six standard deviations of the normal ones: uniform draws.
  ShearSpectra const spectra(SourceConfig().make_bins());
  core::Stream stream(20, core::Purpose::parameters, 0);
  std::vector<double> const ell = {36, 300, 6500};
  for (int draw = 0; draw < 300; ++draw) {
    Cosmology cosmology;
    auto uniform = [&](double low, double high) { return low + (high - low) * stream.uniform(); };
    cosmology.omega_c = draw % 10 == 0 ? 1e-4 * stream.uniform() : uniform(0, 1.4);
    cosmology.omega_b = uniform(0.013, 0.085), cosmology.sigma_8 = uniform(0.01, 1.67);
    cosmology.h = uniform(0.3, 1.05), cosmology.n_s = uniform(0.5, 1.44);
    cosmology.w_0 = uniform(-2, -0.3);
    for (double const value : evaluate(spectra, cosmology, ell)) {
      INFO(cosmology.omega_c << " " << cosmology.sigma_8 << " " << cosmology.w_0);
      REQUIRE(std::isfinite(value));
      REQUIRE(value > 0);
    }
  }
}

TEST_CASE("multipoles come in any order, and threads do not disturb each other",
          "[unit][cosmology]") {
  ShearSpectra const spectra(SourceConfig().make_bins());
  Cosmology const cosmology;
  auto const forward = evaluate(spectra, cosmology, {40, 500, 6000});
  auto const backward = evaluate(spectra, cosmology, {6000, 500, 40});
  for (std::size_t p = 0; p < 15; ++p)
    for (std::size_t e = 0; e < 3; ++e) CHECK(forward[3 * p + e] == backward[3 * p + 2 - e]);
  std::array<std::vector<double>, 4> results;
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&] { result = evaluate(spectra, cosmology, {40, 500, 6000}); });
  for (auto& thread : threads) thread.join();
  for (auto const& result : results) CHECK(result == forward);
  CHECK(spectra.pair(1, 0) == 1);
  CHECK(spectra.pair(4, 4) == 14);
  CHECK_THROWS_WITH(evaluate(spectra, cosmology, {0.1}), ContainsSubstring("between 0.5 and 1e5"));
}

TEST_CASE("the spin prefactor multiplies", "[unit][cosmology]") {
  auto const bins = SourceConfig().make_bins();
  SpectraConfig config;
  config.spin_prefactor = true;
  auto const with = evaluate(ShearSpectra(bins, config), Cosmology(), {1, 2, 10, 1000});
  auto const without = evaluate(ShearSpectra(bins), Cosmology(), {1, 2, 10, 1000});
  CHECK(with[0] == 0);
  CHECK_THAT(with[1] / without[1], WithinRel(24 / std::pow(2.5, 4), 1e-12));
  CHECK_THAT(with[3] / without[3], WithinRel(1.0, 1e-5));
}

TEST_CASE("steps of n(z) are integrated piece by piece", "[unit][cosmology]") {
  // Alignments of a histogram: int n^2 of its cells, which equal spectra of the cells alone add up
  // to.
  std::vector<double> const edges{0.3, 0.37, 0.44, 0.51}, number{2, 5, 3};
  auto const top_hat = [&](std::size_t first, std::size_t last) {
    std::vector<double> z{edges[first]}, n{0};
    for (std::size_t c = first; c < last; ++c) {
      z.insert(z.end(), {edges[c] + 1e-8, edges[c + 1] - 1e-8});
      n.insert(n.end(), {number[c], number[c]});
    }
    z.push_back(edges[last]), n.push_back(0);
    return RedshiftDistribution(z, n);
  };
  Background const background{Cosmology{}};
  LinearPower const linear{Cosmology{}};
  auto const spectrum = [&](RedshiftDistribution const& n, std::int64_t nodes, bool broken) {
    AngularPower const exact(
        background, [&](double k, double) { return linear(k); }, {n}, {1, 0, 0.62}, nodes,
        broken ? n.nodes() : std::vector<double>());
    return exact(0, 0, 200, ShearPart::alignment);
  };
  double sum = 0, loose = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    sum += number[c] * number[c] / 100 * spectrum(top_hat(c, c + 1), 256, true);
    loose += number[c] * number[c] / 100 * spectrum(top_hat(c, c + 1), 256, false);
  }
  auto const whole = top_hat(0, 3);
  CHECK_THAT(spectrum(whole, 256, true), WithinRel(sum, 1e-6));
  CHECK_THAT(spectrum(whole, 4096, true), WithinRel(sum, 1e-6));
  // Without the breaks the edges fall somewhere between the nodes.
  CHECK(std::abs(loose / sum - 1) > 1e-4);
}
