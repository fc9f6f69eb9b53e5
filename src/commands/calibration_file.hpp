// SPDX-License-Identifier: BSD-3-Clause
// calibration.h5: the ranks of a calibration, from which its histograms and verdicts follow.
#pragma once

#include <string>

#include "shearwater/core/provenance.hpp"
#include "shearwater/inference/calibration.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

/// Collective over comm: ranks, truths and densities, from which a report is drawn.
void write_calibration(parallel::Communicator const& comm, std::string const& path,
                       inference::CalibrationResult const& result,
                       core::Provenance const& provenance, bool overwrite);
/// The histograms, statistics and bands of a file that write_calibration wrote.
inference::CalibrationResult read_calibration_file(std::string const& path);

}  // namespace shearwater::commands
