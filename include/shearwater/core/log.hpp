// SPDX-License-Identifier: BSD-3-Clause
// What the program says while it runs: lines of rank 0 only, no colour codes, no carriage returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace shearwater::core {

/// Sets what this process prints: rank 0 speaks, the others only warn when asked for.
void set_log_rank(int rank);

void log_info(std::string const& message);
void log_warning(std::string const& message);
/// Errors are printed by every rank that calls, to standard error.
void log_error(std::string const& message);

/// Prints "train 1200/8000 steps, 31.2 steps/s, 3 min 38 s left, loss 0.83", at most once in
/// `seconds_between` and at the end. Wall-clock time is used for printing alone.
class Progress {
 public:
  Progress(std::string label, std::string unit, std::int64_t total, double seconds_between = 5.0);
  void update(std::int64_t done, std::string const& note = "");

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_, unit_;
  std::int64_t total_, first_ = -1;
  double seconds_between_;
  Clock::time_point start_, last_;
};

/// Seconds since the object was made.
class Timer {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// "3 min 38 s", "1 h 02 min", "12 s".
std::string duration_text(double seconds);

}  // namespace shearwater::core
