// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/parallel/fft2.hpp"

#include "shearwater/core/error.hpp"

#ifdef KOKKOS_ENABLE_CUDA
#include <cufft.h>

#include <map>
#include <mutex>
#endif

namespace shearwater::parallel {

void Fft2::check_extents(Array3<float const> maps, Modes modes) const {
  core::require(maps.extent_int(1) == rows() && maps.extent_int(2) == columns() &&
                    modes.extent(0) == maps.extent(0) && modes.extent_int(1) == rows() &&
                    modes.extent_int(2) == columns() / 2 + 1,
                "maps are (n, rows, columns) and modes (n, rows, columns / 2 + 1)");
}

#ifdef KOKKOS_ENABLE_CUDA

namespace {

void check_cufft(cufftResult status, char const* call) {
  core::require(status == CUFFT_SUCCESS,
                std::string(call) + " returned cuFFT's status " + std::to_string(status));
}

}  // namespace

/// One plan for each number of maps that was asked for: cuFFT fixes the batch in the plan.
struct Fft2::DevicePlans {
  ~DevicePlans() {
    for (auto const& [key, plan] : plans) cufftDestroy(plan);
  }
  cufftHandle get(cufftType type, int rows, int columns, int count) {
    auto const key = std::make_pair(static_cast<int>(type), count);
    if (auto const found = plans.find(key); found != plans.end()) return found->second;
    int lengths[2] = {rows, columns};
    cufftHandle plan;
    check_cufft(cufftPlanMany(&plan, 2, lengths, nullptr, 1, 0, nullptr, 1, 0, type, count),
                "cufftPlanMany");
    plans.emplace(key, plan);
    return plan;
  }
  std::map<std::pair<int, int>, cufftHandle> plans;
  std::mutex mutex;
};

Fft2::Fft2(std::int64_t rows, std::int64_t columns)
    : host_(rows, columns), device_(std::make_shared<DevicePlans>()) {}

void Fft2::forward(ExecSpace const& space, Array3<float const> maps, Modes modes) const {
  check_extents(maps, modes);
  std::lock_guard const lock(device_->mutex);
  auto const plan = device_->get(CUFFT_R2C, static_cast<int>(rows()), static_cast<int>(columns()),
                                 maps.extent_int(0));
  check_cufft(cufftSetStream(plan, space.cuda_stream()), "cufftSetStream");
  check_cufft(cufftExecR2C(plan, const_cast<cufftReal*>(maps.data()),
                           reinterpret_cast<cufftComplex*>(modes.data())),
              "cufftExecR2C");
}

void Fft2::inverse(ExecSpace const& space, Modes modes, Array3<float> maps) const {
  check_extents(maps, modes);
  std::lock_guard const lock(device_->mutex);
  auto const plan = device_->get(CUFFT_C2R, static_cast<int>(rows()), static_cast<int>(columns()),
                                 maps.extent_int(0));
  check_cufft(cufftSetStream(plan, space.cuda_stream()), "cufftSetStream");
  check_cufft(cufftExecC2R(plan, reinterpret_cast<cufftComplex*>(modes.data()), maps.data()),
              "cufftExecC2R");
}

#else

Fft2::Fft2(std::int64_t rows, std::int64_t columns) : host_(rows, columns) {}

void Fft2::forward(ExecSpace const& space, Array3<float const> maps, Modes modes) const {
  check_extents(maps, modes);
  HostFft2 const plan = host_;
  Kokkos::parallel_for("parallel::fft2_forward",
                       Kokkos::RangePolicy<ExecSpace>(space, 0, maps.extent_int(0)), [=](int m) {
                         plan.forward(&maps(m, 0, 0),
                                      reinterpret_cast<std::complex<float>*>(&modes(m, 0, 0)));
                       });
}

void Fft2::inverse(ExecSpace const& space, Modes modes, Array3<float> maps) const {
  check_extents(maps, modes);
  HostFft2 const plan = host_;
  Kokkos::parallel_for("parallel::fft2_inverse",
                       Kokkos::RangePolicy<ExecSpace>(space, 0, maps.extent_int(0)), [=](int m) {
                         plan.inverse(reinterpret_cast<std::complex<float>*>(&modes(m, 0, 0)),
                                      &maps(m, 0, 0));
                       });
}

#endif

}  // namespace shearwater::parallel
