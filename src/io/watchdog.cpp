// SPDX-License-Identifier: BSD-3-Clause
#include "watchdog.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "shearwater/core/error.hpp"
#include "temporary.hpp"

namespace shearwater::io {

namespace {

constexpr std::int64_t nearly_nothing = std::int64_t{1} << 20;

}  // namespace

std::int64_t free_or_plenty(std::string const& path) {
  struct statvfs status {};
  auto const folder = std::filesystem::path(path).parent_path().string();
  if (statvfs(folder.empty() ? "." : folder.c_str(), &status) != 0) return INT64_MAX;
  return static_cast<std::int64_t>(status.f_bavail) * static_cast<std::int64_t>(status.f_frsize);
}

Watchdog::Watchdog(std::string path, std::string temporary, bool root, double patience_full,
                   double patience)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      root_(root),
      patience_full_(patience_full),
      patience_(patience),
      thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard const lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

Watchdog::Guard::Guard(Watchdog& watchdog, std::string const& what) : watchdog_(watchdog) {
  std::lock_guard const lock(watchdog_.mutex_);
  watchdog_.operation_ = what;
  ++watchdog_.operations_;
}

Watchdog::Guard::~Guard() {
  std::lock_guard const lock(watchdog_.mutex_);
  watchdog_.operation_.clear();
}

void Watchdog::watch() {
  using clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  std::int64_t seen = -1;
  auto since = clock::now();
  while (!done_) {
    wake_.wait_for(lock, std::chrono::milliseconds(200));
    if (operation_.empty() || operations_ != seen) {
      seen = operations_;
      since = clock::now();
      continue;
    }
    double const seconds = std::chrono::duration<double>(clock::now() - since).count();
    if (seconds < patience_full_) continue;
    std::int64_t const free = free_or_plenty(path_);
    bool const stuck = free < nearly_nothing || seconds > patience_;
    if (stuck && !goes_on(lock)) give_up(seconds, free);
  }
}

/// Rank 0 speaks; the others follow only if it does not end the job. The call under way may return
/// in that time: nothing is wrong then.
bool Watchdog::goes_on(std::unique_lock<std::mutex>& lock) {
  if (root_) return false;
  auto const stuck = operations_;
  return wake_.wait_for(lock, std::chrono::seconds(5),
                        [&] { return done_ || operation_.empty() || operations_ != stuck; });
}

void Watchdog::give_up(double seconds, std::int64_t free) const {
  remove_temporary(temporary_);
  auto const text = fmt::format(
      "shearwater: error: {}: {} has made no progress for {:.0f} s{}. The unfinished file was "
      "removed; it replaced nothing. Make room or name another output, and run again.\n",
      path_, operation_, seconds, free < nearly_nothing ? ": no space left on its disk" : "");
  [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
  // Not MPI_Abort: another thread may be inside MPI. The launcher ends the other ranks.
  _exit(static_cast<int>(core::ExitCode::io));
}

}  // namespace shearwater::io
