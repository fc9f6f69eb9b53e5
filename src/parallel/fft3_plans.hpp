// SPDX-License-Identifier: BSD-3-Clause
// Plans of Fft3 and the buffer of its exchange: FFTW's on the host, cuFFT's where Kokkos has CUDA.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fftw.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/parallel/fft3.hpp"

#ifdef KOKKOS_ENABLE_CUDA
#include <cufftXt.h>
#endif

namespace shearwater::parallel {

#ifdef KOKKOS_ENABLE_CUDA

inline void check_cufft3(cufftResult status, char const* call) {
  core::require(status == CUFFT_SUCCESS,
                std::string(call) + " returned cuFFT's status " + std::to_string(status));
}

/// The 64-bit planner: cubes of more than 2^31 cells fit on one device.
inline cufftHandle cufft_plan(std::vector<long long> lengths, std::vector<long long> in,
                              long long in_stride, long long in_distance,
                              std::vector<long long> out, long long out_stride,
                              long long out_distance, cufftType type, long long batch) {
  cufftHandle plan;
  std::size_t work = 0;
  check_cufft3(cufftCreate(&plan), "cufftCreate");
  check_cufft3(cufftMakePlanMany64(plan, static_cast<int>(lengths.size()), lengths.data(),
                                   in.data(), in_stride, in_distance, out.data(), out_stride,
                                   out_distance, type, batch, &work),
               "cufftMakePlanMany64");
  return plan;
}

template <class Real>
struct DevicePlans3 {
  static constexpr bool single = std::is_same_v<Real, float>;
  DevicePlans3(long long side, long long planes) {
    long long const half = side / 2 + 1, row = 2 * half, lines = planes * half;
    forward_planes = cufft_plan({side, side}, {side, row}, 1, side * row, {side, half}, 1,
                                side * half, single ? CUFFT_R2C : CUFFT_D2Z, planes);
    inverse_planes = cufft_plan({side, side}, {side, half}, 1, side * half, {side, row}, 1,
                                side * row, single ? CUFFT_C2R : CUFFT_Z2D, planes);
    both_lines = cufft_plan({side}, {side}, lines, 1, {side}, lines, 1,
                            single ? CUFFT_C2C : CUFFT_Z2Z, lines);
  }
  ~DevicePlans3() {
    for (auto const plan : {forward_planes, inverse_planes, both_lines}) cufftDestroy(plan);
  }
  void run(ExecSpace const& space, cufftHandle plan, Real* data, int direction) const {
    check_cufft3(cufftSetStream(plan, space.cuda_stream()), "cufftSetStream");
    check_cufft3(cufftXtExec(plan, data, data, direction), "cufftXtExec");
  }
  void run_lines(ExecSpace const& space, Real* data, int direction) const {
    run(space, both_lines, data, direction);
  }
  cufftHandle forward_planes, inverse_planes, both_lines;
};

#else

/// Lines along kx are copied to a block of `lanes` neighbours (two cache lines), transformed there
/// and copied back: whatever the stride between the rows of a slab, the plan is the same.
template <class Real>
struct HostPlans3 {
  using Library = Fftw<Real>;
  using Complex = Kokkos::complex<Real>;
  static constexpr std::int64_t lanes = 128 / sizeof(Complex);

  explicit HostPlans3(std::int64_t side) : side_(side) {
    std::lock_guard const lock(planner_mutex());
    auto const half = side / 2 + 1;
    auto* const data = Library::allocate(static_cast<std::size_t>(side * std::max(half, lanes)));
    auto* const real = reinterpret_cast<Real*>(data);
    int const n = static_cast<int>(side);
    int const lengths[2] = {n, n}, padded[2] = {n, n + 2}, halved[2] = {n, n / 2 + 1};
    forward_plane_ =
        Library::plan_r2c(2, lengths, 1, real, padded, 1, 0, data, halved, 1, 0, FFTW_ESTIMATE);
    inverse_plane_ =
        Library::plan_c2r(2, lengths, 1, data, halved, 1, 0, real, padded, 1, 0, FFTW_ESTIMATE);
    for (auto const width : {std::min(lanes, half), half % lanes}) {
      if (width == 0 || forward_lines_.count(width) > 0) continue;
      int const w = static_cast<int>(width);
      auto const plan = [&](int direction) {
        return Library::plan_c2c(1, lengths, w, data, nullptr, w, 1, data, nullptr, w, 1, direction,
                                 FFTW_ESTIMATE);
      };
      forward_lines_[width] = plan(FFTW_FORWARD);
      inverse_lines_[width] = plan(FFTW_BACKWARD);
    }
    Library::free(data);
  }
  ~HostPlans3() {
    std::lock_guard const lock(planner_mutex());
    Library::destroy(forward_plane_);
    Library::destroy(inverse_plane_);
    for (auto const* plans : {&forward_lines_, &inverse_lines_})
      for (auto const& [width, plan] : *plans) Library::destroy(plan);
  }
  HostPlans3(HostPlans3 const&) = delete;
  HostPlans3& operator=(HostPlans3 const&) = delete;

  void forward_plane(Real* plane) const {
    core::require(Library::alignment(reinterpret_cast<Real*>(plane)) == 0,
                  "planes are aligned to 16 bytes");
    Library::run_r2c(forward_plane_, plane, raw(plane));
  }
  void inverse_plane(Real* plane) const { Library::run_c2r(inverse_plane_, raw(plane), plane); }
  void line_forward(Complex* block, std::int64_t width) const {
    Library::run_c2c(forward_lines_.at(width), raw(block), raw(block));
  }
  void line_inverse(Complex* block, std::int64_t width) const {
    Library::run_c2c(inverse_lines_.at(width), raw(block), raw(block));
  }

  void make_scratch(int threads) {
    if (scratch_.extent_int(0) < threads)
      scratch_ = decltype(scratch_)("parallel::fft3_scratch", threads, side_ * lanes);
  }
  Complex* scratch_of(int thread) const { return &scratch_(thread, 0); }

 private:
  template <class T>
  static typename Library::Complex* raw(T* data) {
    return reinterpret_cast<typename Library::Complex*>(data);
  }
  std::int64_t side_;
  typename Library::Plan forward_plane_, inverse_plane_;
  std::map<std::int64_t, typename Library::Plan> forward_lines_, inverse_lines_;  ///< by width
  Kokkos::View<Complex**, Kokkos::LayoutRight, HostSpace> scratch_;
};

#endif

template <class Real>
struct Fft3<Real>::Plans
#ifdef KOKKOS_ENABLE_CUDA
    : DevicePlans3<Real> {
  Plans(std::int64_t side, std::int64_t planes, bool exchanges)
      : DevicePlans3<Real>(side, planes)
#else
    : HostPlans3<Real> {
  Plans(std::int64_t side, std::int64_t planes, bool exchanges)
      : HostPlans3<Real>(side)
#endif
  {
    if (exchanges) buffer = Buffer("parallel::fft3_buffer", planes * side * (side / 2 + 1));
  }

  /// Calls visit(rows of rank r, its block (planes, rows, kz) of the buffer) for each rank.
  template <class Visit>
  void for_each_block(Communicator const& comm, std::int64_t side, std::int64_t planes,
                      Visit const& visit) const {
    auto* data = buffer.data();
    for (int r = 0; r < comm.size(); ++r) {
      auto const rows = share_of(side, r, comm.size());
      Modes const block(data, planes, rows.count, side / 2 + 1);
      visit(rows, block);
      data += block.size();
    }
  }
  std::int64_t bytes() const {
    return static_cast<std::int64_t>(buffer.size() * sizeof(Kokkos::complex<Real>));
  }

  using Buffer = Kokkos::View<Kokkos::complex<Real>*, MemorySpace>;
  Buffer buffer;
};

}  // namespace shearwater::parallel
