// SPDX-License-Identifier: BSD-3-Clause
// `shearwater run CHAIN.toml`: a list of commands in one job.
#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::commands {

void Step::describe(core::Fields& field) {
  field("command", command, "", "what to run")
      .required()
      .one_of({"maps", "nbody", "halos", "populate", "train", "calibrate", "infer", "report"});
  field("input", input, "", "input file of the command, relative to this file");
  field("out", out, "", "main output, relative to the folder given by --out");
  field("set", set, "", "table.key=value, in place of the one in the input");
}

namespace {

/// "train:training.seed=2" changes the steps that run `train`.
std::vector<std::string> overrides_for(std::string const& command,
                                       std::vector<std::string> const& all) {
  std::vector<std::string> mine;
  for (auto const& text : all) {
    auto const colon = text.find(':');
    if (colon == std::string::npos || colon > text.find('='))
      throw core::UsageError(fmt::format(
          "--set {}: for a chain, name the command too, for example --set train:training.seed=2",
          text));
    if (text.substr(0, colon) == command) mine.push_back(text.substr(colon + 1));
  }
  return mine;
}

CommandLine line_of(Step const& step, core::Config const& chain, CommandLine const& outer) {
  CommandLine line = outer;
  line.base = outer.out.empty() ? "." : outer.out;
  bool const looks = step.command == "report";
  line.command = step.command;
  line.in.clear();
  line.out = step.out.empty() ? "" : artifact_path(line, step.out);
  line.target = looks ? line.base : chain.path_from(step.input);
  if (step.command != "train") line.device = "auto";  // --device is for the step that can use it
  if (!looks && step.input.empty())
    throw core::InputError(
        fmt::format("{}: a step runs `{}` without an input: give `input`, a file relative to this "
                    "one",
                    chain.name(), step.command));
  line.set = step.set;
  auto const extra = overrides_for(step.command, outer.set);
  line.set.insert(line.set.end(), extra.begin(), extra.end());
  return line;
}

}  // namespace

std::vector<CommandLine> read_chain(core::Config chain, CommandLine const& outer) {
  std::vector<CommandLine> lines;
  for (std::int64_t i = 0; i < chain.array_size("step"); ++i)
    lines.push_back(line_of(chain.read<Step>(fmt::format("step[{}]", i)), chain, outer));
  chain.refuse_unread();
  if (lines.empty())
    throw core::InputError(
        fmt::format("{}: no [[step]] here; a chain lists at least one", chain.name()));
  for (auto const& text : outer.set)
    if (std::none_of(lines.begin(), lines.end(),
                     [&](auto const& line) { return text.starts_with(line.command + ":"); }))
      throw core::UsageError(
          fmt::format("--set {}: no step of {} runs that command", text, chain.name()));
  return lines;
}

core::ExitCode run(parallel::Communicator const& comm, CommandLine const& outer) {
  core::Timer const timer;
  auto const limit = core::parse_time_limit(outer.time_limit);
  auto const lines = read_chain(read_input(comm, outer.target, {}), outer);
  comm.on_root([&] {
    if (!outer.out.empty()) make_output_folder(outer.out);
  });
  for (std::size_t i = 0; i < lines.size(); ++i) {
    core::log_info(fmt::format("step {} of {}: {} {}", i + 1, lines.size(), lines[i].command,
                               lines[i].target));
    core::Timer const step_timer;
    auto line = lines[i];
    // `auto` was resolved once, for the whole chain.
    line.time_limit = limit ? fmt::format("{}", std::max(1.0, *limit - timer.seconds())) : "";
    auto const code = dispatch(comm, line);
    if (code != core::ExitCode::done) return code;
    core::log_info(
        fmt::format("step {} took {}", i + 1, core::duration_text(step_timer.seconds())));
  }
  core::log_info(fmt::format("all steps done in {}", core::duration_text(timer.seconds())));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
