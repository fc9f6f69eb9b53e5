// SPDX-License-Identifier: BSD-3-Clause
// Host arrays aligned for vector loads and for FFTW.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace shearwater::fields {

struct AlignedDelete {
  void operator()(void* data) const { ::operator delete[](data, std::align_val_t{64}); }
};
template <class T>
using Aligned = std::unique_ptr<T[], AlignedDelete>;

/// `size` elements, set to zero.
template <class T>
Aligned<T> make_aligned(std::size_t size) {
  return Aligned<T>(new (std::align_val_t{64}) T[size]());
}

}  // namespace shearwater::fields
