// SPDX-License-Identifier: BSD-3-Clause
#include "host_workers.hpp"

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <atomic>

namespace shearwater::galaxies {

std::size_t worker_count() {
  return static_cast<std::size_t>(Kokkos::DefaultHostExecutionSpace().concurrency());
}

void run_workers(
    std::size_t pieces,
    std::function<void(std::size_t, std::function<std::size_t()> const&)> const& work) {
  using Host = Kokkos::DefaultHostExecutionSpace;
  std::atomic<std::size_t> taken{0};
  std::function<std::size_t()> const next = [&taken, pieces] {
    return std::min(pieces, taken.fetch_add(1, std::memory_order_relaxed));
  };
  std::size_t const workers = worker_count();
  Kokkos::parallel_for("galaxies::workers",
                       Kokkos::RangePolicy<Host>(Host(), 0, workers, Kokkos::ChunkSize(1)),
                       [&](std::size_t worker) { work(worker, next); });
  Host().fence("galaxies::workers");
}

}  // namespace shearwater::galaxies
