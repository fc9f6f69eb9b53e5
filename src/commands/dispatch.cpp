// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/commands/dispatch.hpp"

#include "commands.hpp"

namespace shearwater::commands {

core::ExitCode dispatch(parallel::Communicator const& comm, CommandLine const& line) {
  using Command = core::ExitCode (*)(parallel::Communicator const&, CommandLine const&);
  static constexpr std::pair<char const*, Command> table[] = {
      {"maps", maps},   {"nbody", nbody},         {"halos", halos},
      {"graph", graph}, {"populate", populate},
#ifdef SHEARWATER_LEARN
      {"train", train}, {"calibrate", calibrate}, {"infer", infer},
#endif
      {"run", run},     {"report", report},       {"inspect", inspect}};
  if (line.command == "doctor") return doctor(comm);
  for (auto const& [name, command] : table)
    if (line.command == name) return command(comm, line);
  throw core::UsageError("this build has no '" + line.command +
                         "': it was made with SHEARWATER_LEARN=OFF; build with LibTorch");
}

core::ExitCode dispatch_alone(CommandLine const& line) {
  if (line.command == "help") return help_inputs();
  if (line.command == "validate") return validate(line);
  return plan(line);
}

}  // namespace shearwater::commands
