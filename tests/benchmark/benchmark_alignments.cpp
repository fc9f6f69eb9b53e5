// SPDX-License-Identifier: BSD-3-Clause
// ED and EE together of 2e5 points in a periodic box of 250 Mpc/h, in 15 logarithmic bins of 0.1 to
// 20 Mpc/h: 8.6e7 ordered pairs. The requirement is at most twice the time in which Corrfunc counts
// the same pairs; compare_alignments.py runs both in turn. Alone, this prints a floor measured in
// the same run: the squares of as many distances, without looking at them.
//   benchmark_alignments [points file of 3 n doubles [rounds]]
#include <Kokkos_Core.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>

#include "shearwater/core/random.hpp"
#include "shearwater/galaxies/pair_sums.hpp"

using namespace shearwater;

namespace {

constexpr double side = 250;

galaxies::PairSample make_points(char const* path) {
  galaxies::PairSample sample;
  sample.position.resize(600000);
  core::Stream random(1, core::Purpose::observation, 0);
  for (double& x : sample.position) x = side * random.uniform();
  if (path != nullptr) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    sample.position.resize(static_cast<std::size_t>(file.tellg()) / sizeof(double));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(sample.position.data()),
              static_cast<std::streamsize>(sample.position.size() * sizeof(double)));
  }
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    double axis[3], square = 0;
    for (double& a : axis) a = random.normal();
    for (double const a : axis) square += a * a;
    for (double const a : axis) sample.mark.push_back(a / std::sqrt(square));
    sample.id.push_back(i);
  }
  return sample;
}

struct Time {
  double wall, processor;
};

template <class Work>
Time time_of(Work const& work) {
  auto const start = std::chrono::steady_clock::now();
  auto const clock_start = std::clock();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          static_cast<double>(std::clock() - clock_start) / CLOCKS_PER_SEC};
}

/// Seconds of one core for the squares of as many distances as pairs were summed.
Time floor_of(galaxies::PairSample const& sample, double pairs, double& sink) {
  constexpr std::size_t piece = 128;
  std::vector<double> x(piece), y(piece), z(piece), square(piece);
  for (std::size_t j = 0; j < piece; ++j)
    x[j] = sample.position[3 * j], y[j] = sample.position[3 * j + 1], z[j] = sample.position[3 * j];
  return time_of([&] {
    auto const rounds = static_cast<std::size_t>(pairs / piece);
    for (std::size_t i = 0; i < rounds; ++i) {
      double const shift = static_cast<double>(i);
      for (std::size_t j = 0; j < piece; ++j)
        square[j] = (x[j] - shift) * (x[j] - shift) + (y[j] - shift) * (y[j] - shift) +
                    (z[j] - shift) * (z[j] - shift);
      sink += square[i % piece];
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  parallel::Environment environment(argc, argv);
  Kokkos::ScopeGuard const guard(argc, argv);
  parallel::Communicator const world(MPI_COMM_WORLD);
  auto const sample = make_points(argc > 1 ? argv[1] : nullptr);
  int const rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  galaxies::PairConfig const config{galaxies::PairGeometry::spherical,
                                    galaxies::logarithmic_edges(0.1, 20, 15), 0, side, 1};
  std::vector<double> wall, processor;
  double pairs = 0;
  for (int r = 0; r < rounds; ++r) {
    galaxies::PairSums sums;
    auto const time = time_of([&] { sums = galaxies::sum_pairs(world, config, sample); });
    wall.push_back(time.wall), processor.push_back(time.processor);
    pairs = 0;
    for (std::int64_t b = 0; b < sums.bins; ++b) pairs += sums.sum(galaxies::PairSum::pairs, b);
  }
  std::ranges::sort(wall);
  std::ranges::sort(processor);
  auto const middle = wall.size() / 2;
  double sink = 0;
  auto const floor = floor_of(sample, pairs, sink);
  std::printf("pairs %.0f wall %.4f processor %.4f\n", pairs, wall[middle], processor[middle]);
  std::printf("%.1f ns of a core for an ordered pair; %.2f ns for the square of a distance (%g)\n",
              1e9 * processor[middle] / pairs, 1e9 * floor.processor / pairs, sink);
  return 0;
}
