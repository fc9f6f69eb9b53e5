// SPDX-License-Identifier: BSD-3-Clause
// What the sources that plan with FFTW share: one lock, and the two precisions under one name.
#pragma once

#include <fftw3.h>

#include <complex>
#include <mutex>

namespace shearwater::parallel {

/// FFTW's planner is not thread-safe; its executions are.
inline std::mutex& planner_mutex() {
  static std::mutex mutex;
  return mutex;
}

template <class Real>
struct Fftw;

template <>
struct Fftw<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static constexpr auto plan_r2c = fftwf_plan_many_dft_r2c;
  static constexpr auto plan_c2r = fftwf_plan_many_dft_c2r;
  static constexpr auto plan_c2c = fftwf_plan_many_dft;
  static constexpr auto run_r2c = fftwf_execute_dft_r2c;
  static constexpr auto run_c2r = fftwf_execute_dft_c2r;
  static constexpr auto run_c2c = fftwf_execute_dft;
  static constexpr auto destroy = fftwf_destroy_plan;
  static constexpr auto allocate = fftwf_alloc_complex;
  static constexpr auto free = fftwf_free;
  static constexpr auto alignment = fftwf_alignment_of;
};

template <>
struct Fftw<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static constexpr auto plan_r2c = fftw_plan_many_dft_r2c;
  static constexpr auto plan_c2r = fftw_plan_many_dft_c2r;
  static constexpr auto plan_c2c = fftw_plan_many_dft;
  static constexpr auto run_r2c = fftw_execute_dft_r2c;
  static constexpr auto run_c2r = fftw_execute_dft_c2r;
  static constexpr auto run_c2c = fftw_execute_dft;
  static constexpr auto destroy = fftw_destroy_plan;
  static constexpr auto allocate = fftw_alloc_complex;
  static constexpr auto free = fftw_free;
  static constexpr auto alignment = fftw_alignment_of;
};

}  // namespace shearwater::parallel
