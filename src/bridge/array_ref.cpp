// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/array_ref.hpp"

#include <cstdlib>
#include <new>

#include "shearwater/core/error.hpp"

namespace shearwater::bridge {

namespace {

std::vector<std::int64_t> row_major(std::vector<std::int64_t> const& extents) {
  std::vector<std::int64_t> strides(extents.size(), 1);
  for (std::size_t axis = extents.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * extents[axis];
  return strides;
}

}  // namespace

template <class T>
ArrayRef array_ref(T* data, std::vector<std::int64_t> extents) {
  ArrayRef result;
  result.data = data;
  result.type = core::element_type<T>();
  result.strides = row_major(extents);
  result.extents = std::move(extents);
  return result;
}

ArrayRef allocate(ElementType type, std::vector<std::int64_t> extents) {
  ArrayRef result;
  result.type = type;
  result.strides = row_major(extents);
  result.extents = std::move(extents);
  std::size_t const bytes = static_cast<std::size_t>(result.size()) * core::element_size(type);
  std::size_t const padded = (bytes + 63) / 64 * 64;
  result.owner =
      std::shared_ptr<void>(std::aligned_alloc(64, padded == 0 ? 64 : padded), std::free);
  if (!result.owner) throw std::bad_alloc();
  result.data = result.owner.get();
  return result;
}

template <class T>
T* any_data(ArrayRef const& array) {
  core::require(array.type == core::element_type<T>(),
                "bridge: the array has another element type");
  core::require(array.strides == row_major(array.extents), "bridge: the array is not row-major");
  return static_cast<T*>(array.data);
}

template <class T>
T* host_data(ArrayRef const& array) {
  core::require(array.device.kind == DeviceKind::host,
                "bridge::host_data: the array is not on the host");
  return any_data<T>(array);
}

ArrayRef rows(ArrayRef const& array, std::int64_t first, std::int64_t count) {
  core::require(
      !array.extents.empty() && first >= 0 && count >= 0 && first + count <= array.extents[0],
      "bridge::rows: the rows are outside the array");
  ArrayRef result = array;
  result.extents[0] = count;
  result.data = static_cast<char*>(array.data) +
                static_cast<std::size_t>(first * array.strides[0]) * core::element_size(array.type);
  return result;
}

template ArrayRef array_ref(float*, std::vector<std::int64_t>);
template ArrayRef array_ref(double*, std::vector<std::int64_t>);
template ArrayRef array_ref(std::int32_t*, std::vector<std::int64_t>);
template ArrayRef array_ref(std::int64_t*, std::vector<std::int64_t>);
template ArrayRef array_ref(std::uint8_t*, std::vector<std::int64_t>);
template float* any_data(ArrayRef const&);
template float* host_data(ArrayRef const&);
template double* any_data(ArrayRef const&);
template double* host_data(ArrayRef const&);
template std::int32_t* any_data(ArrayRef const&);
template std::int32_t* host_data(ArrayRef const&);
template std::int64_t* any_data(ArrayRef const&);
template std::int64_t* host_data(ArrayRef const&);
template std::uint8_t* any_data(ArrayRef const&);
template std::uint8_t* host_data(ArrayRef const&);

}  // namespace shearwater::bridge
