// SPDX-License-Identifier: BSD-3-Clause
#include "device_space.hpp"

#include <map>
#include <mutex>

#include "shearwater/core/error.hpp"

namespace shearwater::bridge {

namespace {

#ifdef KOKKOS_ENABLE_CUDA
/// The space of a stream is kept, since making one allocates; networks use the same few streams all
/// along. All are gone before Kokkos is.
ExecSpace const* space_of(Device device, void* stream) {
  core::require(device == kernel_device(),
                "the arrays are on another CUDA device than kernels run on");
  static std::mutex mutex;
  static std::map<void*, ExecSpace> spaces;
  std::lock_guard const lock(mutex);
  if (spaces.empty()) Kokkos::push_finalize_hook([] { spaces.clear(); });
  auto found = spaces.find(stream);
  if (found == spaces.end())
    found = spaces.emplace(stream, ExecSpace(static_cast<cudaStream_t>(stream))).first;
  return &found->second;
}
#else
ExecSpace const* space_of(Device /*device*/, void* /*stream*/) {
  throw core::InternalError("the arrays are on a CUDA device, but kernels were built without CUDA");
}
#endif

}  // namespace

Device kernel_device() {
#ifdef KOKKOS_ENABLE_CUDA
  return {DeviceKind::cuda, ExecSpace().cuda_device()};
#else
  return {};
#endif
}

ExecSpace const* device_space(std::initializer_list<ArrayRef const*> arrays) {
  ArrayRef const* first = nullptr;
  for (auto const* array : arrays) {
    if (array->data == nullptr) continue;
    if (first == nullptr) first = array;
    core::require(array->device == first->device && array->stream == first->stream,
                  "the arrays of one call are on several devices or streams");
  }
  if (first == nullptr || first->device.kind == DeviceKind::host) return nullptr;
  return space_of(first->device, first->stream);
}

}  // namespace shearwater::bridge
