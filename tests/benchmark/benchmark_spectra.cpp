// SPDX-License-Identifier: BSD-3-Clause
// Time of the spectra that a new cosmology needs: 15 pairs x 256 multipoles from parameters,
// halofit included, on one core; and of one spectrum from the table of the two-parameter case. The
// floor is the vectorised exp of halofit alone: five per point of 97 redshifts x 50 multipoles.
// Peers on their own machines: jax-cosmo 124-240 ms, pyccl 278 ms.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

#include "shearwater/cosmology/spectra_interpolator.hpp"
#include "vector_math.hpp"

using namespace shearwater::cosmology;

namespace {

std::vector<double> log_spaced(double low, double high, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = low * std::pow(high / low, static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

struct Times {
  double wall, processor;  ///< [s] per call, medians
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Median over 11 batches of `calls` calls. Processor time is what counts on a busy machine.
Times time_of(int calls, std::function<void(int)> const& call) {
  std::vector<double> wall, processor;
  for (int batch = 0; batch < 11; ++batch) {
    auto const start = std::chrono::steady_clock::now();
    double const processor_start = processor_seconds();
    for (int i = 0; i < calls; ++i) call(batch * calls + i);
    processor.push_back((processor_seconds() - processor_start) / calls);
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
                   calls);
  }
  std::nth_element(wall.begin(), wall.begin() + 5, wall.end());
  std::nth_element(processor.begin(), processor.begin() + 5, processor.end());
  return {wall[5], processor[5]};
}

void print(char const* what, Times const& times, double goal) {
  std::printf("%-58s %10.1f us wall %10.1f us processor   goal %g us\n", what, 1e6 * times.wall,
              1e6 * times.processor, 1e6 * goal);
}

Times exponentials() {
  std::vector<double> values(97 * 50);
  return time_of(100, [&](int call) {
    for (int repeat = 0; repeat < 5; ++repeat)
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = vector_math::exp(1e-3 * values[i] + call % 3);
  });
}

SpectraConfig table_config() {
  SpectraConfig config;
  config.linear = "table", config.table = "made here";
  config.table_k_unit = "h/Mpc", config.table_power_unit = "(Mpc/h)^3";
  return config;
}

std::shared_ptr<LinearTable const> linear_table() {
  LinearPower const power{Cosmology()};
  PowerTable table;
  for (double k = 1e-4; k < 100; k *= 1.03) {
    table.k.push_back(k);
    table.value.push_back(power(k));
  }
  return std::make_shared<LinearTable const>(table, Cosmology(), "benchmark");
}

}  // namespace

int main() {
  ShearSpectra const five(SourceConfig().make_bins());
  auto const ell = log_spaced(36, 6500, 256);
  std::vector<double> c_ell(15 * 256);
  auto const fresh = time_of(100, [&](int call) {
    Cosmology cosmology;
    cosmology.omega_c += 1e-5 * call;
    five.evaluate(cosmology, ell, c_ell);
  });
  print("15 spectra x 256 multipoles of a new cosmology", fresh, 3e-3);
  print("floor: their halofit exponentials alone", exponentials(), 0);

  ShearSpectra const tabulated(SourceConfig().make_bins(), table_config(), linear_table());
  auto const read = time_of(100, [&](int call) {
    Cosmology cosmology;
    cosmology.sigma_8 += 1e-5 * call;
    tabulated.evaluate(cosmology, ell, c_ell);
  });
  print("the same with the linear power of a table", read, 3e-3);

  ShearSpectra const one({RedshiftDistribution::smail(0.5, 2, 1, 10)});
  auto const wide = log_spaced(1, std::pow(10, 4.5), 128);
  double const start = processor_seconds();
  SpectraInterpolator const table(one, named_cosmology("sbi_two_parameter"),
                                  {{"omega_c", 0.05, 0.55}, {"sigma_8", 0.55, 1.05}}, wide);
  double const build = processor_seconds() - start;
  std::vector<double> row(128);
  auto const looked_up = time_of(2000, [&](int call) {
    table.evaluate(std::array{0.2 + 1e-5 * call, 0.8}, row);
  });
  print("1 spectrum x 128 multipoles from the two-parameter table", looked_up, 10e-6);
  std::printf("table: %lld points, made in %.2f s, largest error %.1e\n",
              static_cast<long long>(table.grid_points()), build, table.largest_error());
  return fresh.processor <= 3e-3 && read.processor <= 3e-3 && looked_up.processor <= 10e-6 ? 0 : 1;
}
