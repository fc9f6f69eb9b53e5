// SPDX-License-Identifier: BSD-3-Clause
// `shearwater calibrate INPUT.toml`: are the model's posteriors as wide as they say?
#include "shearwater/inference/calibration.hpp"

#include <fmt/format.h>

#include "calibration_file.hpp"
#include "commands.hpp"
#include "digit_job.hpp"
#include "generator_test.hpp"
#include "models.hpp"
#include "results.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::commands {

core::ExitCode calibrate(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  if (config.has("digit_test")) return calibrate_digits(comm, line, config);
  if (config.has("graphs")) return calibrate_generator(comm, line, config);
  auto const job = read_calibration(config, line);
  comm.on_root([&] { claim_file(job.file, line); });
  auto const facts = model_facts(comm, job.model, line);
  if (is_finished(comm, line, job.file, "calibration", {config.resolved(), facts}))
    return core::ExitCode::done;
  core::Timer const timer;
  auto const control = run_control(line, job.file);
  auto const model = load_model(job.model, line);
  auto const source = simulator_of(model, "calibrate.simulation_seed", job.simulation_seed);
  std::string stopped;
  auto const predictions =
      predict_examples(comm, model, *source, job.calibration.simulations, control, stopped);
  if (!predictions) {
    core::log_info(fmt::format(
        "{}: stopped ({}) before all {} simulations were made; none is kept: run again, and it "
        "starts anew",
        job.file, stopped, job.calibration.simulations));
    return core::ExitCode::stopped;
  }
  auto const result =
      inference::calibrate(predictions->posterior, predictions->truths, job.calibration);

  auto provenance = core::make_provenance("calibrate", config.resolved(), comm.size());
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.add_run("seconds", fmt::format("{:.1f}", timer.seconds()));
  write_calibration(comm, job.file, result, provenance, line.overwrite);
  for (std::size_t p = 0; p < result.names.size(); ++p)
    core::log_info(fmt::format("SBC {}: chi-square {:.2f} (gate {:.2f}), ECDF {}", result.names[p],
                               result.sbc[p].chi_square, result.sbc[p].chi_square_gate,
                               result.sbc[p].passes() ? "inside its gate" : "outside its gate"));
  auto const verdict = [](bool passes) { return passes ? "passed" : "FAILED"; };
  core::log_info(fmt::format(
      "calibration {} with {} simulations (expected coverage {}, random points {}); {:.3f} nats "
      "gained; {}",
      verdict(result.sbc_passes()), result.config.simulations, verdict(result.coverage.passes()),
      verdict(result.tarp.passes()), result.information, core::duration_text(timer.seconds())));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
