// SPDX-License-Identifier: BSD-3-Clause
// Ends the program when a collective file operation makes no progress. MPI-IO may wait for ever
// once the disk is full, and then no status ever comes back.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace shearwater::io {

/// Free bytes where `path` lies, or INT64_MAX when they cannot be known; never throws.
std::int64_t free_or_plenty(std::string const& path);

class Watchdog {
 public:
  /// Of the file `path`, which is `temporary` until it is finished. `root`: this rank prints the
  /// message. Patience in seconds, with the disk full and in any case.
  Watchdog(std::string path, std::string temporary, bool root, double patience_full,
           double patience);
  ~Watchdog();

  /// Watches while it lives; the operations of one file do not nest. The ranks must have met just
  /// before: a rank that comes late cannot be told from a call that never returns.
  class Guard {
   public:
    Guard(Watchdog& watchdog, std::string const& what);
    ~Guard();
    Guard(Guard const&) = delete;
    Guard& operator=(Guard const&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  void watch();
  bool goes_on(std::unique_lock<std::mutex>& lock);
  [[noreturn]] void give_up(double seconds, std::int64_t free) const;

  std::string path_, temporary_;
  bool root_;
  double patience_full_, patience_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string operation_;        ///< "" while nothing is under way
  std::int64_t operations_ = 0;  ///< number of operations begun
  bool done_ = false;
  std::thread thread_;
};

}  // namespace shearwater::io
