// SPDX-License-Identifier: BSD-3-Clause
// Particle snapshots in the layout of Gadget, GADGET-4 and TNG, in one file, in kpc/h, 1e10 Msun/h
// and km/s sqrt(a), as its Header says.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

/// What the Header of a box of dark matter says.
struct SnapshotContent {
  std::int64_t total = 0;  ///< particles
  double box_side = 0;     ///< comoving [Mpc/h]
  double scale_factor = 1;
  double particle_mass = 0;  ///< [Msun/h]
  double omega_m = 0, omega_de = 0, omega_b = 0, h = 0;
};

/// Collective over comm: PartType1 with Coordinates (n, 3) float64, Velocities (n, 3) float32 and
/// ParticleIDs (n) int64.
class SnapshotWriter {
 public:
  /// Throws as OutputFile does.
  SnapshotWriter(parallel::Communicator const& comm, std::string const& path,
                 SnapshotContent const& content, core::Provenance const& provenance,
                 Existing existing);
  /// Rows [first, first + n) of this rank; n may be 0.
  /// positions   (n, 3) comoving [Mpc/h]
  /// velocities  (n, 3) peculiar [km/s]
  void write(std::int64_t first, std::span<double const> positions,
             std::span<double const> velocities, std::span<std::int64_t const> ids);
  void commit() { file_.commit(); }

 private:
  void write_header(SnapshotContent const& content);

  OutputFile file_;
  double scale_factor_;
};

}  // namespace shearwater::io
