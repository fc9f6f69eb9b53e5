// SPDX-License-Identifier: BSD-3-Clause
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/run_control.hpp"
#include "support.hpp"

using namespace shearwater;

TEST_CASE("a time limit is read in the usual forms", "[core][run_control]") {
  CHECK(core::parse_time_limit("90") == 90.0);
  CHECK(core::parse_time_limit("90s") == 90.0);
  CHECK(core::parse_time_limit("15min") == 900.0);
  CHECK(core::parse_time_limit("2h") == 7200.0);
  CHECK(core::parse_time_limit("01:02:03") == 3723.0);
  CHECK_FALSE(core::parse_time_limit("").has_value());
  for (auto const* wrong : {"soon", "-5", "5 parsecs", "0", "1:2", "inf", "-1:00:00", "0:0:0"})
    CHECK_THROWS_AS(core::parse_time_limit(wrong), core::UsageError);
}

TEST_CASE("auto reads the end of the Slurm job, and is no limit outside one",
          "[core][run_control]") {
  unsetenv("SLURM_JOB_END_TIME");
  CHECK_FALSE(core::parse_time_limit("auto").has_value());
  setenv("SLURM_JOB_END_TIME", "99999999999", 1);
  CHECK(core::parse_time_limit("auto").value_or(0) > 9e10);
  for (auto const* wrong : {"soon", "", "0", "12:00"}) {
    setenv("SLURM_JOB_END_TIME", wrong, 1);
    CHECK_THROWS_AS(core::parse_time_limit("auto"), core::UsageError);
  }
  unsetenv("SLURM_JOB_END_TIME");
}

TEST_CASE("a run is asked to stop by its limit, a file or a signal", "[core][run_control]") {
  test::ScratchFolder folder;
  CHECK(core::RunControl(folder.path()).reason_to_stop().empty());
  CHECK(core::RunControl(folder.path(), 0.0).reason_to_stop() == "time limit");
  std::ofstream(folder.file("stop")) << "";
  CHECK(core::RunControl(folder.path()).reason_to_stop() == "stop file");
  CHECK(core::RunControl(folder.path(), 0.0).reason_to_stop(false).empty());
  core::install_stop_signals();
  // A write beyond the limit on file sizes fails with a reason, and the program goes on.
  CHECK(std::signal(SIGXFSZ, SIG_IGN) == SIG_IGN);
  REQUIRE(std::raise(SIGUSR1) == 0);
  CHECK(core::RunControl().reason_to_stop() == "signal");
  CHECK(core::RunControl().reason_to_stop(false) == "signal");
}
