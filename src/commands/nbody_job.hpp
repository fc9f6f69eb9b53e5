// SPDX-License-Identifier: BSD-3-Clause
// `shearwater nbody`: its input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "halo_measurements.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/halos/halo_cone.hpp"
#include "shearwater/io/snapshot.hpp"
#include "shearwater/lensing/cone_simulator.hpp"

namespace shearwater::commands {

/// Table [outputs].
struct SimulationOutputs {
  std::vector<double> redshifts = {0};
  bool snapshots = true;
  bool halos = true;
  double subsample = 0;
  double slice = 10;
  double checkpoint_minutes = 30;
  void describe(core::Fields& field);
  /// Keys of the input that may differ when a run is taken up again (core::resolved_keys).
  static std::vector<std::string> const& keys_without_effect();
};

/// Table [initial] of nbody.
struct StartConfig : particles::InitialConfig {
  std::string white_noise;
  void describe(core::Fields& field);
  /// Throws InputError for keys that white noise leaves without effect.
  void check() const;
};

/// Table [light_cone] of nbody.
struct ConeOutput : lensing::ConeMapConfig {
  double width_deg = 5;
  std::int64_t pixels = 256;
  bool particles = false;
  std::string views = "random";
  std::int64_t seed = 1;
  void describe(core::Fields& field);
  fields::FlatSky sky() const { return {pixels, width_deg}; }
  /// Whether the planes are those of the sky of [light_cone_halos].
  bool with_halos() const { return views == "halos"; }
};

struct NBodyJob {
  cosmology::Cosmology cosmology;
  std::optional<cosmology::LinearPower> power;  ///< today, as [spectra] says; always there
  particles::BoxConfig box;
  StartConfig initial;
  particles::MeshConfig mesh;
  particles::StepConfig steps;
  SimulationOutputs outputs;
  HaloSettings halos;
  std::optional<ConeOutput> cone;                  ///< none without [light_cone]
  std::optional<halos::HaloConeConfig> halo_cone;  ///< none without [light_cone_halos]
  /// Whose convergence is seen through the cone; none without [sources].
  std::vector<cosmology::RedshiftDistribution> sources;
  /// The user's own initial conditions; no file: drawn as [initial] says.
  io::SnapshotConfig start;
  InputFiles tables;         ///< that are read, by what they hold
  std::string input_folder;  ///< relative names in the input start there
  std::string folder;        ///< of the results
  /// Of the files: only --overwrite and --resume replace any, so that of two runs that start in one
  /// folder at once, one is refused.
  io::Existing existing = io::Existing::refuse;

  std::int64_t total() const { return box.particles * box.particles * box.particles; }
  double particle_mass() const;  ///< [Msun/h]
  /// Of all particles at one time, as a snapshot's would be.
  io::SnapshotHeader header(double scale_factor) const;
  /// Of the outputs, increasing.
  std::vector<double> output_times() const;
  /// "FOLDER/snapshot_003.hdf5"
  std::string file(char const* kind, std::size_t output) const;
};

/// Throws InputError for outputs before the start, out of order or beyond the last step.
NBodyJob read_nbody_job(core::Config& config, CommandLine const& line);

/// Bytes: what the ranks divide among them, what each holds whole, and files.
struct SimulationSize {
  double shared = 0, each = 0, disk = 0;
};
/// halo_particle   bytes of a particle while halos are found
SimulationSize size_of(NBodyJob const& job, double halo_particle);

}  // namespace shearwater::commands
