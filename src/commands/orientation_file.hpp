// SPDX-License-Identifier: BSD-3-Clause
// Files of tests of generators ("orientation_test"): what `calibrate` found, and a report shows.
#pragma once

#include <string>

#include "shearwater/core/provenance.hpp"
#include "shearwater/inference/orientation_test.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

/// Collective over comm. /edges (bins + 1) [Mpc/h]; /ed, /true_ed, /ratio (bins, 2): value and
/// error; /cosines (4, cosine bins): shares of true and generated centrals and satellites; the rest
/// are attributes of /ed.
void write_orientation_test(parallel::Communicator const& comm, std::string const& path,
                            inference::OrientationTest const& test,
                            core::Provenance const& provenance, bool overwrite);

/// Throws InputError for another file, IoError for a damaged one.
inference::OrientationTest read_orientation_test(std::string const& path);

}  // namespace shearwater::commands
