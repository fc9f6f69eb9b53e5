// SPDX-License-Identifier: BSD-3-Clause
// What a file holds, as text.
#pragma once

#include <string>

namespace shearwater::io {

/// The tree of an HDF5 file: groups, datasets with type, shape, unit, powers of a and h,
/// description and checksum, attributes, provenance. Throws IoError or InputError.
std::string inspect(std::string const& path);

/// The resolved input (TOML) that made the file. Throws InputError when none is stored.
std::string stored_input(std::string const& path);

}  // namespace shearwater::io
