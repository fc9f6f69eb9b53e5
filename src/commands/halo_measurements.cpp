// SPDX-License-Identifier: BSD-3-Clause
#include "halo_measurements.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/halos/friends_of_friends.hpp"

namespace shearwater::commands {

void HaloConfig::describe(core::Fields& field) {
  field("linking", linking, "mean distances", "linking length of friends of friends")
      .between(1e-3, 1);
  field("min_particles", min_particles, "particles", "groups of fewer are left out")
      .between(1, 1e9);
  field("softening", softening, "Mpc/h",
        "of the potential whose minimum is a halo's centre; 0: a fiftieth of the mean distance")
      .at_least(0);
}

void TidalConfig::describe(core::Fields& field) {
  field("smoothing", smoothing, "Mpc/h",
        "radii of the Gaussians that the tidal field is smoothed by; none: no tides")
      .between(1e-3, 1e4);
  field("mesh", mesh, "cells",
        "side of the mesh of the tidal field; even; 0: about one cell for each particle")
      .between(0, 32768);
}

void TidalConfig::check() const {
  if (mesh % 2 != 0)
    throw core::InputError(
        fmt::format("tidal.mesh = {}: must be even; {} or {} would do", mesh, mesh - 1, mesh + 1));
}

HaloSettings HaloSettings::from_config(core::Config& config) {
  HaloSettings settings{config.read<HaloConfig>("halos"), config.read<TidalConfig>("tidal"),
                        read_count_settings(config)};
  settings.tidal.check();
  return settings;
}

std::int64_t tidal_mesh_of(TidalConfig const& tidal, io::SnapshotHeader const& snapshot) {
  if (tidal.smoothing.empty()) return 0;
  std::int64_t const mesh = tidal.mesh > 0 ? tidal.mesh : halos::tidal_mesh(snapshot.total);
  for (double const radius : tidal.smoothing)
    halos::check_smoothing(radius, snapshot.box_side, mesh);
  return mesh;
}

namespace {

template <class T>
using Particles = particles::ParticleSet<T>;

std::vector<double> centres_of(HaloMeasurements const& halos) {
  std::vector<double> centres;
  for (auto const& p : halos.properties)
    centres.insert(centres.end(), p.potential_minimum.begin(), p.potential_minimum.end());
  return centres;
}

/// Without [cosmology] the universe is taken as flat, with a cosmological constant.
std::array<halos::Overdensity, 3> overdensities_of(io::SnapshotHeader const& header,
                                                   CountSettings const& settings) {
  double const a = header.scale_factor;
  if (!settings.cosmology) return halos::halo_overdensities(header.omega_m, a);
  double const expansion = cosmology::Background(*settings.cosmology).expansion(a);
  return halos::halo_overdensities(header.omega_m, a, expansion * expansion);
}

/// Collective over comm: spheres about the halos, and spins within the virial ones.
template <class T>
void add_spheres(parallel::Communicator const& comm, Particles<T> const& particles,
                 io::SnapshotHeader const& header, CountSettings const& settings,
                 HaloMeasurements& halos) {
  if (header.omega_m == 0) return;
  auto const overdensities = overdensities_of(header, settings);
  halos.overdensities.assign(overdensities.begin(), overdensities.end());
  std::vector<double> densities, guess;
  for (auto const& one : overdensities) densities.push_back(one.density);
  // The lowest density, with room for what is around the group.
  for (auto const& p : halos.properties)
    guess.push_back(1.3 *
                    std::cbrt(p.mass / (4 * std::numbers::pi / 3 * overdensities[0].density)));
  auto const centres = centres_of(halos);
  halos.spheres = halos::spherical_masses<T>(comm, particles, centres, guess, densities);
  if (!header.has_velocities) return;
  std::vector<double> virial;
  for (std::size_t h = 0; h < guess.size(); ++h) virial.push_back(halos.spheres[3 * h + 2].radius);
  halos.spins = halos::bullock_spins(halos.members, centres, virial, header.scale_factor);
}

/// Collective over comm: tides of all particles at the halos.
template <class T>
void add_tides(parallel::Communicator const& comm, Particles<T> const& particles,
               TidalConfig const& tidal, HaloMeasurements& halos) {
  if (halos.tidal_mesh == 0) return;
  auto const field =
      halos::TidalField::of_particles<T>(comm, ExecSpace(), particles, halos.tidal_mesh);
  for (auto const& tensor : field.at(ExecSpace(), centres_of(halos), tidal.smoothing))
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

}  // namespace

template <class T>
std::optional<HaloMeasurements> measure_halos(parallel::Communicator const& comm,
                                              Particles<T> particles,
                                              io::SnapshotHeader const& header,
                                              HaloSettings const& settings,
                                              std::function<bool()> const& stops,
                                              std::function<void()> const& members_known) {
  double const distance = header.box_side / std::cbrt(static_cast<double>(header.total));
  HaloMeasurements found;
  found.tidal_mesh = tidal_mesh_of(settings.tidal, header);
  if (found.tidal_mesh > 0 && found.tidal_mesh < comm.size())
    throw core::InputError(fmt::format(
        "tidal.mesh: {} cells a side are divided among at most {} ranks, not {}; give a finer mesh "
        "or take fewer ranks",
        found.tidal_mesh, found.tidal_mesh, comm.size()));
  check_cosmology(settings.counts, header);
  if (stops()) return std::nullopt;
  auto labels = halos::friends_of_friends<T>(
      comm, ExecSpace(), particles.positions, particles.ids,
      {settings.halos.linking * distance, header.box_side, particles.position_unit});
  if (stops()) return std::nullopt;
  found.members = halos::gather_members<T>(comm, particles, labels, settings.halos.min_particles);
  labels = {};
  particles.ids = {};
  particles.velocities = {};
  members_known();
  halos::PropertyOptions options;
  options.softening = settings.halos.softening > 0 ? settings.halos.softening : distance / 50;
  found.properties = halos::group_properties(found.members, options);
  if (stops()) return std::nullopt;
  add_spheres<T>(comm, particles, header, settings.counts, found);
  if (stops()) return std::nullopt;
  add_tides<T>(comm, particles, settings.tidal, found);
  found.counts =
      count_by_mass(comm, settings.counts, header, masses_of(found), settings.halos.min_particles);
  return found;
}

template std::optional<HaloMeasurements> measure_halos(
    parallel::Communicator const&, particles::ParticleSet<double>, io::SnapshotHeader const&,
    HaloSettings const&, std::function<bool()> const&, std::function<void()> const&);
template std::optional<HaloMeasurements> measure_halos(parallel::Communicator const&,
                                                       particles::ParticleSet<particles::Position>,
                                                       io::SnapshotHeader const&,
                                                       HaloSettings const&,
                                                       std::function<bool()> const&,
                                                       std::function<void()> const&);

}  // namespace shearwater::commands
