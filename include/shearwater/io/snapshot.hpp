// SPDX-License-Identifier: BSD-3-Clause
// Particle snapshots of other codes in the library's units: HDF5 in the Gadget layout (Gadget 2 to
// 4, AREPO and TNG, MUSIC and monofonIC) and SWIFT's, in one file or several.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::io {

/// Table [snapshot]: what to read, and what the file itself does not say. Zeros mean "as the file
/// says".
struct SnapshotConfig {
  std::string file;
  std::int64_t particle_type = 1;
  double unit_length_cm = 0, unit_mass_g = 0, unit_velocity_cm_s = 0;
  std::string units_with_h = "file";  ///< "file", "yes" or "no"
  double omega_m = 0, h = 0, particle_mass = 0;

  void describe(core::Fields& field);
};

/// What all ranks know.
struct SnapshotHeader {
  std::string code;     ///< "Gadget" or "SWIFT"
  double box_side = 0;  ///< [Mpc/h]
  double scale_factor = 1;
  /// 0 where neither the file nor the input says; omega_de is of a cosmological constant.
  double omega_m = 0, omega_de = 0, h = 0;
  double particle_mass = 0;  ///< of every particle [Msun/h]; 0 where each has its own
  std::int64_t total = 0;    ///< particles of the type
  bool has_velocities = false, has_ids = false;
  bool only_type = true;  ///< no other particles are there: these are all matter
};

/// This rank's rows [first, first + count) of all particles of the type, in the order of the files.
struct Snapshot {
  SnapshotHeader header;
  std::int64_t first = 0, count = 0;
  std::vector<double> positions;   ///< (count, 3) comoving, in [0, box_side] [Mpc/h]
  std::vector<double> velocities;  ///< (count, 3) peculiar [km/s]; empty where the file has none
  std::vector<double> masses;      ///< (count) [Msun/h]; empty where all are alike
  std::vector<std::int64_t> ids;   ///< (count) the file's, else rows from 0
};

/// Collective over comm. `path` is the file, or any one of several (name.0.hdf5, name.1.hdf5 ...).
/// A length is x UnitLength (per h where the units carry one), comoving; a Gadget velocity is
/// u UnitVelocity sqrt(a), SWIFT's as its exponent of a says. Megaparsecs and solar masses as codes
/// round them count as exact. Throws InputError where units, the powers of h or masses are missing
/// and not stated; where what is stated and what the file says differ by more than 2 %, or the
/// mean density of the particles and omega_m, or Time and Redshift; IoError for missing files.
Snapshot read_snapshot(parallel::Communicator const& comm, std::string const& path,
                       SnapshotConfig const& config);

/// Collective over comm: whether an id is there twice, on whatever ranks.
bool ids_repeat(parallel::Communicator const& comm, std::span<std::int64_t const> ids);

/// What tells the snapshot from others of its name: the content_hash of its file, or one of those
/// of all its files in their order, whichever of them `path` is. Not collective.
std::string snapshot_hash(std::string const& path);

/// The header alone, with the same checks. Not collective.
SnapshotHeader read_snapshot_header(std::string const& path, SnapshotConfig const& config);

}  // namespace shearwater::io
