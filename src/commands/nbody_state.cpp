// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

#include "nbody_files.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/particles/particle_rows.hpp"

namespace shearwater::commands {

namespace {

using particles::Particle;

constexpr char const* schema = "particles";
constexpr std::int64_t rows_at_once = std::int64_t{1} << 20;

/// A rank's planes hold enough numbers for their mean and variance to be near 0 and 1.
void check_moments(std::string const& path, std::vector<double> const& values) {
  double sum = 0, squares = 0;
  for (double const value : values) sum += value, squares += value * value;
  auto const count = static_cast<double>(values.size());
  double const mean = sum / count, variance = squares / count - mean * mean;
  if (count < 100 || (std::abs(mean) < 0.5 && variance > 0.4 && variance < 2)) return;
  throw core::InputError(fmt::format(
      "{}: /white_noise has a mean of {:.3g} and a variance of {:.3g} in some planes: 0 "
      "and 1 are expected",
      path, mean, variance));
}

/// Collective: this rank's planes of the user's noise.
void read_noise(NBodyJob const& job, particles::Fft const& fft, particles::Fft::Grid const& noise) {
  std::int64_t const n = fft.side(), first = fft.own().first, count = fft.own().count;
  auto const host = Kokkos::create_mirror_view(noise);
  fft.comm().together([&] {
    io::InputFile const file(job.initial.white_noise);
    file.check_shape("/white_noise", {n, n, n});
    auto const values = file.read_rows("/white_noise", first, count).to_double();
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t k = 0; k < n; ++k) {
          double const value = values[static_cast<std::size_t>((i * n + j) * n + k)];
          // Gaussian numbers beyond 10 do not occur; other units do.
          if (!(std::abs(value) < 10))
            throw core::InputError(
                fmt::format("{}: /white_noise({}, {}, {}) is {}: numbers of mean 0 and variance 1 "
                            "are expected",
                            file.path(), first + i, j, k, value));
          host(i, j, k) = static_cast<float>(value);
        }
    check_moments(file.path(), values);
  });
  Kokkos::deep_copy(noise, host);
}

void draw_particles(NBodyJob const& job, particles::ParticleSlab& slab) {
  ExecSpace const space;
  particles::Fft const fft(slab.comm(), job.box.particles);
  auto const field = fft.make_grid("commands::density");
  auto const& power = *job.power;
  if (job.initial.white_noise.empty()) {
    particles::draw_density(fft, job.box, job.initial, power, fft.modes(field));
  } else {
    read_noise(job, fft, field);
    particles::colour_noise(fft, space, job.box, power, field);
  }
  particles::add_displaced(space, fft, job.box, job.initial, cosmology::Background(job.cosmology),
                           fft.modes(field), slab);
}

/// The ids of a file where they count on from the smallest, each once; else the rows.
std::vector<std::int64_t> row_ids(parallel::Communicator const& comm, io::Snapshot const& start) {
  auto const total = start.header.total;
  auto const [low, high] = std::minmax_element(start.ids.begin(), start.ids.end());
  auto const none = start.ids.empty();
  auto const least = comm.min(none ? std::numeric_limits<std::int64_t>::max() : *low);
  auto const most = comm.max(none ? std::numeric_limits<std::int64_t>::min() : *high);
  std::vector<std::int64_t> ids;
  bool const dense =
      static_cast<double>(most) - static_cast<double>(least) < static_cast<double>(total) &&
      most - least + 1 == total;
  if (dense && !io::ids_repeat(comm, start.ids)) {
    for (auto const id : start.ids) ids.push_back(id - least);
    return ids;
  }
  if (comm.is_root())
    core::log_warning(fmt::format(
        "the ids of the initial conditions, from {} to {} for {} particles, are not each there "
        "once: particles are numbered by their rows instead",
        least, most, total));
  for (std::int64_t i = 0; i < start.count; ++i) ids.push_back(start.first + i);
  return ids;
}

/// Refuses velocities that no unit gives.
void check_velocities(std::string const& path, io::Snapshot const& start) {
  for (std::size_t i = 0; i < start.velocities.size(); ++i)
    if (!(std::abs(start.velocities[i]) < units::speed_of_light_km_s))
      throw core::InputError(
          fmt::format("{}: particle {} has a velocity of {:g} km/s, faster than light: check the "
                      "file's UnitVelocity_in_cm_per_s, or state snapshot.unit_velocity_cm_s",
                      path, start.first + static_cast<std::int64_t>(i / 3), start.velocities[i]));
}

void read_start(NBodyJob const& job, particles::ParticleSlab& slab) {
  auto const& comm = slab.comm();
  auto const start = io::read_snapshot(comm, job.start.file, job.start);
  if (!start.masses.empty())
    throw core::InputError(fmt::format(
        "{}: its particles have different masses; only equal ones are evolved", job.start.file));
  comm.together([&] { check_velocities(job.start.file, start); });
  auto const ids = row_ids(comm, start);
  double const unit = particles::position_unit(job.box);
  double const speed = particles::velocity_unit(start.header.scale_factor);
  std::vector<Particle> mine(ids.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      auto const whole = std::llround(start.positions[3 * i + axis] / unit);
      mine[i].position[axis] = static_cast<particles::Position>(whole);
      mine[i].momentum[axis] = static_cast<float>(start.velocities[3 * i + axis] / speed);
    }
    mine[i].id = static_cast<std::uint64_t>(ids[i]);
  }
  slab.add(ExecSpace(), to_device("commands::particles", mine));
}

/// Columns of a checkpoint for some particles.
struct Columns {
  std::vector<std::int32_t> position;
  std::vector<float> momentum;
  std::vector<std::int64_t> id;

  explicit Columns(std::span<Particle const> particles) {
    for (auto const& particle : particles) {
      for (int axis = 0; axis < 3; ++axis) {
        position.push_back(std::bit_cast<std::int32_t>(particle.position[axis]));
        momentum.push_back(particle.momentum[axis]);
      }
      id.push_back(static_cast<std::int64_t>(particle.id));
    }
  }
};

void write_file(std::string const& path, core::Provenance const& provenance,
                SimulationProgress const& progress, std::int64_t total,
                particles::ParticleSlab const& slab) {
  auto const& comm = slab.comm();
  io::OutputFile file(comm, path, schema, provenance, {io::Existing::replace, 32 * total});
  file.attribute("/", "step", progress.steps.step);
  file.attribute("/", "synchronised", std::int64_t{progress.steps.synchronised});
  file.create("/position", io::ElementType::int32, {total, 3},
              {"side/2^32", "position, the bits of a number without sign"});
  file.create("/momentum", io::ElementType::float32, {total, 3}, {"Mpc", "a^2 dx/dt / H0", 0, -1});
  file.create("/id", io::ElementType::int64, {total}, {"1", "row in files sorted by id"});
  particles::visit_by_id(slab, total, particles::rows_at_once(slab),
                         [&](std::int64_t first, std::span<Particle const> rows) {
                           Columns const columns(rows);
                           file.write_rows<std::int32_t>("/position", first, columns.position);
                           file.write_rows<float>("/momentum", first, columns.momentum);
                           file.write_rows<std::int64_t>("/id", first, columns.id);
                         });
  if (!progress.cone.empty())
    file.put_from_root<std::int64_t>("/cone", {std::ssize(progress.cone)}, progress.cone,
                                     {"2^-32 particles", "masses of the light cone's pixels"});
  file.commit();
}

std::vector<Particle> read_rows(io::InputFile const& file, std::int64_t first, std::int64_t count) {
  auto const position = file.rows<std::int32_t>("/position", first, count);
  auto const momentum = file.rows<float>("/momentum", first, count);
  auto const id = file.rows<std::int64_t>("/id", first, count);
  std::vector<Particle> rows(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      rows[i].position[axis] = std::bit_cast<particles::Position>(position[3 * i + axis]);
      rows[i].momentum[axis] = momentum[3 * i + axis];
    }
    rows[i].id = static_cast<std::uint64_t>(id[i]);
  }
  return rows;
}

/// Path of the newest checkpoint's file; "" where there is none.
std::string find_checkpoint(std::string const& folder, Origin const& origin) {
  auto const search = io::newest_valid(folder);
  for (auto const& why : search.rejected) core::log_warning("checkpoint left out: " + why);
  if (!search.newest) return "";
  auto const path = search.newest->file(particle_file);
  // All that is written is of one input.
  auto const difference =
      difference_of(stored_origin(path, origin), origin, SimulationOutputs::keys_without_effect());
  if (!difference.empty())
    throw core::InputError(
        fmt::format("{}: --resume finds the checkpoint of another input: {}; resume with the input "
                    "that began it, or name another --out",
                    search.newest->path, difference));
  core::log_info("resuming from " + search.newest->path);
  return path;
}

}  // namespace

void start_particles(NBodyJob const& job, particles::ParticleSlab& slab) {
  if (job.start.file.empty())
    draw_particles(job, slab);
  else
    read_start(job, slab);
}

void write_particles(std::string const& folder, core::Provenance const& provenance,
                     SimulationProgress const& progress, std::int64_t total,
                     particles::ParticleSlab const& slab) {
  auto const& comm = slab.comm();
  std::optional<io::CheckpointWriter> writer;
  std::string path;
  comm.on_root([&] {
    writer.emplace(folder, progress.steps.step);
    path = writer->file(particle_file);
  });
  write_file(comm.broadcast(path), provenance, progress, total, slab);
  comm.on_root([&] { writer->commit(); });
}

std::optional<SimulationProgress> read_particles(std::string const& folder, Origin const& origin,
                                                 particles::ParticleSlab& slab) {
  auto const& comm = slab.comm();
  std::string path;
  comm.on_root([&] { path = find_checkpoint(folder, origin); });
  path = comm.broadcast(path);
  if (path.empty()) return std::nullopt;
  std::optional<io::InputFile> file;
  comm.together([&] {
    file.emplace(path);
    file->check_schema(schema);
  });
  auto const total = file->info("/id").shape.at(0);
  auto const share = parallel::share_of(total, comm.rank(), comm.size());
  // Ranks with fewer rows bring none at the end.
  std::int64_t const most = comm.max(share.count);
  for (std::int64_t done = 0; done < most; done += rows_at_once) {
    std::vector<Particle> rows;
    auto const first = share.first + std::min(done, share.count);
    auto const count = std::min(rows_at_once, share.count - std::min(done, share.count));
    comm.together([&] { rows = read_rows(*file, first, count); });
    slab.add(ExecSpace(), to_device("commands::particles", rows));
  }
  SimulationProgress progress;
  progress.steps = {file->integer("/", "step"), file->integer("/", "synchronised") != 0};
  comm.on_root([&] {
    if (!file->contains("/cone")) return;
    auto const masses = file->info("/cone").shape.at(0);
    for (std::int64_t done = 0; done < masses; done += rows_at_once)
      std::ranges::copy(
          file->rows<std::int64_t>("/cone", done, std::min(rows_at_once, masses - done)),
          std::back_inserter(progress.cone));
  });
  return progress;
}

}  // namespace shearwater::commands
