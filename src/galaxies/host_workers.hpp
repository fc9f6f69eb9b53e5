// SPDX-License-Identifier: BSD-3-Clause
// Work for the threads of the host, of which pieces are taken as they come.
#pragma once

#include <cstddef>
#include <functional>

namespace shearwater::galaxies {

/// Number of threads that run_workers uses.
std::size_t worker_count();

/// Calls work(worker, next) on every thread; next() gives piece after piece of [0, pieces), each to
/// one thread, and `pieces` when none is left. `work` must not throw.
void run_workers(std::size_t pieces,
                 std::function<void(std::size_t, std::function<std::size_t()> const&)> const& work);

}  // namespace shearwater::galaxies
