// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/parallel/host_fft2.hpp"

#include <fmt/format.h>

#include "fftw.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::parallel {
namespace {

fftwf_complex* raw(std::complex<float>* modes) { return reinterpret_cast<fftwf_complex*>(modes); }

void check_alignment(float* map, std::complex<float>* modes) {
  core::require(
      fftwf_alignment_of(map) == 0 && fftwf_alignment_of(reinterpret_cast<float*>(modes)) == 0,
      "transformed maps are aligned to 16 bytes");
}

}  // namespace

struct HostFft2::Plans {
  Plans(int rows, int columns) {
    std::lock_guard const lock(planner_mutex());
    auto const map_size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    auto const modes_size =
        static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns / 2 + 1);
    float* map = fftwf_alloc_real(map_size);
    fftwf_complex* modes = fftwf_alloc_complex(modes_size);
    forward = fftwf_plan_dft_r2c_2d(rows, columns, map, modes, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    inverse = fftwf_plan_dft_c2r_2d(rows, columns, modes, map, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    inverse_rows =
        fftwf_plan_many_dft_c2r(1, &columns, rows, modes, nullptr, 1, columns / 2 + 1, map, nullptr,
                                1, columns, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    fftwf_free(map);
    fftwf_free(modes);
    core::require(forward != nullptr && inverse != nullptr && inverse_rows != nullptr,
                  "FFTW makes a plan for every even size");
  }
  ~Plans() {
    std::lock_guard const lock(planner_mutex());
    fftwf_destroy_plan(forward);
    fftwf_destroy_plan(inverse);
    fftwf_destroy_plan(inverse_rows);
  }
  Plans(Plans const&) = delete;
  Plans& operator=(Plans const&) = delete;

  fftwf_plan forward = nullptr, inverse = nullptr, inverse_rows = nullptr;
};

HostFft2::HostFft2(std::int64_t rows, std::int64_t columns) : rows_(rows), columns_(columns) {
  for (auto const length : {rows, columns})
    if (length < 2 || length > 32768 || length % 2 != 0)
      throw core::InputError(
          fmt::format("a map of {} x {} pixels cannot be transformed: both sides must be even and "
                      "between 2 and 32768",
                      rows, columns));
  plans_ = std::make_shared<Plans const>(static_cast<int>(rows), static_cast<int>(columns));
}

void HostFft2::forward(float const* map, std::complex<float>* modes) const {
  // The plan keeps its input, which FFTW's signature cannot say.
  auto* const input = const_cast<float*>(map);
  check_alignment(input, modes);
  fftwf_execute_dft_r2c(plans_->forward, input, raw(modes));
}

void HostFft2::inverse(std::complex<float>* modes, float* map) const {
  check_alignment(map, modes);
  fftwf_execute_dft_c2r(plans_->inverse, raw(modes), map);
}

void HostFft2::inverse_rows(std::complex<float>* modes, float* map) const {
  check_alignment(map, modes);
  fftwf_execute_dft_c2r(plans_->inverse_rows, raw(modes), map);
}

}  // namespace shearwater::parallel
