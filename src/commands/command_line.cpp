// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

namespace {

struct Verb {
  char const *name, *purpose;
};

constexpr Verb computing[] = {
    {"maps", "simulate lensing maps, or bin a galaxy shape catalogue into maps"},
    {"nbody", "simulate the dark matter of a periodic box"},
    {"halos", "find the halos of a particle snapshot and measure them"},
    {"populate", "put galaxies with shapes and orientations into the halos of a catalogue"},
    {"graph", "make graphs of the galaxies of halos, to learn orientations from"},
    {"measure", "measure alignments and correlations of galaxies"},
    {"train", "train a network that gives a posterior for a map"},
    {"calibrate", "test a trained network's posteriors on fresh simulations"},
    {"infer", "give the posterior for a map"},
    {"run", "run a list of commands in one job"}};

constexpr std::int64_t most_ranks = 10'000'000;

void add_computing(CLI::App& app, Verb const& verb, CommandLine& line) {
  auto* command = app.add_subcommand(verb.name, verb.purpose);
  command->add_option("INPUT", line.target, "input file (TOML)")->required();
  command->add_option("--in", line.in, "main input, in place of the one that INPUT names");
  command->add_option("--out", line.out, "main output, in place of the one that INPUT names");
  command->add_option("--set", line.set, "table.key=value, in place of the one in INPUT")
      ->allow_extra_args(false);
  command->add_flag("--dry-run", line.dry_run,
                    "check everything and estimate the cost; compute nothing");
  command->add_option("--ranks", line.ranks, "with --dry-run: plan for this many ranks")
      ->check(CLI::Range(std::int64_t{1}, most_ranks));
  command->add_option("--mem-per-rank", line.mem_per_rank,
                      "with --dry-run: memory of one rank, such as 4G");
  command->add_flag(
      "--resume", line.resume,
      "nothing to do where the output is finished; else on from the newest checkpoint, or afresh");
  command->add_flag("--overwrite", line.overwrite, "replace outputs that exist");
  command->add_option("--time-limit", line.time_limit,
                      "stop after 90, 15min, 2h, hh:mm:ss or auto; a training leaves a checkpoint");
  command
      ->add_option("--device", line.device,
                   "auto, cpu or cuda: where a training runs; other commands use the host")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
}

void add_looking(CLI::App& app, CommandLine& line, bool& digest, bool& toml) {
  auto* inspect = app.add_subcommand("inspect", "print what an HDF5 file of this program holds");
  inspect->add_option("FILE", line.target)->required();
  auto* digest_flag =
      inspect->add_flag("--digest", digest,
                        "one hash of all content but the facts of the run; of a folder, that of "
                        "each file in it");
  inspect->add_flag("--toml", toml, "the input that makes the file again")->excludes(digest_flag);
  app.add_subcommand("report", "write report.html for the results in a folder")
      ->add_option("FOLDER", line.target)
      ->required();
  app.add_subcommand("validate", "check an input file without running it")
      ->add_option("FILE", line.target)
      ->required();
  app.add_subcommand("doctor", "print what was found: versions, ranks, threads, devices, space");
  std::vector<std::string> topics = {"inputs"};
  for (auto const* command : app.get_subcommands(nullptr)) topics.push_back(command->get_name());
  app.add_subcommand("help",
                     "print this help, `help COMMAND`, or `help inputs`: every key of every input")
      ->add_option("TOPIC", line.view)
      ->check(CLI::IsMember(topics));
}

/// What to say of a first word that is no command, of which CLI11 says only that one is required.
std::string unknown_command(CLI::App const& app, int argc, char const* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  std::vector<std::string> names;
  for (auto const* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return "";
  auto const near = core::nearest(argv[1], names);
  return std::string("there is no command '") + argv[1] + "'" +
         (near.empty() ? "" : "; did you mean '" + near + "'?") + "; `shearwater help` lists them";
}

}  // namespace

bool is_first_of_launch() {
  for (auto const* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (char const* rank = std::getenv(name)) return std::string(rank) == "0";
  return true;
}

CommandLine parse_command_line(int argc, char const* const* argv, std::optional<int>& exit_code) {
  CommandLine line;
  bool digest = false, toml = false;
  CLI::App app("Simulation and amortized inference for cosmology", "shearwater");
  app.set_version_flag("--version", "shearwater " + core::version_text());
  app.require_subcommand(1);
  for (auto const& verb : computing) add_computing(app, verb, line);
  add_looking(app, line, digest, toml);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    exit_code =
        static_cast<int>(error.get_exit_code() == 0 ? core::ExitCode::done : core::ExitCode::usage);
    if (!is_first_of_launch()) return line;
    if (auto const unknown = unknown_command(app, argc, argv); !unknown.empty())
      core::log_error(unknown);
    else
      app.exit(error);
    return line;
  }
  line.command = app.get_subcommands().front()->get_name();
  if (digest) line.view = "digest";
  if (toml) line.view = "toml";
  if (line.command == "help" && line.view != "inputs") {
    // Not app.help(), which is that of the command `help` itself.
    auto const* shown = line.view.empty() ? &app : app.get_subcommand(line.view);
    auto const name = shown == &app ? app.get_name() : app.get_name() + " " + line.view;
    auto const text = app.get_formatter()->make_help(shown, name, CLI::AppFormatMode::Normal);
    std::fputs(text.c_str(), stdout);
    exit_code = static_cast<int>(core::ExitCode::done);
  }
  return line;
}

bool runs_without_mpi(CommandLine const& line) {
  return line.dry_run || line.command == "validate" || line.command == "help";
}

}  // namespace shearwater::commands
