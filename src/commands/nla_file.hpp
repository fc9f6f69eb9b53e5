// SPDX-License-Identifier: BSD-3-Clause
// Group "nla" of a file of correlations: a fitted amplitude A_IA.
#pragma once

#include <optional>
#include <string>

#include "shearwater/galaxies/nla_fit.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

/// Collective over the file's communicator. `source`: what was fitted to.
void write_nla(io::OutputFile& file, galaxies::NlaFit const& fit, std::string const& source);
/// Nothing where the file has none. Covariances are read back as they were fitted.
std::optional<galaxies::NlaFit> read_nla(io::InputFile const& file, std::string& source);

}  // namespace shearwater::commands
