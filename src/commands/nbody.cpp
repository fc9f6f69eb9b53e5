// SPDX-License-Identifier: BSD-3-Clause
// `shearwater nbody INPUT.toml`: dark matter in a periodic box, from its start to its outputs.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <regex>

#include "nbody_cone.hpp"
#include "nbody_output.hpp"
#include "nbody_state.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/particles/evolution.hpp"

namespace shearwater::commands {

namespace {

/// Removes the results and checkpoints that --overwrite gives up, so that none of them is taken for
/// one of the new run.
void remove_old_results(std::string const& folder) {
  static std::regex const ours(
      "(snapshot|subsample|statistics|halos|cone)_[0-9]+\\.hdf5|(light_cone|maps)\\.hdf5");
  for (auto const& entry : std::filesystem::directory_iterator(folder))
    if (std::regex_match(entry.path().filename().string(), ours))
      std::filesystem::remove(entry.path());
  std::filesystem::remove_all(std::filesystem::path(folder) / "checkpoints");
}

/// One simulation, step by step.
class Simulation {
 public:
  Simulation(parallel::Communicator const& comm, NBodyJob const& job, std::string const& input,
             bool resume)
      : job_(job),
        input_(input),
        mesh_(comm, job.box, job.mesh),
        slab_(mesh_.make_slab()),
        cone_(make_cone(comm, job)),
        evolution_(mesh_, ExecSpace(), slab_, cosmology::Background(job.cosmology), job.steps,
                   job.steps.scale_factors_through(job.initial.scale_factor, job.output_times()),
                   begin(resume)),
        provenance_(core::make_provenance("nbody", input, comm.size())),
        first_step_(evolution_.progress().step) {}

  /// Collective: to the last output, or until there is a reason to stop, which is returned.
  std::string run(core::RunControl const& control);

 private:
  static std::optional<particles::LightCone> make_cone(parallel::Communicator const& comm,
                                                       NBodyJob const& job);
  particles::Progress begin(bool resume);
  /// Collective: why to stop before the output at `time`; "" when it is reached.
  std::string advance_to(double time, core::RunControl const& control);
  void look_along_cone();
  void checkpoint();
  bool checkpoint_due() const;
  void report_step() const;

  NBodyJob const& job_;
  std::string input_;
  particles::ParticleMesh mesh_;
  particles::ParticleSlab slab_;
  std::optional<particles::LightCone> cone_;
  particles::Evolution evolution_;
  core::Provenance provenance_;
  std::int64_t first_step_;
  double stepping_seconds_ = 0;  ///< without outputs and checkpoints
  core::Timer since_checkpoint_;
};

std::optional<particles::LightCone> Simulation::make_cone(parallel::Communicator const& comm,
                                                          NBodyJob const& job) {
  if (!job.cone) return std::nullopt;
  return particles::LightCone(comm, *job.cone, job.cone->field(job.cone->sky()), job.box,
                              job.initial.seed, cosmology::Background(job.cosmology));
}

particles::Progress Simulation::begin(bool resume) {
  if (resume)
    if (auto const progress = read_particles(job_.folder + "/checkpoints", input_, slab_)) {
      if (cone_ && slab_.comm().is_root()) cone_->restore(progress->cone);
      return progress->steps;
    }
  start_particles(job_, slab_);
  return {};
}

bool Simulation::checkpoint_due() const {
  double const minutes = job_.outputs.checkpoint_minutes;
  // The root's clock decides for all.
  bool const due =
      slab_.comm().is_root() && minutes > 0 && since_checkpoint_.seconds() > 60 * minutes;
  return slab_.comm().any(due);
}

void Simulation::checkpoint() {
  auto const masses = cone_ ? cone_->masses() : std::vector<std::int64_t>{};
  write_particles(job_.folder + "/checkpoints", input_, {evolution_.progress(), masses},
                  job_.total(), slab_);
  since_checkpoint_ = core::Timer();
}

void Simulation::report_step() const {
  auto const& comm = slab_.comm();
  double const ranks = comm.size(), total = static_cast<double>(job_.total());
  double const imbalance = static_cast<double>(comm.max(slab_.count())) * ranks / total;
  double const memory =
      static_cast<double>(comm.max(mesh_.allocated_bytes() + slab_.allocated_bytes()));
  auto const step = evolution_.progress().step;
  double const per_step = stepping_seconds_ / static_cast<double>(step - first_step_);
  core::log_info(fmt::format(
      "step {}/{}, a = {:.4f} (z = {:.3f}), {:.1f} million particle-steps/s, imbalance {:.2f}, "
      "{:.2f} GB a rank, {} left, checkpoint {} old",
      step, evolution_.steps(), evolution_.now(), 1 / evolution_.now() - 1, 1e-6 * total / per_step,
      imbalance, memory / 1e9,
      core::duration_text(per_step * static_cast<double>(evolution_.steps() - step)),
      core::duration_text(since_checkpoint_.seconds())));
}

void Simulation::look_along_cone() {
  if (!cone_) return;
  cone_->add_step(ExecSpace(), evolution_, slab_);
  if (job_.cone->particles)
    write_cone_particles(job_, evolution_.progress().step,
                         cone_->crossed(ExecSpace(), evolution_, slab_), provenance_, slab_.comm());
}

std::string Simulation::advance_to(double time, core::RunControl const& control) {
  while (evolution_.now() < time) {
    auto const reason = reason_to_stop(slab_.comm(), control);
    if (!reason.empty() || checkpoint_due()) checkpoint();
    if (!reason.empty()) return reason;
    core::Timer const timer;
    evolution_.step();
    look_along_cone();
    stepping_seconds_ += timer.seconds();
    report_step();
  }
  return "";
}

std::string Simulation::run(core::RunControl const& control) {
  auto const times = job_.output_times();
  double const bytes =
      static_cast<double>(slab_.comm().sum(mesh_.allocated_bytes() + slab_.allocated_bytes()));
  core::log_info(fmt::format("{}^3 particles of {:.4g} Msun/h, {}^3 mesh, {:.1f} bytes a particle",
                             job_.box.particles, job_.particle_mass(), mesh_.fft().side(),
                             bytes / static_cast<double>(job_.total())));
  for (std::size_t number = 0; number < times.size(); ++number) {
    // Written by the run that is taken up again.
    if (times[number] < evolution_.now()) continue;
    auto const reason = advance_to(times[number], control);
    if (!reason.empty()) return reason;
    if (cone_ && evolution_.finished())
      write_cone(job_, cone_->planes(ExecSpace()), provenance_, slab_.comm());
    evolution_.synchronise();
    write_outputs({job_, mesh_, slab_, evolution_.now(), provenance_}, number);
    core::log_info(fmt::format("output {} at z = {:g} is in {}", number,
                               job_.outputs.redshifts[number], job_.folder));
  }
  return "";
}

}  // namespace

core::ExitCode nbody(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line.target, line.set);
  auto const job = read_nbody_job(config, line);
  auto const last = job.file("statistics", job.outputs.redshifts.size() - 1);
  if (is_finished(comm, line, last, "statistics", {config.resolved(), {}}))
    return core::ExitCode::done;
  std::optional<OutputFolder> folder;
  comm.on_root([&] {
    claim_output(job.folder, line);
    folder.emplace(job.folder);
    if (line.overwrite && !line.resume) remove_old_results(job.folder);
  });
  core::RunControl const control(job.folder, core::parse_time_limit(line.time_limit));
  Simulation simulation(comm, job, config.resolved(), line.resume);
  auto const stopped = simulation.run(control);
  if (stopped.empty()) return core::ExitCode::done;
  core::log_info(
      fmt::format("{}: stopped ({}) with a checkpoint; go on with --resume", job.folder, stopped));
  return core::ExitCode::stopped;
}

}  // namespace shearwater::commands
