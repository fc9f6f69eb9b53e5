// SPDX-License-Identifier: BSD-3-Clause
// The 16 nearest neighbours, without itself, of each of 1e6 points at random out of a clustered
// box: half of them in halos (20 to 1e5 points, number as m^-1.9, density as r^-2 within 200 times
// the mean), half displaced at random from a lattice, in the order of a coarse grid. All that a
// call does is timed: sorting, tree, search, and ids and separations of the neighbours, periodic
// and not.
//   benchmark_neighbours [POINTS.f32 [ROUNDS]]   writes the points, (n, 3) float32, for the peer
// Processor time, because the machine is shared; compare_neighbours.py sets pykdtree beside it.
#include <Kokkos_Core.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "shearwater/core/random.hpp"
#include "shearwater/graph/neighbours.hpp"

using namespace shearwater;

namespace {

constexpr std::int64_t cells = 128;
constexpr std::size_t wanted = 1'000'000;
constexpr std::int64_t keep = 16;

double wrapped(double x) {
  auto const side = static_cast<double>(cells);
  return x - side * std::floor(x / side);
}

struct Halo {
  double centre[3] = {}, radius = 0, members = 0;
  explicit Halo(core::Stream& random) {
    double const low = std::pow(20, -0.9), high = std::pow(1e5, -0.9);
    members = std::pow(low + random.uniform() * (high - low), -1 / 0.9);
    radius = std::cbrt(3 * members / (4 * std::numbers::pi * 200));
    for (double& x : centre) x = static_cast<double>(cells) * random.uniform();
  }
};

std::vector<float> clustered_points() {
  auto const n = static_cast<std::size_t>(cells * cells * cells);
  std::vector<float> all;
  core::Stream random(1, core::Purpose::observation, 0);
  Halo halo(random);
  for (std::size_t row = 0; row < n; ++row) {
    if (row % 2 == 0) {
      for (int a = 0; a < 3; ++a) {
        auto const cell = static_cast<double>((row >> (7 * (2 - a))) % 128);
        all.push_back(static_cast<float>(wrapped(cell + 4 * random.normal())));
      }
      continue;
    }
    if (halo.members <= 0) halo = Halo(random);
    double const r = halo.radius * random.uniform(), z = 2 * random.uniform() - 1;
    double const phi = 2 * std::numbers::pi * random.uniform(), s = std::sqrt(1 - z * z);
    double const step[3] = {r * s * std::cos(phi), r * s * std::sin(phi), r * z};
    for (int a = 0; a < 3; ++a)
      all.push_back(static_cast<float>(wrapped(halo.centre[a] + step[a])));
    halo.members -= 1;
  }
  for (float& x : all) x = std::min(x, static_cast<float>(cells));
  for (std::size_t i = 0; i < wanted; ++i) {
    auto const j = i + random.below(n - i);
    for (std::size_t a = 0; a < 3; ++a) std::swap(all[3 * i + a], all[3 * j + a]);
  }
  all.resize(3 * wanted);
  return all;
}

/// The points in the order of a simulation's slabs: by cells of a coarse grid.
std::vector<float> sorted_by_cell(std::vector<float> const& points) {
  auto const key = [&](std::size_t p) {
    std::size_t cell = 0;
    for (std::size_t a = 0; a < 3; ++a)
      cell = 64 * cell + std::min<std::size_t>(63, static_cast<std::size_t>(points[3 * p + a] / 2));
    return cell;
  };
  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (std::size_t p = 0; p < wanted; ++p) order.emplace_back(key(p), p);
  std::ranges::sort(order);
  std::vector<float> sorted;
  for (auto const& [cell, p] : order)
    sorted.insert(sorted.end(), &points[3 * p], &points[3 * p] + 3);
  return sorted;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Median processor seconds of the rounds, and the fastest wall time.
template <class Work>
double measure(char const* what, int rounds, Work work) {
  std::vector<double> processor;
  double wall = 1e300;
  for (int i = 0; i < rounds; ++i) {
    auto const start = std::chrono::steady_clock::now();
    double const before = processor_seconds();
    work();
    processor.push_back(processor_seconds() - before);
    wall = std::min(
        wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(processor);
  double const median = processor[processor.size() / 2];
  int const threads = ExecSpace().concurrency();
  std::printf(
      "%-34s %6.0f ns of processor a point, %5.2f M points/s on %d threads by it, %5.2f wall\n",
      what, 1e9 * median / wanted, wanted * threads / median / 1e6, threads, wanted / wall / 1e6);
  return median;
}

/// Some points beside all others: the distances that were found, and that they rise.
std::size_t wrong_points(graph::NeighbourGraph const& graph, std::vector<float> const& points,
                         double box_side) {
  auto const separation = Kokkos::create_mirror_view_and_copy(HostSpace(), graph.separation);
  std::size_t wrong = 0;
  for (std::size_t p = 0; p < wanted; p += 10'007) {
    std::vector<double> all;
    for (std::size_t j = 0; j < wanted; ++j) {
      double sum = 0;
      for (std::size_t a = 0; a < 3; ++a) {
        double d = static_cast<double>(points[3 * j + a]) - static_cast<double>(points[3 * p + a]);
        if (box_side > 0) d -= box_side * std::round(d / box_side);
        sum += d * d;
      }
      if (j != p) all.push_back(sum);
    }
    std::partial_sort(all.begin(), all.begin() + keep, all.end());
    for (std::size_t n = 0; n < keep; ++n) {
      double sum = 0;
      for (std::size_t a = 0; a < 3; ++a)
        sum += std::pow(static_cast<double>(separation(p * keep + n, a)), 2);
      if (std::abs(sum - all[n]) > 1e-5 * all[n]) {
        ++wrong;
        break;
      }
    }
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  parallel::Environment environment(argc, argv);
  Kokkos::ScopeGuard const guard(argc, argv);
  parallel::Communicator const world(MPI_COMM_WORLD);
  int const rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  auto const points = sorted_by_cell(clustered_points());
  if (argc > 1)
    std::ofstream(argv[1], std::ios::binary)
        .write(reinterpret_cast<char const*>(points.data()),
               static_cast<std::streamsize>(points.size() * sizeof(float)));
  Array2<float> const positions("benchmark::positions", wanted, 3);
  Kokkos::deep_copy(Array1<float>(positions.data(), 3 * wanted),
                    Kokkos::View<float const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        points.data(), points.size()));
  std::vector<std::int64_t> names(wanted);
  std::iota(names.begin(), names.end(), std::int64_t{0});
  auto const ids = to_device("benchmark::ids", names);
  std::size_t wrong = 0;
  double seconds = 0;
  for (double const box_side : {static_cast<double>(cells), 0.0}) {
    graph::NeighbourGraph found;
    seconds = measure(
        box_side > 0 ? "16 neighbours, periodic" : "16 neighbours, not periodic", rounds, [&] {
          found = graph::NeighbourGraph();
          found =
              graph::nearest_neighbours<float>(world, ExecSpace(), positions, ids, keep, box_side);
        });
    wrong += wrong_points(found, points, box_side);
  }
  std::printf("%zu of 200 points have other neighbours than by comparing all pairs\n", wrong);
  std::printf("processor_seconds %.6f\n", seconds);
  return wrong == 0 ? 0 : 1;
}
