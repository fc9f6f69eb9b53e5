// SPDX-License-Identifier: BSD-3-Clause
// Files of tests of digits ("digit_test"): what `calibrate` found, and a report shows.
#pragma once

#include <string>
#include <vector>

#include "shearwater/core/provenance.hpp"
#include "shearwater/inference/digit_test.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::commands {

struct DigitFile {
  inference::DigitTest test;
  std::vector<double> places;          ///< (nodes, 2) in the unit square
  std::vector<float> real, generated;  ///< (pictures, nodes) to be shown

  std::size_t nodes() const { return places.size() / 2; }
};

/// As many as a report shows.
std::vector<float> first_pictures(std::vector<float> const& values, std::size_t nodes);

/// Collective over comm: what the first rank holds is then on all.
void share_with_all(parallel::Communicator const& comm, DigitFile& content);

/// Collective over comm; all ranks hold the same. /places (nodes, 2); /real and
/// /generated (pictures, nodes); /classes (classes, 2): generated pictures and their expected
/// number; the rest are attributes of /classes.
void write_digit_test(parallel::Communicator const& comm, std::string const& path,
                      DigitFile const& content, core::Provenance const& provenance, bool overwrite);

/// Throws InputError for another file, IoError for a damaged one.
DigitFile read_digit_test(std::string const& path);

}  // namespace shearwater::commands
