// SPDX-License-Identifier: BSD-3-Clause
// What both sides of the border between kernels and networks see: pointer, type, extents, strides,
// device and owner. Neither Kokkos nor torch is included here.
//
// Contract: strides are in elements; the type is checked and never cast silently; `device` must
// match the consumer's; the producer's work on the data is complete (fenced) when an ArrayRef is
// handed over or, on a device, is in `stream`, where the consumer's follows it; the memory lives as
// long as `owner`, or, where `owner` is empty, as long as the caller says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shearwater/core/element_type.hpp"

namespace shearwater::bridge {

using core::ElementType;
enum class DeviceKind { host, cuda };

struct Device {
  DeviceKind kind = DeviceKind::host;
  int index = 0;
  bool operator==(Device const&) const = default;
};

/// Where kernels on arrays of a device run in this process: its CUDA device, or the host in a build
/// without one. Kokkos must be up.
Device kernel_device();

struct ArrayRef {
  void* data = nullptr;
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> extents;
  std::vector<std::int64_t> strides;  ///< in elements
  Device device;
  void* stream = nullptr;  ///< opaque stream of the device; null for the host
  std::shared_ptr<void> owner;

  std::int64_t size() const {
    std::int64_t product = 1;
    for (auto const extent : extents) product *= extent;
    return product;
  }
};

/// Row-major array over memory that the caller keeps.
template <class T>
ArrayRef array_ref(T* data, std::vector<std::int64_t> extents);

/// Row-major array that owns its memory (host, aligned to 64 bytes, not initialised).
ArrayRef allocate(ElementType type, std::vector<std::int64_t> extents);

/// The data as T*. Throws InternalError when the type is another, the data are not on the host or
/// not row-major.
template <class T>
T* host_data(ArrayRef const& array);

/// The same of data that may be on a device, where they are not read here.
template <class T>
T* any_data(ArrayRef const& array);

/// Rows [first, first + count) of the leading axis; shares the owner.
ArrayRef rows(ArrayRef const& array, std::int64_t first, std::int64_t count);

/// A batch is a list of named arrays that share their leading axis: "parameters" (n, p), "maps"
/// (n, channels, pixels, pixels), "mask", "noise", "summaries" (n, s), ...
using Batch = std::map<std::string, ArrayRef>;

}  // namespace shearwater::bridge
