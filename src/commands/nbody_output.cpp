// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "halo_file.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/io/snapshot_writer.hpp"
#include "shearwater/particles/particle_rows.hpp"

namespace shearwater::commands {

namespace {

using particles::Particle;

constexpr std::int64_t rows_at_once = std::int64_t{1} << 20;

io::SnapshotContent content_of(SimulationState const& state, std::int64_t total) {
  auto const& cosmology = state.job.cosmology;
  io::SnapshotContent content;
  content.total = total;
  content.box_side = state.job.box.side;
  content.scale_factor = state.scale_factor;
  // Of the particles that are written, which for a subsample stand for all matter.
  content.particle_mass = state.job.particle_mass() * static_cast<double>(state.job.total()) /
                          static_cast<double>(total);
  content.omega_m = cosmology.omega_m();
  content.omega_de = cosmology.omega_de();
  content.omega_b = cosmology.omega_b;
  content.h = cosmology.h;
  return content;
}

/// Whether a particle is one of the subsample: a number of its id alone.
struct Choice {
  double fraction = 1;
  bool operator()(Particle const& particle) const {
    return fraction == 1 ||
           core::Stream(0, core::Purpose::subsample, particle.id).uniform() < fraction;
  }
};

/// Rows of a file: the chosen of a few particles in physical units.
struct Rows {
  std::vector<double> positions, velocities;
  std::vector<std::int64_t> ids;

  Rows(SimulationState const& state, std::span<Particle const> particles, Choice const& chosen) {
    double const length = particles::position_unit(state.job.box);
    double const speed = particles::velocity_unit(state.scale_factor);
    for (auto const& particle : particles) {
      if (!chosen(particle)) continue;
      for (int axis = 0; axis < 3; ++axis) {
        positions.push_back(length * particle.position[axis]);
        velocities.push_back(speed * static_cast<double>(particle.momentum[axis]));
      }
      ids.push_back(static_cast<std::int64_t>(particle.id));
    }
  }
};

/// Rows that come before those of this rank, and those of all ranks.
struct Counted {
  std::int64_t before = 0, total = 0;
  Counted(parallel::Communicator const& comm, std::int64_t mine) {
    auto const all = comm.all_gather(std::span<std::int64_t const>(&mine, 1));
    for (int rank = 0; rank < comm.size(); ++rank) {
      if (rank < comm.rank()) before += all[static_cast<std::size_t>(rank)];
      total += all[static_cast<std::size_t>(rank)];
    }
  }
};

void write_particles(SimulationState const& state, std::string const& path, Choice const& chosen) {
  std::int64_t mine = 0;
  auto const visit = [&](auto const& action) {
    particles::visit_by_id(state.slab, state.job.total(), rows_at_once, action);
  };
  // Ids are divided in rank order, so that the rows of a rank follow those of the one before.
  visit([&](std::int64_t, std::span<Particle const> rows) {
    mine += std::count_if(rows.begin(), rows.end(), chosen);
  });
  Counted const counted(state.slab.comm(), mine);
  if (counted.total == 0) return;
  io::SnapshotWriter file(state.slab.comm(), path, content_of(state, counted.total),
                          state.provenance, io::Existing::replace);
  std::int64_t at = counted.before;
  visit([&](std::int64_t, std::span<Particle const> particles) {
    Rows const rows(state, particles, chosen);
    file.write(at, rows.positions, rows.velocities, rows.ids);
    at += std::ssize(rows.ids);
  });
  file.commit();
}

/// The halos of all particles.
void write_catalogue(SimulationState const& state, std::string const& path) {
  auto const& comm = state.slab.comm();
  auto const& job = state.job;
  auto const header = job.header(state.scale_factor);
  auto const set =
      particles::particle_set(state.slab, job.box, state.scale_factor, job.particle_mass());
  // An output is not left half done: a request to stop waits for the next step.
  auto const found = measure_halos(comm, set, header, job.halos, [] { return false; });
  write_halos(comm, path, job.halos, header, *found, state.provenance, io::Existing::replace);
  core::log_info(fmt::format("{}: {} groups, {} of at least {} particles", path,
                             found->members.all_groups, found->members.total,
                             job.halos.halos.min_particles));
}

/// The power of the particles beside what theory says at the same wavenumbers.
void write_power(SimulationState const& state, std::vector<particles::PowerBin> const& bins,
                 io::OutputFile& file) {
  auto const& job = state.job;
  cosmology::NonlinearPower const theory(cosmology::Background(job.cosmology),
                                         job.spectra.linear_power(job.cosmology, job.input_folder));
  std::vector<double> k, power, linear, nonlinear;
  std::vector<std::int64_t> modes;
  for (auto const& bin : bins) {
    k.push_back(bin.k);
    power.push_back(bin.power);
    modes.push_back(bin.modes);
    linear.push_back(theory.linear(bin.k, state.scale_factor));
    nonlinear.push_back(theory(bin.k, state.scale_factor));
  }
  file.create_group("/power");
  io::Shape const rows{std::ssize(bins)};
  file.put_from_root<double>("/power/k", rows, k, {"Mpc^-1", "mean wavenumber", 0, 1});
  file.put_from_root<double>(
      "/power/power", rows, power,
      {"Mpc^3", "of the particles; clouds' window undone, shot noise left in", 0, -3});
  file.put_from_root<std::int64_t>("/power/modes", rows, modes, {"1", "of the full sphere"});
  file.put_from_root<double>("/power/linear", rows, linear, {"Mpc^3", "linear theory", 0, -3});
  file.put_from_root<double>("/power/halofit", rows, nonlinear,
                             {"Mpc^3", "halofit (Takahashi et al. 2012)", 0, -3});
  // Beyond it the particles' initial grid shows.
  file.attribute("/power", "particle_nyquist",
                 job.box.fundamental() * static_cast<double>(job.box.particles) / 2);
}

void write_statistics(SimulationState const& state, std::string const& path) {
  auto const& job = state.job;
  auto const& fft = state.mesh.fft();
  ExecSpace const space;
  auto const density = state.mesh.deposit(space, state.slab);
  double const cell = job.box.side / static_cast<double>(fft.side());
  auto const depth =
      std::clamp<std::int64_t>(std::llround(job.outputs.slice / cell), 1, fft.side());
  auto const slice = particles::project_slice(fft, space, density, depth);
  auto const bins = particles::measure_particle_power(fft, space, job.box.side, density);

  io::OutputFile file(state.slab.comm(), path, "statistics", state.provenance,
                      {io::Existing::replace, 4 * fft.side() * fft.side()});
  file.attribute("/", "scale_factor", state.scale_factor);
  file.attribute("/", "redshift", 1 / state.scale_factor - 1);
  file.attribute("/", "box_side", job.box.side);
  write_power(state, bins, file);
  file.put<float>("/slice", {fft.side(), fft.side()}, fft.own().first, slice,
                  {"1", "mean overdensity along the third axis, by first and second"});
  file.attribute("/slice", "depth", static_cast<double>(depth) * cell);
  file.commit();
}

}  // namespace

void write_outputs(SimulationState const& state, std::size_t number) {
  auto const& job = state.job;
  if (job.outputs.snapshots) write_particles(state, job.file("snapshot", number), Choice{});
  if (job.outputs.subsample > 0)
    write_particles(state, job.file("subsample", number), Choice{job.outputs.subsample});
  if (job.outputs.halos) write_catalogue(state, job.file("halos", number));
  write_statistics(state, job.file("statistics", number));
}

}  // namespace shearwater::commands
