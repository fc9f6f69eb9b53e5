// SPDX-License-Identifier: BSD-3-Clause
// Included first into every file that is compiled with CUDA 13 and Kokkos 4.7.00, whose headers
// call two functions by their CUDA 12 signatures. Kokkos 4.7.01 and newer need none of this.
#pragma once

#include <cuda_runtime.h>

#if CUDART_VERSION >= 13000
inline cudaError_t cudaGraphAddDependencies(cudaGraph_t graph, cudaGraphNode_t const* from,
                                            cudaGraphNode_t const* to, std::size_t count) {
  return cudaGraphAddDependencies(graph, from, to, nullptr, count);
}

inline cudaError_t cudaMemPrefetchAsync(void const* pointer, std::size_t bytes, int device,
                                        cudaStream_t stream = nullptr) {
  cudaMemLocation location{};
  location.type = device == cudaCpuDeviceId ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice;
  location.id = device == cudaCpuDeviceId ? 0 : device;
  return cudaMemPrefetchAsync(pointer, bytes, location, 0U, stream);
}
#endif
