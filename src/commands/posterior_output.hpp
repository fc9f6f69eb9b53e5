// SPDX-License-Identifier: BSD-3-Clause
// The files of an inference, in one folder: posterior.h5, posterior_1.txt with .paramnames and
// .ranges (GetDist), observation.h5, and, where a reference chain is at hand, reference.h5.
#pragma once

#include <optional>
#include <string>

#include "results.hpp"

namespace shearwater::commands {

struct PosteriorOutput {
  InferJob const& job;
  Model const& model;
  Observation const& observation;
  inference::MixturePosterior const& posterior;
  std::optional<Reference> const& reference;
  core::Provenance const& provenance;
  bool overwrite;
};

/// Refuses a folder that holds a posterior already, unless --overwrite, and always one whose files
/// this inference reads and would replace.
void claim_posterior(InferJob const& job, CommandLine const& line);

/// Collective over comm: writes all files and prints the summary of the first map's parameters.
void write_posterior_files(parallel::Communicator const& comm, PosteriorOutput const& output);

}  // namespace shearwater::commands
