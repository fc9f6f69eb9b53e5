// SPDX-License-Identifier: BSD-3-Clause
// `shearwater halos`: its input, and the catalogue that it writes.
#pragma once

#include <string>

#include "commands.hpp"
#include "halo_measurements.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::commands {

struct HaloJob {
  HaloSettings settings;
  io::SnapshotConfig snapshot;
  std::string input, output;
};
HaloJob read_halo_job(core::Config& config, CommandLine const& line);

/// Bytes of one halo in the catalogue.
double halo_row_bytes(HaloSettings const& settings);

/// Collective over comm: a catalogue in the layout of Gadget and TNG, in kpc/h, 1e10 Msun/h and
/// km/s. What is not known is left out.
void write_halos(parallel::Communicator const& comm, std::string const& path,
                 HaloSettings const& settings, io::SnapshotHeader const& snapshot,
                 HaloMeasurements const& halos, core::Provenance const& provenance,
                 io::Existing existing);

}  // namespace shearwater::commands
