// SPDX-License-Identifier: BSD-3-Clause
// Sets of maps per second from spectra to noisy pixels, with new spectra for each set: 5 x 256 x
// 256 of the LSST-Y10-like setting (at least 400 on 2 cores; the goal is 1,000; the JAX peer
// makes 3.9), and single maps of 128 x 128 (the two-parameter case). Peers in the same run: the
// inverse transforms alone, which every such simulator needs (FFTW, one plan, threads over maps),
// and the normals alone. On a machine that does other work, processor time tells more than wall
// time: both are printed.
#include <Kokkos_Core.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

#include "shearwater/lensing/map_simulator.hpp"
#include "shearwater/parallel/host_fft2.hpp"

using namespace shearwater;

namespace {

struct Rate {
  double wall,
      processor;  ///< items per second; per second of all threads' processor time and thread
};

/// Median over 7 repeats of `count` items spread over the threads.
Rate rate_of(std::int64_t count, std::function<void(int, std::int64_t)> const& work) {
  using Space = Kokkos::DefaultHostExecutionSpace;
  using Policy = Kokkos::RangePolicy<Space, Kokkos::Schedule<Kokkos::Dynamic>>;
  Kokkos::Experimental::UniqueToken<Space> const token;
  int const threads = Space().concurrency();
  std::vector<double> wall, processor;
  for (int repeat = 0; repeat < 7; ++repeat) {
    auto const start = std::chrono::steady_clock::now();
    auto const clock_start = std::clock();
    Kokkos::parallel_for("benchmark::maps", Policy(0, count, Kokkos::ChunkSize(1)), [&](int i) {
      int const thread = token.acquire();
      work(thread, i);
      token.release(thread);
    });
    double const used = static_cast<double>(std::clock() - clock_start) / CLOCKS_PER_SEC;
    wall.push_back(static_cast<double>(count) /
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    processor.push_back(static_cast<double>(count * threads) / used);
  }
  std::nth_element(wall.begin(), wall.begin() + 3, wall.end());
  std::nth_element(processor.begin(), processor.begin() + 3, processor.end());
  return {wall[3], processor[3]};
}

void print(char const* what, Rate const& rate) {
  std::printf("%-62s %9.1f /s wall, %9.1f /s by processor time\n", what, rate.wall, rate.processor);
}

lensing::MapConfig config_of(std::int64_t pixels, double width) {
  lensing::MapConfig config;
  config.pixels = pixels;
  config.width_deg = width;
  config.multipoles = "grid";
  return config;
}

Rate simulate(lensing::MapConfig const& config, std::vector<double> const& shifts,
              std::vector<double> const& level, std::int64_t count) {
  lensing::MapSimulator const simulator(config, std::vector<double>(shifts.size(), 0.03));
  int const threads = Kokkos::DefaultHostExecutionSpace().concurrency();
  std::vector<std::shared_ptr<lensing::MapSimulator::Workspace>> workspaces;
  auto const size = shifts.size() * static_cast<std::size_t>(simulator.sky().size());
  std::vector<Kokkos::View<float*, Kokkos::HostSpace>> maps;
  std::size_t const pairs = shifts.size() * (shifts.size() + 1) / 2, nodes = simulator.ell().size();
  std::vector<std::vector<double>> spectra(static_cast<std::size_t>(threads));
  for (int t = 0; t < threads; ++t) {
    workspaces.push_back(simulator.make_workspace());
    maps.emplace_back("benchmark::maps", size);
    spectra[static_cast<std::size_t>(t)].resize(pairs * nodes);
  }
  return rate_of(count, [&](int thread, std::int64_t index) {
    auto const t = static_cast<std::size_t>(thread);
    double const amplitude = 1 + 0.001 * static_cast<double>(index);
    std::size_t at = 0;
    for (std::size_t i = 0; i < shifts.size(); ++i)
      for (std::size_t j = i; j < shifts.size(); ++j)
        for (double const l : simulator.ell())
          spectra[t][at++] = amplitude * (i == j ? 1.0 : 0.7) * std::sqrt(level[i] * level[j]) /
                             (1 + l / 300) / (1 + l / 3000);
    simulator.simulate(1, static_cast<std::uint64_t>(index), spectra[t], shifts, *workspaces[t],
                       {maps[t].data(), size});
  });
}

Rate transform(std::int64_t pixels, std::int64_t count) {
  parallel::HostFft2 const fft(pixels, pixels);
  int const threads = Kokkos::DefaultHostExecutionSpace().concurrency();
  std::vector<Kokkos::View<float*, Kokkos::HostSpace>> maps;
  std::vector<Kokkos::View<Kokkos::complex<float>*, Kokkos::HostSpace>> modes;
  for (int t = 0; t < threads; ++t) {
    maps.emplace_back("benchmark::map", static_cast<std::size_t>(pixels * pixels));
    modes.emplace_back("benchmark::modes", static_cast<std::size_t>(pixels * (pixels / 2 + 1)));
  }
  return rate_of(count, [&](int thread, std::int64_t) {
    auto const t = static_cast<std::size_t>(thread);
    fft.inverse(reinterpret_cast<std::complex<float>*>(modes[t].data()), maps[t].data());
  });
}

}  // namespace

int main(int argc, char** argv) {
  Kokkos::ScopeGuard const guard(argc, argv);
  std::printf("%d threads, medians of 7\n", Kokkos::DefaultHostExecutionSpace().concurrency());
  Rate const sets = simulate(config_of(256, 10), {.00706, .02004, .03663, .06115, .11478},
                             {7e-10, 3e-9, 6.5e-9, 1.2e-8, 2.5e-8}, 200);
  print("sets of 5 x 256 x 256, spectra to noisy pixels", sets);
  Rate const maps = simulate(config_of(128, 5), {.033}, {1e-8}, 2000);
  print("maps of 128 x 128, spectra to noisy pixels", maps);
  Rate const floor = transform(256, 1000);
  print("inverse transforms of 256 x 256 alone", floor);
  Rate const normals = rate_of(1000, [](int, std::int64_t index) {
    std::vector<float> values(65536);
    core::fill_normals(1, core::Purpose::noise, static_cast<std::uint64_t>(index), 0, values);
  });
  print("65536 normals alone", normals);
  std::printf("a set costs %.1f times its five transforms\n", floor.processor / sets.processor / 5);
  bool const good = sets.processor >= 400;
  std::printf("%s: the requirement is 400 sets/s on 2 cores\n", good ? "met" : "MISSED");
  return good ? 0 : 1;
}
