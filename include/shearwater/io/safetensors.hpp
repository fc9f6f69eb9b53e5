// SPDX-License-Identifier: BSD-3-Clause
// Named tensors in the safetensors format: 8 bytes of header length (little-endian), a JSON header,
// raw row-major little-endian data. Nothing in it can be executed.
// Source: https://github.com/huggingface/safetensors (format section of its README)
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shearwater/io/files.hpp"

namespace shearwater::io {

struct NamedTensor {
  std::string name;
  std::string dtype;  ///< "F64" "F32" "F16" "BF16" "I64" "I32" "I16" "I8" "U8" "BOOL"
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  ///< row-major, little-endian
};

struct TensorFile {
  std::vector<NamedTensor> tensors;             ///< in the order of their data
  std::map<std::string, std::string> metadata;  ///< the header's "__metadata__"

  /// Throws InputError naming the tensors that there are when `name` is not one of them.
  NamedTensor const& tensor(std::string const& name) const;
};

/// Bytes per element; throws InputError naming the allowed types for any other.
std::int64_t dtype_size(std::string const& dtype);

/// Writes atomically; the same tensors and metadata give the same bytes. Throws InputError for a
/// repeated name, a type not listed above, or bytes that do not match the shape.
void write_safetensors(std::string const& path, TensorFile const& file,
                       Existing existing = Existing::refuse);

/// Reads and checks: header at most 100 MB and inside the file, types as above, offsets in range,
/// without holes or overlaps, lengths that match the shapes, at most `size_cap` bytes, and no NaN
/// or infinity in floating-point data unless `allow_nonfinite`. Throws IoError when the file is
/// missing or truncated, InputError naming the tensor otherwise.
TensorFile read_safetensors(std::string const& path, bool allow_nonfinite = false,
                            std::int64_t size_cap = std::int64_t{4} << 30);

}  // namespace shearwater::io
