// SPDX-License-Identifier: BSD-3-Clause
// From the files in a folder to what a report shows.
#pragma once

#include <string>

#include "shearwater/report/report.hpp"

namespace shearwater::commands {

/// Reads posterior.h5 and observation.h5, and, where they are there, reference.h5, calibration.h5
/// and model/training.csv; statistics_NNN.hdf5 of a simulation; halos.hdf5 or the last
/// halos_NNN.hdf5, with cone_halos.hdf5; galaxies.hdf5; correlations*.hdf5; spectra*.hdf5; and
/// orientations.h5 and orientations_NAME.h5 of generators. Throws IoError when the folder holds
/// none of a posterior, these and those.
report::ReportContent read_report_content(std::string const& folder);

}  // namespace shearwater::commands
