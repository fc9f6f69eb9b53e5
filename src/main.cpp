// SPDX-License-Identifier: BSD-3-Clause
#include <Kokkos_Core.hpp>
#include <exception>
#include <optional>

#include "shearwater/commands/dispatch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/run_control.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace {

/// Runs one command on all ranks; an error ends all of them with its code.
int run_on_ranks(int argc, char** argv, shearwater::commands::CommandLine const& line) {
  using namespace shearwater;
  parallel::Environment environment(argc, argv);
  Kokkos::ScopeGuard kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
  parallel::Communicator const world(MPI_COMM_WORLD);
  core::set_log_rank(world.rank());
  core::install_stop_signals();
  return commands::guarded(world, [&] { return commands::dispatch(world, line); });
}

}  // namespace

int main(int argc, char** argv) {
  using namespace shearwater;
  std::optional<int> exit_code;
  auto const line = commands::parse_command_line(argc, argv, exit_code);
  if (exit_code) return *exit_code;
  if (!commands::runs_without_mpi(line)) return run_on_ranks(argc, argv, line);
  try {
    Kokkos::ScopeGuard kokkos(Kokkos::InitializationSettings().set_disable_warnings(true));
    return static_cast<int>(commands::dispatch_alone(line));
  } catch (std::exception const& error) {
    auto const known = core::as_error(error);
    if (commands::is_first_of_launch()) core::log_error(known.what());
    return static_cast<int>(known.code());
  }
}
