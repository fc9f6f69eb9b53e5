// SPDX-License-Identifier: BSD-3-Clause
// `shearwater halos INPUT.toml`: the halos of a snapshot into a catalogue.
#include <fmt/format.h>

#include <type_traits>

#include "halo_file.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

namespace {

using Particles = particles::ParticleSet<double>;

/// A column: on the host where the values lie, on a device copied to it.
template <class T>
Array1<T const> column(char const* label, std::vector<T> const& values) {
  if constexpr (std::is_same_v<MemorySpace, HostSpace>)
    return Array1<T const>(values.data(), values.size());
  else
    return to_device(label, values);
}

/// The same of (n, 3).
Array2<double const> triples(char const* label, std::vector<double> const& values) {
  if constexpr (std::is_same_v<MemorySpace, HostSpace>) {
    return Array2<double const>(values.data(), values.size() / 3, 3);
  } else {
    Array2<double> const result(Kokkos::view_alloc(std::string(label), Kokkos::WithoutInitializing),
                                values.size() / 3, 3);
    using Host = Kokkos::View<double const*, Kokkos::LayoutRight, HostSpace>;
    Kokkos::deep_copy(Array1<double>(result.data(), result.size()),
                      Host(values.data(), values.size()));
    return result;
  }
}

/// Good for as long as the snapshot is there.
Particles particles_of(io::Snapshot const& snapshot) {
  Particles p;
  p.positions = triples("commands::positions", snapshot.positions);
  p.velocities = triples("commands::velocities", snapshot.velocities);
  p.ids = column("commands::ids", snapshot.ids);
  p.masses = column("commands::masses", snapshot.masses);
  p.particle_mass = snapshot.header.particle_mass;
  p.box_side = snapshot.header.box_side;
  return p;
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
                             job.settings.halos.min_particles, largest));
}

}  // namespace

core::ExitCode halos(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  auto const job = read_halo_job(config, line);
  if (job.input.empty())
    throw core::InputError("snapshot.file: name the snapshot there or by --in");
  InputFiles const inputs = {{"power", job.settings.counts.power_file}};
  comm.on_root([&] {
    claim_file(job.output, line);
    protect_inputs(inputs, job.output);
    if (same_file(job.input, job.output))
      throw core::InputError(fmt::format(
          "{}: is the snapshot to read; name another file for the catalogue by --out", job.input));
  });
  core::Provenance::Facts facts = {
      {"snapshot", absolute_path(job.input)},
      {"snapshot_hash", from_root(comm, [&] { return io::snapshot_hash(job.input); })}};
  for (auto const& fact : hashes_of(comm, inputs)) facts.push_back(fact);
  if (is_finished(comm, line, job.output, "halos", {config.resolved(), facts}))
    return core::ExitCode::done;
  auto const control = run_control(line, job.output);
  auto const stops = [&] {
    if (!comm.any(!control.reason_to_stop().empty())) return false;
    core::log_warning("stopped before the catalogue was written: it is made anew by the next run");
    return true;
  };
  auto snapshot = io::read_snapshot(comm, job.input, job.snapshot);
  auto const& header = snapshot.header;
  core::log_info(fmt::format("{}: {} particles in {:g} Mpc/h at a = {:g}{}", job.input,
                             header.total, header.box_side, header.scale_factor,
                             header.has_velocities ? "" : ", without velocities"));
  if (header.has_ids && io::ids_repeat(comm, snapshot.ids))
    throw core::InputError(fmt::format(
        "{}: an id is there twice, but groups are told apart by the ids of their members",
        job.input));
  auto const found =
      measure_halos<double>(comm, particles_of(snapshot), header, job.settings, stops, [&] {
        snapshot.velocities = std::vector<double>();
        snapshot.ids = std::vector<std::int64_t>();
      });
  if (!found) return core::ExitCode::stopped;
  auto provenance = core::make_provenance("halos", config.resolved(), comm.size());
  for (auto const& [name, value] : facts) provenance.add_origin(name, value);
  write_halos(comm, job.output, job.settings, header, *found, provenance,
              line.overwrite ? io::Existing::replace : io::Existing::refuse);
  print_summary(comm, job, *found, header.total);
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
