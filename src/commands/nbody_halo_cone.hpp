// SPDX-License-Identifier: BSD-3-Clause
// The halos of `shearwater nbody` on an observer's light cone.
#pragma once

#include "nbody_job.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/halos/halo_cone.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

/// Collective over comm: cone_halos.hdf5, replaced where it exists, from the catalogues of all
/// outputs alone, so that a run that was taken up again writes the same file.
void write_halo_cone(NBodyJob const& job, core::Provenance const& provenance,
                     parallel::Communicator const& comm);

/// Bytes of one halo in that file.
double cone_row_bytes(HaloSettings const& settings);

/// The catalogue of an output, and its halos on the cone: those of this rank's share of the rows.
struct ConeCatalogue {
  io::InputFile file;
  std::int64_t total = 0;  ///< rows
  parallel::Share share;   ///< this rank's
  std::vector<halos::HaloCrossing> crossings;
};

/// Collective over comm: the file itself, for catalogues from the first output on.
void write_cone_halos(NBodyJob const& job, std::vector<ConeCatalogue> const& catalogues,
                      core::Provenance const& provenance, parallel::Communicator const& comm);

}  // namespace shearwater::commands
