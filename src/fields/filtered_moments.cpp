// SPDX-License-Identifier: BSD-3-Clause
#include "filtered_moments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace shearwater::fields {
namespace {

constexpr std::size_t kLanes = 16;

/// Sums of weight value^p for p = 0 ... 4 and of weight |value|, in sixteen lanes per 1024 values,
/// then in double.
std::array<double, 6> power_sums(std::span<float const> values, std::span<float const> mask) {
  constexpr std::size_t kPiece = 1024;
  std::array<double, 6> total{};
  for (std::size_t first = 0; first < values.size(); first += kPiece) {
    std::array<std::array<float, kLanes>, 6> sums{};
    std::size_t const last = std::min(values.size(), first + kPiece);
    for (std::size_t i = first; i < last; i += kLanes) {
      std::size_t const width = std::min(kLanes, last - i);
      std::array<float, kLanes> x{}, w{};
      for (std::size_t m = 0; m < width; ++m) {
        w[m] = mask.empty() ? 1.0F : mask[i + m];
        x[m] = values[i + m];
      }
      for (std::size_t m = 0; m < kLanes; ++m) {
        float const wx = w[m] * x[m], square = x[m] * x[m], wxx = w[m] * square;
        sums[0][m] += w[m];
        sums[1][m] += wx;
        sums[2][m] += wxx;
        sums[3][m] += wxx * x[m];
        sums[4][m] += wxx * square;
        sums[5][m] += std::fabs(wx);
      }
    }
    for (std::size_t p = 0; p < 6; ++p)
      for (float const sum : sums[p]) total[p] += static_cast<double>(sum);
  }
  return total;
}

/// Lanes of sum a b over `size` values.
std::array<float, kLanes> product_sums(float const* a, float const* b, std::size_t size) {
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (std::size_t m = 0; m < kLanes; ++m) sums[m] += a[i + m] * b[i + m];
  for (std::size_t m = 0; i + m < size; ++m) sums[m] += a[i + m] * b[i + m];
  return sums;
}

}  // namespace

void ModeFilter::apply(std::complex<float> const* modes, std::complex<float>* filtered) const {
  for (std::size_t m = 0; m < factor.size(); ++m)
    filtered[m] = {factor[m] * modes[m].real(), factor[m] * modes[m].imag()};
}

std::vector<ModeFilter> make_filters(FlatSky sky, std::vector<double> const& scales) {
  auto const low_pass = [&](double scale) {
    ModeFilter filter{fmt::format("s{:g}", scale), {}};
    double const step = 2.0 * std::numbers::pi / static_cast<double>(sky.pixels);
    for (std::int64_t row = 0; row < sky.pixels; ++row) {
      for (std::int64_t column = 0; column <= sky.pixels / 2; ++column) {
        double const a = step * static_cast<double>(std::min(row, sky.pixels - row));
        double const b = step * static_cast<double>(column);
        double const value = std::exp(-0.5 * scale * scale * (a * a + b * b));
        filter.factor.push_back(
            static_cast<float>(row + column == 0 ? 0.0 : value / static_cast<double>(sky.size())));
      }
    }
    return filter;
  };
  std::vector<ModeFilter> filters;
  for (double const scale : scales) filters.push_back(low_pass(scale));
  for (std::size_t i = 0; i + 1 < scales.size(); ++i) {
    filters[i].name += fmt::format("_{:g}", scales[i + 1]);
    for (std::size_t m = 0; m < filters[i].factor.size(); ++m)
      filters[i].factor[m] -= filters[i + 1].factor[m];
  }
  return filters;
}

std::vector<Triple> all_triples(std::size_t maps) {
  std::vector<Triple> triples;
  for (std::size_t i = 0; i < maps; ++i)
    for (std::size_t j = i; j < maps; ++j)
      for (std::size_t k = i == j ? j + 1 : j; k < maps; ++k) triples.push_back({i, j, k});
  return triples;
}

void triple_products(std::span<float const> maps, std::size_t count,
                     std::span<Triple const> triples, std::span<float const> mask,
                     std::span<double> means) {
  // A piece of every map and of one product stay in the first cache level.
  constexpr std::size_t kPiece = 1024;
  std::size_t const size = maps.size() / count;
  std::array<float, kPiece> product;
  std::fill(means.begin(), means.end(), 0.0);
  for (std::size_t first = 0; first < size; first += kPiece) {
    std::size_t const width = std::min(kPiece, size - first);
    auto const piece = [&](std::size_t map) { return maps.data() + map * size + first; };
    for (std::size_t t = 0; t < triples.size(); ++t) {
      auto const [i, j, k] = triples[t];
      if (t == 0 || i != triples[t - 1].first || j != triples[t - 1].second) {
        float const *const a = piece(i), *const b = piece(j);
        for (std::size_t p = 0; p < width; ++p) product[p] = a[p] * b[p];
        if (!mask.empty())
          for (std::size_t p = 0; p < width; ++p) product[p] *= mask[first + p];
      }
      for (float const sum : product_sums(product.data(), piece(k), width))
        means[t] += static_cast<double>(sum);
    }
  }
  double observed = static_cast<double>(size);
  if (!mask.empty())
    observed = std::accumulate(mask.begin(), mask.end(), 0.0);  // of 0 and 1: exact
  for (double& mean : means) mean = observed > 0 ? mean / observed : 0.0;
}

Moments central_moments(std::span<float const> values, std::span<float const> mask) {
  auto const s = power_sums(values, mask);
  if (!(s[0] > 0)) return {};
  double const mean = s[1] / s[0], m2 = s[2] / s[0], m3 = s[3] / s[0], m4 = s[4] / s[0];
  return {m2 - mean * mean, m3 - 3 * mean * m2 + 2 * mean * mean * mean,
          m4 - 4 * mean * m3 + 6 * mean * mean * m2 - 3 * mean * mean * mean * mean, s[5] / s[0]};
}

}  // namespace shearwater::fields
