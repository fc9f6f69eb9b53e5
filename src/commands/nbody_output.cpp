// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "halo_file.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/io/snapshot_writer.hpp"
#include "shearwater/particles/particle_rows.hpp"

namespace shearwater::commands {

namespace {

using particles::Particle;

io::SnapshotContent content_of(SimulationState const& state, std::int64_t total) {
  auto const& cosmology = state.job.cosmology;
  io::SnapshotContent content;
  content.total = total;
  content.box_side = state.job.box.side;
  content.scale_factor = state.scale_factor;
  // Of the particles that are written, which for a subsample stand for all matter; of one where
  // there is none.
  content.particle_mass = state.job.particle_mass() * static_cast<double>(state.job.total()) /
                          static_cast<double>(std::max<std::int64_t>(total, 1));
  content.omega_m = cosmology.omega_m();
  content.omega_de = cosmology.omega_de();
  content.omega_b = cosmology.omega_b;
  content.h = cosmology.h;
  return content;
}

/// Whether particles are written, by their id.
using Choice = std::function<bool(std::int64_t)>;

/// The ids that are this rank's to write.
parallel::Share ids_of(SimulationState const& state) {
  auto const& comm = state.slab.comm();
  return parallel::share_of(state.job.total(), comm.rank(), comm.size());
}

/// Rows of a file in physical units.
struct Rows {
  std::vector<double> positions, velocities;
  std::vector<std::int64_t> ids;

  void add(SimulationState const& state, Particle const& particle) {
    double const length = particles::position_unit(state.job.box);
    double const speed = particles::velocity_unit(state.scale_factor);
    for (int axis = 0; axis < 3; ++axis) {
      positions.push_back(length * particle.position[axis]);
      velocities.push_back(speed * static_cast<double>(particle.momentum[axis]));
    }
    ids.push_back(static_cast<std::int64_t>(particle.id));
  }
};

/// Of this rank's ids.
std::int64_t count_chosen(SimulationState const& state, Choice const& chosen) {
  auto const ids = ids_of(state);
  std::int64_t count = 0;
  for (std::int64_t id = ids.first; id < ids.first + ids.count; ++id) count += chosen(id);
  return count;
}

/// Collective: writes the chosen particles behind `before` rows, in the order of their ids.
void write_chosen(SimulationState const& state, Choice const& chosen, std::int64_t before,
                  io::SnapshotWriter& file) {
  auto const mine = count_chosen(state, chosen);
  auto const all = state.slab.comm().all_gather(std::span<std::int64_t const>(&mine, 1));
  // Ids are divided in rank order, so that the rows of a rank follow those of the one before.
  auto const rank = static_cast<std::ptrdiff_t>(state.slab.comm().rank());
  std::int64_t at = std::accumulate(all.begin(), all.begin() + rank, before);
  particles::visit_by_id(state.slab, state.job.total(), particles::rows_at_once(state.slab),
                         [&](std::int64_t, std::span<Particle const> particles) {
                           Rows rows;
                           for (auto const& particle : particles)
                             if (chosen(static_cast<std::int64_t>(particle.id)))
                               rows.add(state, particle);
                           file.write(at, rows.positions, rows.velocities, rows.ids);
                           at += std::ssize(rows.ids);
                         });
}

void write_subsample(SimulationState const& state, std::string const& path) {
  Choice const chosen = [fraction = state.job.outputs.subsample](std::int64_t id) {
    return core::Stream(0, core::Purpose::subsample, static_cast<std::uint64_t>(id)).uniform() <
           fraction;
  };
  auto const total = state.slab.comm().sum(count_chosen(state, chosen));
  io::SnapshotWriter file(state.slab.comm(), path, content_of(state, total), state.provenance,
                          state.job.existing);
  write_chosen(state, chosen, 0, file);
  file.commit();
}

/// Collective: for each of this rank's share of the ids, whether it is of a group's member.
std::vector<bool> members_by_id(SimulationState const& state, halos::GroupMembers const& members) {
  auto const& comm = state.slab.comm();
  auto const total = state.job.total();
  std::vector<std::vector<std::int64_t>> to(static_cast<std::size_t>(comm.size()));
  for (auto const id : members.id)
    to[static_cast<std::size_t>(parallel::owner_of(id, total, comm.size()))].push_back(id);
  auto const share = ids_of(state);
  std::vector<bool> result(static_cast<std::size_t>(share.count));
  for (auto const id : comm.deliver(to)) result[static_cast<std::size_t>(id - share.first)] = true;
  return result;
}

/// Members of groups in the order of the catalogue, then all others by id, as in TNG's snapshots.
void write_snapshot(SimulationState const& state, std::string const& path,
                    halos::GroupMembers const& members) {
  auto const is_member = members_by_id(state, members);
  io::SnapshotWriter file(state.slab.comm(), path, content_of(state, state.job.total()),
                          state.provenance, state.job.existing);
  file.write(members.first_member, members.position, members.velocity, members.id);
  Choice const others = [&, first = ids_of(state).first](std::int64_t id) {
    return !is_member[static_cast<std::size_t>(id - first)];
  };
  write_chosen(state, others, members.total_members, file);
  file.commit();
}

/// The halos of all particles; their members. Without the memory of the force mesh.
halos::GroupMembers write_catalogue(SimulationState const& state, std::string const& path) {
  auto const& comm = state.slab.comm();
  auto const& job = state.job;
  auto const header = job.header(state.scale_factor);
  state.mesh.release();
  auto const set =
      particles::particle_set(state.slab, job.box, state.scale_factor, job.particle_mass());
  // An output is not left half done: a request to stop waits for the next step.
  auto found =
      measure_halos<particles::Position>(comm, set, header, job.halos, [] { return false; });
  found->sorts_snapshot = job.outputs.snapshots;
  found->lists_members = job.halo_cone.has_value();
  write_halos(comm, path, job.halos, header, *found, state.provenance, state.job.existing);
  core::log_info(fmt::format("{}: {} groups, {} of at least {} particles", path,
                             found->members.all_groups, found->members.total,
                             job.halos.halos.min_particles));
  return std::move(found->members);
}

/// The power of the particles beside what theory says at the same wavenumbers.
void write_power(SimulationState const& state, std::vector<particles::PowerBin> const& bins,
                 io::OutputFile& file) {
  auto const& job = state.job;
  cosmology::NonlinearPower const theory(cosmology::Background(job.cosmology), *job.power);
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
  file.put_from_root<double>("/power/k", rows, k, {"Mpc^-1", "mean wavenumber, comoving", -1, 1});
  file.put_from_root<double>(
      "/power/power", rows, power,
      {"Mpc^3", "of the particles; clouds' window undone, shot noise left in", 3, -3});
  file.put_from_root<std::int64_t>("/power/modes", rows, modes, {"1", "of the full sphere"});
  file.put_from_root<double>("/power/linear", rows, linear, {"Mpc^3", "linear theory", 3, -3});
  file.put_from_root<double>("/power/halofit", rows, nonlinear,
                             {"Mpc^3", "halofit (Takahashi et al. 2012)", 3, -3});
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
                      {state.job.existing, 4 * fft.side() * fft.side()});
  file.attribute("/", "scale_factor", state.scale_factor);
  file.attribute("/", "redshift", 1 / state.scale_factor - 1);
  file.attribute("/", "box_side", job.box.side);
  file.attribute("/", "box_side_unit", std::string("Mpc/h, comoving"));
  write_power(state, bins, file);
  file.put<float>("/slice", {fft.side(), fft.side()}, fft.own().first, slice,
                  {"1", "mean overdensity along the third axis, by first and second"});
  file.attribute("/slice", "depth", static_cast<double>(depth) * cell);
  file.attribute("/slice", "depth_unit", std::string("Mpc/h, comoving"));
  file.commit();
}

}  // namespace

void write_outputs(SimulationState const& state, std::size_t number) {
  auto const& job = state.job;
  {
    halos::GroupMembers members;
    if (job.outputs.halos) members = write_catalogue(state, job.file("halos", number));
    if (job.outputs.snapshots) write_snapshot(state, job.file("snapshot", number), members);
  }
  if (job.outputs.subsample > 0) write_subsample(state, job.file("subsample", number));
  write_statistics(state, job.file("statistics", number));
}

}  // namespace shearwater::commands
