// SPDX-License-Identifier: BSD-3-Clause
// `shearwater nbody INPUT.toml`: dark matter in a periodic box, from its start to its outputs.
#include <fmt/format.h>

#include <optional>

#include "nbody_cone.hpp"
#include "nbody_files.hpp"
#include "nbody_halo_cone.hpp"
#include "nbody_output.hpp"
#include "nbody_state.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/inspect.hpp"
#include "shearwater/particles/evolution.hpp"

namespace shearwater::commands {

namespace {

/// Throws InputError for more ranks than the mesh of tides can be divided among.
void check_ranks(NBodyJob const& job, int ranks) {
  if (!job.outputs.halos) return;
  auto const mesh = tidal_mesh_of(job.halos.tidal, job.header(1));
  if (mesh > 0 && mesh < ranks)
    throw core::InputError(fmt::format(
        "tidal.mesh: {} cells a side are divided among at most {} ranks, not {}; give a "
        "finer mesh or take fewer ranks",
        mesh, mesh, ranks));
}

/// Collective over comm: what the run is made from; of the user's own start, white noise and tables
/// what tells them from others of their names.
Origin origin_of(parallel::Communicator const& comm, NBodyJob const& job,
                 std::string const& input) {
  Origin origin{input, hashes_of(comm, job.tables)};
  auto const add = [&](char const* name, std::string const& path, auto const& hash_of) {
    if (!path.empty())
      origin.facts.emplace_back(name, from_root(comm, [&] { return hash_of(path); }));
  };
  add("start_hash", job.start.file, io::snapshot_hash);
  add("white_noise_hash", job.initial.white_noise, io::content_hash);
  return origin;
}

core::Provenance provenance_of(parallel::Communicator const& comm, NBodyJob const& job,
                               Origin const& origin) {
  auto provenance = core::make_provenance("nbody", origin.input, comm.size());
  if (!job.start.file.empty()) provenance.add_origin("start", job.start.file);
  for (auto const& [name, value] : origin.facts) provenance.add_origin(name, value);
  return provenance;
}

/// Whether the halos on the light cone of a complete run cannot be read.
bool has_damaged_halo_cone(NBodyJob const& job, std::string const& path) {
  if (!job.halo_cone) return false;
  try {
    io::InputFile(path).check_schema("cone halos");
    io::digest(path);
    return false;
  } catch (core::Error const& error) {
    core::log_warning(fmt::format("{}; it is made anew from the catalogues", error.what()));
    return true;
  }
}

/// Collective over comm: whether --resume finds all files there; throws where one of them is
/// damaged or of another run. Damaged halos on the light cone are written anew from the catalogues.
bool is_done(parallel::Communicator const& comm, CommandLine const& line, NBodyJob const& job,
             Origin const& origin) {
  auto const last = job.file("statistics", job.outputs.redshifts.size() - 1);
  auto const halo_cone = job.folder + "/cone_halos.hdf5";
  bool complete = false, damaged = false;
  comm.on_root([&] {
    complete = line.resume && is_complete(job);
    if (!complete) return;
    damaged = has_damaged_halo_cone(job, halo_cone);
    require_own_outputs(job, origin, damaged ? halo_cone : "");
  });
  if (!comm.any(complete) || !is_finished(comm, line, last, "statistics", origin,
                                          SimulationOutputs::keys_without_effect()))
    return false;
  if (comm.any(damaged)) write_halo_cone(job, provenance_of(comm, job, origin), comm);
  return true;
}

/// One simulation, step by step.
class Simulation {
 public:
  Simulation(parallel::Communicator const& comm, NBodyJob const& job, Origin const& origin,
             bool resume)
      : job_(job),
        origin_(origin),
        provenance_(provenance_of(comm, job, origin)),
        mesh_(comm, job.box, job.mesh),
        slab_(mesh_.make_slab()),
        cone_(make_cone(comm, job)),
        evolution_(mesh_, ExecSpace(), slab_, cosmology::Background(job.cosmology), job.steps,
                   job.steps.scale_factors_through(job.initial.scale_factor, job.output_times()),
                   begin(resume)),
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
  std::int64_t allocated_bytes() const {
    return mesh_.allocated_bytes() + slab_.allocated_bytes() +
           (cone_ ? cone_->allocated_bytes() : 0);
  }

  NBodyJob const& job_;
  Origin const& origin_;
  core::Provenance provenance_;
  particles::ParticleMesh mesh_;
  particles::ParticleSlab slab_;
  std::optional<particles::LightCone> cone_;
  particles::Evolution evolution_;
  std::int64_t first_step_;
  double stepping_seconds_ = 0;  ///< without outputs and checkpoints
  core::Timer since_checkpoint_;
};

std::optional<particles::LightCone> Simulation::make_cone(parallel::Communicator const& comm,
                                                          NBodyJob const& job) {
  if (!job.cone) return std::nullopt;
  cosmology::Background const background(job.cosmology);
  auto const field = job.cone->field(job.cone->sky());
  if (!job.cone->with_halos())
    return particles::LightCone(comm, *job.cone, field, job.box, job.cone->seed, background);
  halos::HaloCone const sky(*job.halo_cone, job.box.side, background);
  return particles::LightCone(
      comm, *job.cone, field, job.box,
      [sky](std::int64_t /*line*/, std::int64_t repetition) {
        return sky.line_of_sight(repetition);
      },
      background);
}

particles::Progress Simulation::begin(bool resume) {
  if (resume) {
    auto const progress = read_particles(job_.folder + "/checkpoints", origin_, slab_);
    slab_.comm().on_root([&] { require_same_outputs(job_, origin_); });
    if (progress) {
      if (cone_ && slab_.comm().is_root()) cone_->restore(progress->cone);
      return progress->steps;
    }
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
  write_particles(job_.folder + "/checkpoints", provenance_, {evolution_.progress(), masses},
                  job_.total(), slab_);
  since_checkpoint_ = core::Timer();
}

void Simulation::report_step() const {
  auto const& comm = slab_.comm();
  double const ranks = comm.size(), total = static_cast<double>(job_.total());
  double const imbalance = static_cast<double>(comm.max(slab_.count())) * ranks / total;
  double const memory = static_cast<double>(comm.max(allocated_bytes()));
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
  if (job_.cone->particles && cone_->sees(evolution_))
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
  double const bytes = static_cast<double>(slab_.comm().sum(allocated_bytes()));
  core::log_info(fmt::format("{}^3 particles of {:.4g} Msun/h, {}^3 mesh, {:.1f} bytes a particle",
                             job_.box.particles, job_.particle_mass(), mesh_.fft().side(),
                             bytes / static_cast<double>(job_.total())));
  for (std::size_t number = 0; number < times.size(); ++number) {
    // Written by the run that is taken up again.
    if (times[number] < evolution_.now()) {
      slab_.comm().on_root([&] { require_output(job_, number); });
      continue;
    }
    auto const reason = advance_to(times[number], control);
    if (!reason.empty()) return reason;
    if (cone_ && evolution_.finished())
      write_cone(job_, cone_->planes(ExecSpace()), provenance_, slab_.comm());
    evolution_.synchronise();
    write_outputs({job_, mesh_, slab_, evolution_.now(), provenance_}, number);
    if (job_.halo_cone && evolution_.finished()) write_halo_cone(job_, provenance_, slab_.comm());
    core::log_info(fmt::format("output {} at z = {:g} is in {}", number,
                               job_.outputs.redshifts[number], job_.folder));
  }
  return "";
}

}  // namespace

core::ExitCode nbody(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  auto const job = read_nbody_job(config, line);
  auto const origin = origin_of(comm, job, config.resolved());
  if (is_done(comm, line, job, origin)) return core::ExitCode::done;
  check_ranks(job, comm.size());
  std::optional<OutputFolder> folder;
  comm.on_root([&] {
    claim_output(job.folder, line);
    folder.emplace(job.folder);
    protect_input(job);
    if (line.overwrite && !line.resume) claim_old_results(job.folder);
  });
  core::RunControl const control(job.folder, core::parse_time_limit(line.time_limit));
  Simulation simulation(comm, job, origin, line.resume);
  // Only now, when the run is known to be possible.
  if (line.overwrite && !line.resume) comm.on_root([&] { remove_old_results(job.folder); });
  auto const stopped = simulation.run(control);
  if (stopped.empty()) return core::ExitCode::done;
  core::log_info(
      fmt::format("{}: stopped ({}) with a checkpoint; go on with --resume", job.folder, stopped));
  return core::ExitCode::stopped;
}

}  // namespace shearwater::commands
