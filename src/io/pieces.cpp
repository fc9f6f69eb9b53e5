// SPDX-License-Identifier: BSD-3-Clause
#include "pieces.hpp"

#include <algorithm>

namespace shearwater::io {

Pieces::Pieces(Shape shape, std::int64_t first, std::int64_t count, std::int64_t element_size,
               std::int64_t limit)
    : shape_(std::move(shape)), first_(first), count_(count), element_size_(element_size) {
  shape_[0] = count;
  std::int64_t inner = element_size;
  axis_ = shape_.size() - 1;
  while (axis_ > 0 && inner * std::max<std::int64_t>(shape_[axis_], 1) <= limit)
    inner *= std::max<std::int64_t>(shape_[axis_--], 1);
  run_ = std::max<std::int64_t>(1, limit / inner);
  runs_ = (shape_[axis_] + run_ - 1) / run_;
  size_ = runs_;
  for (std::size_t axis = 0; axis < axis_; ++axis) size_ *= shape_[axis];
  for (std::size_t axis = axis_ + 1; axis < shape_.size(); ++axis)
    if (shape_[axis] == 0) size_ = 0;
}

Piece Pieces::at(std::int64_t index) const {
  Piece piece{Shape(shape_.size(), 0), shape_, 0, element_size_};
  std::int64_t const run = index % runs_;
  std::int64_t outer = index / runs_;
  piece.start[axis_] = run * run_;
  piece.count[axis_] = std::min(run_, shape_[axis_] - run * run_);
  for (std::size_t axis = axis_; axis-- > 0; outer /= shape_[axis]) {
    piece.start[axis] = outer % shape_[axis];
    piece.count[axis] = 1;
  }
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
    position = position * shape_[axis] + piece.start[axis];
    piece.bytes *= piece.count[axis];
  }
  piece.byte_offset = position * element_size_;
  piece.start[0] += first_;
  return piece;
}

}  // namespace shearwater::io
