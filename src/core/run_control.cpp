// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/run_control.hpp"

#include <fmt/format.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::core {

namespace {

// The only thing that a handler may safely touch.
volatile std::sig_atomic_t signalled = 0;

void set_flag(int) { signalled = 1; }

/// Time that a checkpoint and the job script's own end may take before Slurm kills the job.
constexpr double slurm_margin_seconds = 120;

std::optional<double> until_end_of_slurm_job() {
  char const* text = std::getenv("SLURM_JOB_END_TIME");
  if (text == nullptr) {
    log_warning("--time-limit auto: no Slurm job here (SLURM_JOB_END_TIME is not set): no limit");
    return std::nullopt;
  }
  char* rest = nullptr;
  double const end = std::strtod(text, &rest);
  if (rest == text || *rest != '\0' || !(end > 0))
    throw UsageError(fmt::format(
        "--time-limit auto: SLURM_JOB_END_TIME = '{}' is no time in seconds since 1970; give the "
        "limit itself, such as 2h",
        text));
  return end - static_cast<double>(std::time(nullptr)) - slurm_margin_seconds;
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = set_flag;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  // Beyond a limit on file sizes a write then fails with its reason, instead of killing the rank.
  std::signal(SIGXFSZ, SIG_IGN);
}

bool stop_signalled() { return signalled != 0; }

RunControl::RunControl(std::string folder, std::optional<double> seconds_limit)
    : folder_(std::move(folder)), seconds_limit_(seconds_limit) {}

std::string RunControl::reason_to_stop(bool is_root) const {
  if (stop_signalled()) return "signal";
  if (!is_root) return "";
  double const elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (seconds_limit_ && elapsed >= *seconds_limit_) return "time limit";
  std::error_code ignored;
  if (!folder_.empty() && std::filesystem::exists(std::filesystem::path(folder_) / "stop", ignored))
    return "stop file";
  return "";
}

std::optional<double> parse_time_limit(std::string const& text) {
  if (text.empty()) return std::nullopt;
  if (text == "auto") return until_end_of_slurm_job();
  int hours = 0, minutes = 0, seconds = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d:%d:%d%c", &hours, &minutes, &seconds, &rest) == 3)
    if (hours >= 0 && minutes >= 0 && seconds >= 0 && hours + minutes + seconds > 0)
      return hours * 3600.0 + minutes * 60.0 + seconds;
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  std::string const unit = end;
  double const scale = unit.empty() || unit == "s"    ? 1
                       : unit == "m" || unit == "min" ? 60
                       : unit == "h"                  ? 3600
                                                      : 0;
  if (end == text.c_str() || scale == 0 || !(value > 0) || !std::isfinite(value))
    throw UsageError(fmt::format(
        "--time-limit {}: expected seconds (90 or 90s), 15min, 2h, hh:mm:ss or auto", text));
  return value * scale;
}

}  // namespace shearwater::core
