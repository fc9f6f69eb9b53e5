// SPDX-License-Identifier: BSD-3-Clause
// NumPy's .npy files, format versions 1 to 3.
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <string>

#include "shearwater/io/array.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::io {

/// Reads little-endian float32, float64, int32, int64 or uint8; Fortran order is transposed to
/// row-major. Throws IoError for a missing or truncated file, InputError for another type, a
/// malformed header, or more than `size_cap` bytes. Never unpickles.
Array read_npy(std::string const& path, std::int64_t size_cap = default_size_cap);

/// Writes format version 1 in C order, atomically.
void write_npy(std::string const& path, Array const& array, Existing existing = Existing::refuse);

}  // namespace shearwater::io
