// SPDX-License-Identifier: BSD-3-Clause
// `shearwater infer INPUT.toml`: a map in, its posterior out.
#include <fmt/format.h>

#include <optional>

#include "commands.hpp"
#include "models.hpp"
#include "posterior_output.hpp"
#include "results.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::commands {

namespace {

/// Collective over comm: whether to stop now, before any file is written; says so.
bool stops(parallel::Communicator const& comm, core::RunControl const& control,
           std::string const& folder) {
  auto const reason = reason_to_stop(comm, control);
  if (reason.empty()) return false;
  core::log_info(
      fmt::format("{}: stopped ({}) before anything was written: run again, and it starts anew",
                  folder, reason));
  return true;
}

}  // namespace

core::ExitCode infer(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  auto const job = read_inference(config, line);
  std::optional<OutputFolder> folder;
  comm.on_root([&] {
    claim_posterior(job, line);
    folder.emplace(job.folder);
  });
  auto facts = model_facts(comm, job.model, line);
  facts.emplace_back("observation_hash", observation_hash(comm, job));
  if (is_finished(comm, line, job.folder + "/posterior.h5", "posterior",
                  {config.resolved(), facts}))
    return core::ExitCode::done;
  core::Timer const timer;
  auto const control = run_control(line, job.folder + "/posterior.h5");
  auto const model = load_model(job.model, line);
  auto const observation = find_observation(comm, job, model);
  if (stops(comm, control, job.folder)) return core::ExitCode::stopped;
  auto const posterior = inference::MixturePosterior::from_batch(
      model.prior, model.predictor.predict(network_input(observation, model)));
  auto const reference = find_reference(comm, job, model.prior);
  if (stops(comm, control, job.folder)) return core::ExitCode::stopped;

  auto provenance = core::make_provenance("infer", config.resolved(), comm.size());
  provenance.add_origin("observation", observation.origin);
  provenance.add_origin("model_description", model.predictor.description());
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.add_run("seconds", fmt::format("{:.1f}", timer.seconds()));
  // Without posterior.h5 what --resume finds are parts of an unfinished inference.
  PosteriorOutput const output{
      job, model, observation, posterior, reference, provenance, line.overwrite || line.resume};
  write_posterior_files(comm, output);
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
