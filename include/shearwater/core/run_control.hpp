// SPDX-License-Identifier: BSD-3-Clause
// Ending a run early: a signal, a file named `stop` in the output folder, or a time limit. The
// request only sets a flag; the loop asks at its step boundaries, all ranks agree there, a training
// writes a checkpoint, and the program ends with ExitCode::stopped.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace shearwater::core {

/// SIGTERM and SIGUSR1 set the flag that stop_signalled() reads, and do nothing else.
void install_stop_signals();
bool stop_signalled();

class RunControl {
 public:
  /// `folder`: where a file named `stop` ends the run; empty for none.
  explicit RunControl(std::string folder = "", std::optional<double> seconds_limit = std::nullopt);

  /// Why this rank wants to stop now ("signal", "time limit", "stop file"), or "" to go on. A
  /// signal may reach any rank; clock and file are the root's to look at, because thousands of
  /// ranks asking a file system at every step would hurt. Not collective: the caller makes the
  /// ranks agree.
  std::string reason_to_stop(bool is_root = true) const;

 private:
  std::string folder_;
  std::optional<double> seconds_limit_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Seconds from "90", "90s", "15min", "1h", "hh:mm:ss" or "auto" (until two minutes before the end
/// of this Slurm job, from SLURM_JOB_END_TIME; no limit outside Slurm). Throws UsageError for other
/// texts.
std::optional<double> parse_time_limit(std::string const& text);

}  // namespace shearwater::core
