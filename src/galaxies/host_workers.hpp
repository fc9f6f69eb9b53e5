// SPDX-License-Identifier: BSD-3-Clause
// Work for the threads of the host, of which pieces are taken as they come.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace shearwater::galaxies {

/// Number of threads that run_workers uses.
std::size_t worker_count();

/// The pieces [0, count) that are still to be taken.
class Pieces {
 public:
  explicit Pieces(std::size_t count) : count_(count) {}
  std::size_t count() const { return count_; }
  bool any() const { return taken_.load() < count_; }
  /// The next one; count() when none is left.
  std::size_t take();

 private:
  std::size_t count_;
  std::atomic<std::size_t> taken_{0};
};

/// Calls work(worker, next) on every thread; next() gives piece after piece, each to one thread,
/// and pieces.count() when none is left or, after a first one, `seconds` have passed. `work` must
/// not throw.
void run_workers(Pieces& pieces, double seconds,
                 std::function<void(std::size_t, std::function<std::size_t()> const&)> const& work);

}  // namespace shearwater::galaxies
