// SPDX-License-Identifier: BSD-3-Clause
// IDX files (LeCun's format of the MNIST digits), plain or compressed with gzip.
#pragma once

#include <string>

#include "shearwater/io/array.hpp"

namespace shearwater::io {

/// An array of bytes of any shape. Throws IoError for a missing, truncated or damaged file,
/// InputError for other contents, or more than `size_cap` bytes.
Array read_idx(std::string const& path, std::int64_t size_cap = std::int64_t{1} << 30);

}  // namespace shearwater::io
