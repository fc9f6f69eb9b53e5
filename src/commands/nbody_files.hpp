// SPDX-License-Identifier: BSD-3-Clause
// The files in the folder of `shearwater nbody`. None of these is collective.
#pragma once

#include "nbody_job.hpp"

namespace shearwater::commands {

/// Throws InputError where a file that is named as an output, or a checkpoint, is not of the run
/// whose results are in the folder: --overwrite gives up those of one run.
void claim_old_results(std::string const& folder);

/// Removes the results and checkpoints that --overwrite gives up, so that none of them is taken for
/// one of the new run. After claim_old_results().
void remove_old_results(std::string const& folder);

/// Throws InputError where what the run reads is a file that it, or --overwrite, would replace.
void protect_input(NBodyJob const& job);

/// For a run that is taken up again: throws InputError where any file in the folder that is named
/// as an output is of another run, which would be lost.
void require_same_outputs(NBodyJob const& job, Origin const& origin);

/// Every file that this run writes.
std::vector<std::string> outputs_of(NBodyJob const& job);

/// Throws IoError where a file of an output before the newest checkpoint is gone.
void require_output(NBodyJob const& job, std::size_t number);

/// Whether every file is there.
bool is_complete(NBodyJob const& job);

/// For a complete run: throws where any of its files but `left_out` cannot be read (IoError) or is
/// of another run (InputError).
void require_own_outputs(NBodyJob const& job, Origin const& origin, std::string const& left_out);

}  // namespace shearwater::commands
