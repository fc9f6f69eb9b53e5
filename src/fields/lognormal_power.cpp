// SPDX-License-Identifier: BSD-3-Clause
#include "lognormal_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "shearwater/core/error.hpp"
#include "shearwater/core/vector_math.hpp"
#include "shearwater/fields/correlated_fields.hpp"

namespace shearwater::fields {
namespace {

constexpr std::size_t kBlock = EvenTransform::kBlock;

/// The table as a block of columns (rows, 16) from `first`.
void interpolate_block(ModeTable const& modes, float const* table, std::size_t stride,
                       std::size_t rows, std::size_t first, float* block) {
  for (std::size_t a = 0; a < rows; ++a)
    modes.interpolate(table, a * stride + first, block + a * kBlock);
  if (first == 0) block[0] = 0.0F;
}

/// block = ln(max(1 + block, smallest_correlation)) of columns `first` ...; returns how many values
/// were raised, weighted with the number of pixels that each stands for.
std::int64_t log_block(float* block, std::size_t rows, std::size_t first) {
  std::size_t const last = rows - 1;
  std::array<std::int32_t, kBlock> raised;
  std::int64_t clipped = 0;
  for (std::size_t a = 0; a < rows; ++a) {
    float* const row = block + a * kBlock;
    std::int32_t in_row = 0;
    for (std::size_t c = 0; c < kBlock; ++c) {
      float const ratio = 1.0F + row[c];
      bool const low = !(ratio >= smallest_correlation);
      row[c] = core::fast_log(low ? smallest_correlation : ratio);
      raised[c] = low ? 1 : 0;
      in_row += raised[c];
    }
    if (in_row == 0) continue;
    for (std::size_t c = 0; c < kBlock && first + c < rows; ++c)
      clipped += raised[c] * (a % last == 0 ? 1 : 2) * ((first + c) % last == 0 ? 1 : 2);
  }
  return clipped;
}

void check_multipoles(FlatSky const& sky, std::vector<double> const& ell) {
  double const corner = std::sqrt(2.0) * sky.nyquist(), first = sky.fundamental();
  bool const increasing = std::is_sorted(ell.begin(), ell.end(), std::less_equal<>());
  if (ell.size() < 2 || !increasing || ell.front() > first * (1 + 1e-9) ||
      ell.back() < corner * (1 - 1e-9))
    throw core::InputError(
        fmt::format("the multipoles of the spectra must increase and cover [{:.6g}, {:.6g}], the "
                    "modes of a map of {} "
                    "pixels on {:g} degrees; they cover [{:.6g}, {:.6g}]",
                    first, corner, sky.pixels, sky.width_deg, ell.empty() ? 0 : ell.front(),
                    ell.empty() ? 0 : ell.back()));
}

}  // namespace

ModeTable::ModeTable(FlatSky const& sky, EvenTransform const& even, std::vector<double> const& ell)
    : nodes_(ell.size()),
      base_(even.plane_size() / kBlock),
      node_(even.plane_size()),
      weight_(even.plane_size()) {
  check_multipoles(sky, ell);
  std::size_t const stride = even.stride();
  for (std::size_t mode = 0; mode < node_.size(); ++mode) {
    // Padding columns continue the row: their powers are finite, and never used.
    auto const a = static_cast<double>(mode / stride), b = static_cast<double>(mode % stride);
    double const k = sky.fundamental() * std::hypot(a, b);
    auto const above = std::upper_bound(ell.begin(), ell.end(), k) - ell.begin();
    auto const below = std::clamp<std::ptrdiff_t>(above - 1, 0, std::ssize(ell) - 2);
    double const low = ell[static_cast<std::size_t>(below)];
    double const high = ell[static_cast<std::size_t>(below) + 1];
    node_[mode] = static_cast<std::int32_t>(below);
    weight_[mode] = static_cast<float>(std::clamp((k - low) / (high - low), 0.0, 1.0));
  }
  for (std::size_t first = 0; first < node_.size(); first += kBlock) {
    std::span<std::int32_t> const sixteen{node_.data() + first, kBlock};
    auto const [low, high] = std::minmax_element(sixteen.begin(), sixteen.end());
    std::int32_t const base = *high - *low <= core::kTableWindow ? *low : -1;
    base_[first / kBlock] = base;
    if (base > 0)
      for (std::int32_t& node : sixteen) node -= base;
  }
}

void ModeTable::interpolate(float const* table, std::size_t first, float* power) const {
  std::int32_t const base = base_[first / kBlock];
  std::int32_t const* const node = node_.data() + first;
  float const* const weight = weight_.data() + first;
  if (base >= 0) return core::interpolate16(table + base, node, weight, power);
  for (std::size_t m = 0; m < kBlock; ++m) {
    float const low = table[node[m]], high = table[node[m] + 1];
    power[m] = core::multiply_add(weight[m], high - low, low);
  }
}

void tabulated_power(EvenTransform const& even, ModeTable const& modes, float const* table,
                     float* plane) {
  for (std::size_t first = 0; first < even.plane_size(); first += kBlock)
    modes.interpolate(table, first, plane + first);
  plane[0] = 0.0F;
}

std::int64_t lognormal_power(EvenTransform const& even, ModeTable const& modes, float const* table,
                             float scale, float* plane, float* scratch) {
  std::size_t const stride = even.stride(), rows = even.plane_size() / stride;
  float* const x = scratch + even.plane_size();
  float* const y = x + even.block_size();
  for (std::size_t first = 0; first < rows; first += kBlock) {
    interpolate_block(modes, table, stride, rows, first, x);
    even.columns(x, y);
    even.put_transposed(y, first, scratch);
  }
  // The correlations are symmetric too: their columns can be taken for rows.
  std::int64_t clipped = 0;
  for (std::size_t first = 0; first < rows; first += kBlock) {
    even.take(scratch, first, x);
    even.columns(x, y);
    clipped += log_block(y, rows, first);
    even.columns(y, x);
    even.put_transposed(x, first, plane);
  }
  for (std::size_t first = 0; first < rows; first += kBlock) {
    even.take(plane, first, x);
    even.columns(x, y);
    for (std::size_t a = 0; a < rows; ++a)
      for (std::size_t c = 0; c < kBlock; ++c)
        plane[a * stride + first + c] = scale * std::fabs(y[a * kBlock + c]);
  }
  plane[0] = 0.0F;
  return clipped;
}

}  // namespace shearwater::fields
