// SPDX-License-Identifier: BSD-3-Clause
// From the files about galaxies in a folder to what a report shows.
#pragma once

#include <filesystem>
#include <string>

#include "shearwater/core/provenance.hpp"
#include "shearwater/report/report.hpp"

namespace shearwater::commands {

/// Versions and timings that the provenance of a command's output holds.
void add_provenance(core::Provenance const& provenance, std::string const& command,
                    report::ReportContent& content);
/// The timing alone.
void add_seconds(core::Provenance const& provenance, std::string const& what,
                 report::ReportContent& content);

/// Tests of generators (orientations.h5 or digit_test.h5, and orientations_NAME.h5 and so on of
/// others to compare with), and
/// correlations of every catalogue that was measured (correlations*.hdf5), in the order of names;
/// how galaxies.hdf5 was populated.
void read_galaxies(std::filesystem::path const& folder, report::ReportContent& content);

}  // namespace shearwater::commands
