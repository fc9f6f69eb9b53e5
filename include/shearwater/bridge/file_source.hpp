// SPDX-License-Identifier: BSD-3-Clause
// Examples from a file of maps that `shearwater maps` wrote.
#pragma once

#include <memory>
#include <string>

#include "shearwater/bridge/simulator_source.hpp"

namespace shearwater::bridge {

/// The sets of the map file `path` as examples: parameters and maps from the file, masks, noise
/// levels and summaries as `features` makes them for given maps. Throws IoError when the file
/// cannot be read, InputError when its maps or parameters are not those that `features` describes.
std::unique_ptr<ExampleSource> make_file_source(std::string const& path,
                                                std::unique_ptr<SimulatorSource> features);

}  // namespace shearwater::bridge
