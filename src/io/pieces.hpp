// SPDX-License-Identifier: BSD-3-Clause
// Cuts rows of an array into boxes of bounded size, in row-major order.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/io/array.hpp"

namespace shearwater::io {

/// A box of an array: where it starts, its extents, and its first byte among the rows.
struct Piece {
  Shape start, count;
  std::int64_t byte_offset = 0, bytes = 0;
};

/// Rows [first, first + count) of an array as boxes of at most `limit` bytes (one element at
/// least), each contiguous in memory.
class Pieces {
 public:
  Pieces(Shape shape, std::int64_t first, std::int64_t count, std::int64_t element_size,
         std::int64_t limit);
  std::int64_t size() const { return size_; }
  Piece at(std::int64_t index) const;

 private:
  Shape shape_;
  std::int64_t first_, count_, element_size_, run_ = 1, runs_ = 1, size_ = 0;
  std::size_t axis_ = 0;  ///< the axis that is cut into runs; those before it have one index
};

}  // namespace shearwater::io
