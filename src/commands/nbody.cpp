// SPDX-License-Identifier: BSD-3-Clause
// `shearwater nbody INPUT.toml`: dark matter in a periodic box, from its start to its outputs.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <regex>

#include "nbody_cone.hpp"
#include "nbody_halo_cone.hpp"
#include "nbody_output.hpp"
#include "nbody_state.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/inspect.hpp"
#include "shearwater/particles/evolution.hpp"

namespace shearwater::commands {

namespace {

/// Whether a file of this name is one that this command writes.
bool is_output(std::filesystem::path const& path) {
  static std::regex const ours(
      "(snapshot|subsample|statistics|halos|cone)_[0-9]+\\.hdf5|(light_cone|cone_halos|maps)\\."
      "hdf5");
  return std::regex_match(path.filename().string(), ours);
}

/// Removes the results and checkpoints that --overwrite gives up, so that none of them is taken for
/// one of the new run.
void remove_old_results(std::string const& folder) {
  for (auto const& entry : std::filesystem::directory_iterator(folder))
    if (is_output(entry.path())) std::filesystem::remove(entry.path());
  std::filesystem::remove_all(std::filesystem::path(folder) / "checkpoints");
}

/// Throws InputError where what the run reads is a file that it, or --overwrite, would replace.
void protect_input(NBodyJob const& job) {
  for (auto const& file : {job.start.file, job.initial.white_noise}) {
    std::filesystem::path const path(file);
    if (!file.empty() && is_output(path) && same_file(path.parent_path().string(), job.folder))
      throw core::InputError(fmt::format(
          "{}: is read by this run, whose outputs of that name it would be lost to; name "
          "another --out",
          file));
  }
}

/// Throws InputError where outputs in the folder, of a run without a checkpoint, are of another
/// input.
void require_same_outputs(NBodyJob const& job, std::string const& input) {
  for (std::size_t number = 0; std::filesystem::exists(job.file("statistics", number)); ++number) {
    auto const path = job.file("statistics", number);
    require_same_origin(path, {io::stored_input(path), {}}, {input, {}},
                        SimulationOutputs::keys_without_effect());
  }
}

/// The files that this run writes at output `number`.
std::vector<std::string> files_of(NBodyJob const& job, std::size_t number) {
  std::vector<std::string> files{job.file("statistics", number)};
  if (job.outputs.snapshots) files.push_back(job.file("snapshot", number));
  if (job.outputs.halos) files.push_back(job.file("halos", number));
  if (number + 1 < job.outputs.redshifts.size()) return files;
  if (job.halo_cone) files.push_back(job.folder + "/cone_halos.hdf5");
  if (!job.cone) return files;
  files.push_back(job.folder + "/light_cone.hdf5");
  if (!job.sources.empty()) files.push_back(job.folder + "/maps.hdf5");
  return files;
}

/// Throws IoError where a file of an output before the newest checkpoint is gone.
void require_output(NBodyJob const& job, std::size_t number) {
  for (auto const& file : files_of(job, number))
    if (!std::filesystem::exists(file))
      throw core::IoError(fmt::format(
          "{}: is missing, and the newest checkpoint is later: put it back, or run afresh "
          "by --overwrite without --resume",
          file));
}

/// Whether every file is there.
bool is_complete(NBodyJob const& job) {
  for (std::size_t number = 0; number < job.outputs.redshifts.size(); ++number)
    for (auto const& file : files_of(job, number))
      if (!std::filesystem::exists(file)) return false;
  return true;
}

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

/// Collective over comm: names the user's own start, and what its white noise was.
core::Provenance provenance_of(parallel::Communicator const& comm, NBodyJob const& job,
                               std::string const& input) {
  auto provenance = core::make_provenance("nbody", input, comm.size());
  if (!job.start.file.empty()) provenance.add_origin("start", job.start.file);
  if (job.initial.white_noise.empty()) return provenance;
  std::string hash;
  comm.on_root([&] { hash = core::hash_file(job.initial.white_noise); });
  provenance.add_origin("white_noise_hash", comm.broadcast(hash));
  return provenance;
}

/// Collective over comm: writes the halos on the light cone of a finished run anew where their file
/// is damaged, from its catalogues.
void mend_halo_cone(parallel::Communicator const& comm, NBodyJob const& job,
                    std::string const& input) {
  if (!job.halo_cone) return;
  auto const path = job.folder + "/cone_halos.hdf5";
  bool damaged = false;
  comm.on_root([&] {
    try {
      io::InputFile(path).check_schema("cone halos");
      io::digest(path);
    } catch (core::Error const& error) {
      damaged = true;
      core::log_warning(fmt::format("{}; it is made anew from the catalogues", error.what()));
    }
  });
  if (comm.any(damaged)) write_halo_cone(job, provenance_of(comm, job, input), comm);
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
        provenance_(provenance_of(comm, job, input)),
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
  if (resume)
    if (auto const progress = read_particles(job_.folder + "/checkpoints", input_, slab_)) {
      if (cone_ && slab_.comm().is_root()) cone_->restore(progress->cone);
      return progress->steps;
    }
  if (resume) slab_.comm().on_root([&] { require_same_outputs(job_, input_); });
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
  auto config = read_input(comm, line.target, line.set);
  auto const job = read_nbody_job(config, line);
  auto const last = job.file("statistics", job.outputs.redshifts.size() - 1);
  bool complete = false;
  if (line.resume) comm.on_root([&] { complete = is_complete(job); });
  if (comm.any(complete) && is_finished(comm, line, last, "statistics", {config.resolved(), {}},
                                        SimulationOutputs::keys_without_effect())) {
    mend_halo_cone(comm, job, config.resolved());
    return core::ExitCode::done;
  }
  check_ranks(job, comm.size());
  std::optional<OutputFolder> folder;
  comm.on_root([&] {
    claim_output(job.folder, line);
    folder.emplace(job.folder);
    protect_input(job);
  });
  core::RunControl const control(job.folder, core::parse_time_limit(line.time_limit));
  Simulation simulation(comm, job, config.resolved(), line.resume);
  // Only now, when the run is known to be possible.
  if (line.overwrite && !line.resume) comm.on_root([&] { remove_old_results(job.folder); });
  auto const stopped = simulation.run(control);
  if (stopped.empty()) return core::ExitCode::done;
  core::log_info(
      fmt::format("{}: stopped ({}) with a checkpoint; go on with --resume", job.folder, stopped));
  return core::ExitCode::stopped;
}

}  // namespace shearwater::commands
