// SPDX-License-Identifier: BSD-3-Clause
// `shearwater halos INPUT.toml`: the halos of a snapshot into a catalogue.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "halo_file.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/halos/friends_of_friends.hpp"

namespace shearwater::commands {

namespace {

using Particles = particles::ParticleSet<double>;

template <class View, class T>
View on_device(char const* label, std::vector<T> const& values, std::size_t width) {
  View result;
  if constexpr (View::rank() == 2)
    result = View(Kokkos::view_alloc(std::string(label), Kokkos::WithoutInitializing),
                  values.size() / width, width);
  else
    result =
        View(Kokkos::view_alloc(std::string(label), Kokkos::WithoutInitializing), values.size());
  using Host = Kokkos::View<T const*, Kokkos::LayoutRight, Kokkos::HostSpace>;
  Kokkos::View<T*, Kokkos::LayoutRight, MemorySpace> const flat(result.data(), result.size());
  Kokkos::deep_copy(flat, Host(values.data(), values.size()));
  return result;
}

Particles particles_of(io::Snapshot const& snapshot) {
  Particles p;
  p.positions = on_device<Array2<double>>("commands::positions", snapshot.positions, 3);
  p.velocities = on_device<Array2<double>>("commands::velocities", snapshot.velocities, 3);
  p.ids = on_device<Array1<std::int64_t>>("commands::ids", snapshot.ids, 1);
  p.masses = on_device<Array1<double>>("commands::masses", snapshot.masses, 1);
  p.particle_mass = snapshot.header.particle_mass;
  p.box_side = snapshot.header.box_side;
  return p;
}

std::vector<double> centres_of(HaloMeasurements const& halos) {
  std::vector<double> centres;
  for (auto const& p : halos.properties)
    centres.insert(centres.end(), p.potential_minimum.begin(), p.potential_minimum.end());
  return centres;
}

/// Collective over comm: spheres about the halos, and spins within the virial ones.
void add_spheres(parallel::Communicator const& comm, Particles const& particles,
                 io::SnapshotHeader const& header, HaloMeasurements& halos) {
  if (header.omega_m == 0) return;
  auto const overdensities = halos::halo_overdensities(header.omega_m, header.scale_factor);
  halos.overdensities.assign(overdensities.begin(), overdensities.end());
  std::vector<double> densities, guess;
  for (auto const& one : overdensities) densities.push_back(one.density);
  // The lowest density, with room for what is around the group.
  for (auto const& p : halos.properties)
    guess.push_back(1.3 * std::cbrt(p.mass / (4.18879 * overdensities[0].density)));
  auto const centres = centres_of(halos);
  halos.spheres = halos::spherical_masses<double>(comm, particles, centres, guess, densities);
  if (!header.has_velocities) return;
  std::vector<double> virial;
  for (std::size_t h = 0; h < guess.size(); ++h) virial.push_back(halos.spheres[3 * h + 2].radius);
  halos.spins = halos::bullock_spins(halos.members, centres, virial, header.scale_factor);
}

/// Collective over comm: tides of all particles at the halos.
void add_tides(parallel::Communicator const& comm, Particles const& particles, HaloJob const& job,
               HaloMeasurements& halos) {
  if (halos.tidal_mesh == 0) return;
  auto const field =
      halos::TidalField::of_particles<double>(comm, ExecSpace(), particles, halos.tidal_mesh);
  for (auto const& tensor : field.at(ExecSpace(), centres_of(halos), job.tidal.smoothing))
    halos.tides.push_back(halos::tidal_axes(tensor));
}

HaloMasses masses_of(HaloMeasurements const& halos) {
  HaloMasses masses;
  for (auto const& p : halos.properties) masses.members.push_back(p.mass);
  // Mean200 is the first of the overdensities.
  for (std::size_t h = 0; h < halos.spheres.size(); h += halos.overdensities.size())
    masses.mean200.push_back(halos.spheres[h].mass);
  return masses;
}

void print_summary(parallel::Communicator const& comm, HaloJob const& job,
                   HaloMeasurements const& halos, std::int64_t particles) {
  std::vector<std::int64_t> sizes;
  for (std::size_t g = 0; g < std::min<std::size_t>(3, halos.members.size()); ++g)
    sizes.push_back(static_cast<std::int64_t>(halos.members.begin[g + 1] - halos.members.begin[g]));
  auto const first = comm.all_gather<std::int64_t>(sizes);
  std::string largest;
  for (std::size_t g = 0; g < std::min<std::size_t>(3, first.size()); ++g)
    largest += fmt::format("{}{}", g == 0 ? ", largest " : ", ", first[g]);
  core::log_info(fmt::format("{}: {} groups of {} particles, {} of at least {}{}", job.output,
                             halos.members.all_groups, particles, halos.members.total,
                             job.halos.min_particles, largest));
}

}  // namespace

core::ExitCode halos(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line.target, line.set);
  auto const job = read_halo_job(config, line);
  if (job.input.empty())
    throw core::InputError("snapshot.file: name the snapshot there or by --in");
  if (line.resume && comm.all(std::filesystem::exists(job.output))) {
    core::log_info(fmt::format("{}: this catalogue is complete; nothing to do", job.output));
    return core::ExitCode::done;
  }
  comm.on_root([&] { claim_file(job.output, line); });
  core::RunControl const control(std::filesystem::path(job.output).parent_path().string(),
                                 core::parse_time_limit(line.time_limit));
  auto const stops = [&] {
    if (!comm.any(!control.reason_to_stop().empty())) return false;
    core::log_warning("stopped before the catalogue was written: it is made anew by the next run");
    return true;
  };
  auto const snapshot = io::read_snapshot(comm, job.input, job.snapshot);
  auto const& header = snapshot.header;
  double const distance = header.box_side / std::cbrt(static_cast<double>(header.total));
  core::log_info(fmt::format("{}: {} particles in {:g} Mpc/h at a = {:g}{}", job.input,
                             header.total, header.box_side, header.scale_factor,
                             header.has_velocities ? "" : ", without velocities"));
  HaloMeasurements found;
  found.tidal_mesh = tidal_mesh_of(job.tidal, header);
  check_cosmology(job.counts, header);
  if (stops()) return core::ExitCode::stopped;
  auto const particles = particles_of(snapshot);
  auto const labels =
      halos::friends_of_friends<double>(comm, ExecSpace(), particles.positions, particles.ids,
                                        {job.halos.linking * distance, header.box_side});
  if (stops()) return core::ExitCode::stopped;
  found.members = halos::gather_members<double>(comm, particles, labels, job.halos.min_particles);
  halos::PropertyOptions options;
  options.softening = job.halos.softening > 0 ? job.halos.softening : distance / 50;
  found.properties = halos::group_properties(found.members, options);
  if (stops()) return core::ExitCode::stopped;
  add_spheres(comm, particles, header, found);
  if (stops()) return core::ExitCode::stopped;
  add_tides(comm, particles, job, found);
  found.counts = count_by_mass(comm, job.counts, header, masses_of(found), job.halos.min_particles);
  auto provenance = core::make_provenance("halos", config.resolved(), comm.size());
  provenance.add_origin("snapshot", job.input);
  write_halos(comm, job.output, job, header, found, provenance, line.overwrite);
  print_summary(comm, job, found, header.total);
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
