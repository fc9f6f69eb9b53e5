// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "aligned.hpp"
#include "catch.hpp"
#include "column_fft.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/parallel/host_fft2.hpp"

using namespace shearwater;

TEST_CASE("the transform of columns agrees with its definition", "[fields]") {
  for (std::size_t const n : {4, 8, 16, 32, 128}) {
    fields::ColumnFft const transform(n);
    auto const block = fields::make_aligned<float>(n * fields::ColumnFft::kRow);
    std::vector<std::complex<double>> x(n);
    std::size_t const column = n % 13;
    core::fill_normals(1, core::Purpose::observation, n, 0, {block.get(), n * 32});
    for (std::size_t i = 0; i < n; ++i)
      x[i] = {static_cast<double>(block[i * 32 + column]),
              static_cast<double>(block[i * 32 + 16 + column])};
    transform.apply(block.get());
    double error = 0, size = 0;
    for (std::size_t k = 0; k < n; ++k) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < n; ++i)
        sum += x[i] * std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(i * k % n) /
                                          static_cast<double>(n));
      float const* const row = block.get() + transform.position(k) * fields::ColumnFft::kRow;
      std::complex<double> const y{static_cast<double>(row[column]),
                                   static_cast<double>(row[16 + column])};
      error += std::norm(y - sum);
      size += std::norm(sum);
    }
    INFO("length " << n);
    CHECK(std::sqrt(error / size) < 2e-7);
  }
  CHECK_FALSE(fields::ColumnFft::possible(2));
  CHECK_FALSE(fields::ColumnFft::possible(24));
}

TEST_CASE("columns and then rows make the map that a transform in two dimensions makes",
          "[fields]") {
  for (std::int64_t const side : {4, 16, 64, 128}) {
    auto const n = static_cast<std::size_t>(side);
    parallel::HostFft2 const fft(side, side);
    auto const map = fields::make_aligned<float>(n * n), other = fields::make_aligned<float>(n * n);
    auto const modes = fields::make_aligned<std::complex<float>>(n * (n / 2 + 1));
    auto const same = fields::make_aligned<std::complex<float>>(n * (n / 2 + 1));
    core::fill_normals(2, core::Purpose::observation, n, 0, {map.get(), n * n});
    fft.forward(map.get(), modes.get());
    std::copy_n(modes.get(), n * (n / 2 + 1), same.get());
    fft.inverse(same.get(), other.get());
    auto const scratch = fields::make_aligned<float>(n * fields::ColumnFft::kRow);
    fields::ColumnFft(n).apply_half_spectrum(modes.get(), n / 2 + 1, scratch.get());
    fft.inverse_rows(modes.get(), map.get());
    for (std::size_t i = 0; i < n * n; ++i)
      REQUIRE(std::abs(map[i] - other[i]) < 1e-6F * static_cast<float>(n * n));
  }
}
