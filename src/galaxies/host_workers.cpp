// SPDX-License-Identifier: BSD-3-Clause
#include "host_workers.hpp"

#include <Kokkos_Core.hpp>
#include <algorithm>

namespace shearwater::galaxies {

std::size_t worker_count() {
  return static_cast<std::size_t>(Kokkos::DefaultHostExecutionSpace().concurrency());
}

std::size_t Pieces::take() {
  return std::min(count_, taken_.fetch_add(1, std::memory_order_relaxed));
}

void run_workers(
    Pieces& pieces, double seconds,
    std::function<void(std::size_t, std::function<std::size_t()> const&)> const& work) {
  using Host = Kokkos::DefaultHostExecutionSpace;
  Kokkos::Timer const timer;
  std::size_t const workers = worker_count();
  Kokkos::parallel_for("galaxies::workers",
                       Kokkos::RangePolicy<Host>(Host(), 0, workers, Kokkos::ChunkSize(1)),
                       [&](std::size_t worker) {
                         bool begun = false;
                         work(worker, [&]() -> std::size_t {
                           if (begun && timer.seconds() > seconds) return pieces.count();
                           begun = true;
                           return pieces.take();
                         });
                       });
  Host().fence("galaxies::workers");
}

}  // namespace shearwater::galaxies
