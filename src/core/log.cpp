// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace shearwater::core {

namespace {

spdlog::logger& output() {
  static auto const logger = [] {
    auto made = spdlog::stdout_logger_mt("shearwater");
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::logger& errors() {
  static auto const logger = [] {
    auto made = spdlog::stderr_logger_mt("shearwater-errors");
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

}  // namespace

void set_log_rank(int rank) {
  output().set_level(rank == 0 ? spdlog::level::info : spdlog::level::off);
}

void log_info(std::string const& message) { output().info(message); }
void log_warning(std::string const& message) { output().warn("warning: {}", message); }
void log_error(std::string const& message) { errors().error("error: {}", message); }

Progress::Progress(std::string label, std::string unit, std::int64_t total, double seconds_between)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      seconds_between_(seconds_between),
      start_(Clock::now()),
      last_(start_) {}

void Progress::update(std::int64_t done, std::string const& note) {
  auto const now = Clock::now();
  // A resumed run starts in the middle: the rate counts what was done since the first call.
  if (first_ < 0) first_ = done > 0 ? done - 1 : 0;
  bool const due = std::chrono::duration<double>(now - last_).count() >= seconds_between_;
  if (!due && done < total_) return;
  last_ = now;
  double const elapsed = std::chrono::duration<double>(now - start_).count();
  double const rate = elapsed > 0 ? static_cast<double>(done - first_) / elapsed : 0;
  std::string line =
      fmt::format("{} {}/{} {}, {:.3g} {}/s", label_, done, total_, unit_, rate, unit_);
  if (rate > 0) line += ", " + duration_text(static_cast<double>(total_ - done) / rate) + " left";
  if (!note.empty()) line += ", " + note;
  log_info(line);
}

std::string duration_text(double seconds) {
  auto const whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace shearwater::core
