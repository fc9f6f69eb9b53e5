// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/statistics/contours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "shearwater/core/error.hpp"
#include "shearwater/statistics/moments.hpp"

namespace shearwater::statistics {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Gaussian taps of standard deviation `width` cells, cut at four, summing to one.
std::vector<double> gaussian_taps(double width) {
  auto const reach = static_cast<std::int64_t>(std::ceil(4 * width));
  std::vector<double> taps;
  double sum = 0;
  for (std::int64_t k = -reach; k <= reach; ++k) {
    double const x = static_cast<double>(k) / width;
    taps.push_back(std::exp(-0.5 * x * x));
    sum += taps.back();
  }
  for (auto& tap : taps) tap /= sum;
  return taps;
}

/// Convolution of `lines` lines of `length` values, `stride` apart, zero outside.
void smooth_lines(std::vector<double>& values, std::int64_t lines, std::int64_t line_step,
                  std::int64_t length, std::int64_t stride, std::vector<double> const& taps) {
  auto const reach = static_cast<std::int64_t>(taps.size()) / 2;
  std::vector<double> line(at(length));
  for (std::int64_t l = 0; l < lines; ++l) {
    for (std::int64_t i = 0; i < length; ++i) line[at(i)] = values[at(l * line_step + i * stride)];
    for (std::int64_t i = 0; i < length; ++i) {
      double sum = 0;
      std::int64_t const first = std::max<std::int64_t>(0, i - reach),
                         last = std::min(length - 1, i + reach);
      for (std::int64_t k = first; k <= last; ++k) sum += taps[at(k - i + reach)] * line[at(k)];
      values[at(l * line_step + i * stride)] = sum;
    }
  }
}

/// Adds weight w at the fractional node (u, v), shared linearly among the four nodes around.
void deposit(DensityGrid& grid, double u, double v, double w) {
  auto const i = static_cast<std::int64_t>(std::floor(u)),
             j = static_cast<std::int64_t>(std::floor(v));
  if (i < 0 || j < 0 || i + 1 >= grid.nx || j + 1 >= grid.ny) return;
  double const fu = u - static_cast<double>(i), fv = v - static_cast<double>(j);
  grid.values[at(j * grid.nx + i)] += w * (1 - fu) * (1 - fv);
  grid.values[at(j * grid.nx + i + 1)] += w * fu * (1 - fv);
  grid.values[at((j + 1) * grid.nx + i)] += w * (1 - fu) * fv;
  grid.values[at((j + 1) * grid.nx + i + 1)] += w * fu * fv;
}

/// Where the level crosses the edges of the grid. An edge is named by its lower node and direction.
class LevelTracer {
 public:
  LevelTracer(DensityGrid const& grid, double level) : grid_(grid), level_(level) {}

  std::vector<Path2> trace() {
    for (std::int64_t j = 0; j + 1 < grid_.ny; ++j)
      for (std::int64_t i = 0; i + 1 < grid_.nx; ++i) add_cell(i, j);
    std::vector<Path2> paths;
    while (!links_.empty()) paths.push_back(follow(links_.begin()->first));
    return paths;
  }

 private:
  using Edge = std::array<std::int64_t, 3>;  // node i, node j, 0 along x or 1 along y

  double value(std::int64_t i, std::int64_t j) const {
    bool const rim = i == 0 || j == 0 || i == grid_.nx - 1 || j == grid_.ny - 1;
    return rim ? 0.0 : grid_.at(i, j);
  }
  bool inside(std::int64_t i, std::int64_t j) const { return value(i, j) > level_; }
  void link(Edge a, Edge b) {
    links_[a].push_back(b);
    links_[b].push_back(a);
  }

  void add_cell(std::int64_t i, std::int64_t j) {
    std::array<bool, 4> const in{inside(i, j), inside(i + 1, j), inside(i + 1, j + 1),
                                 inside(i, j + 1)};
    std::array<Edge, 4> const edges{{{i, j, 0}, {i + 1, j, 1}, {i, j + 1, 0}, {i, j, 1}}};
    std::vector<std::size_t> crossed;  // edge e joins corners e and e + 1
    for (std::size_t e = 0; e < 4; ++e)
      if (in[e] != in[(e + 1) % 4]) crossed.push_back(e);
    if (crossed.size() == 2) link(edges[crossed[0]], edges[crossed[1]]);
    if (crossed.size() != 4) return;
    double const centre =
        0.25 * (value(i, j) + value(i + 1, j) + value(i, j + 1) + value(i + 1, j + 1));
    // The centre joins the two corners of its own kind; the lines cut off the other two.
    bool const cut_first = (centre > level_) != in[0];
    link(edges[cut_first ? 3 : 0], edges[cut_first ? 0 : 1]);
    link(edges[cut_first ? 1 : 2], edges[cut_first ? 2 : 3]);
  }

  Point2 position(Edge const& edge) const {
    auto const [i, j, direction] = edge;
    double const a = value(i, j), b = direction == 0 ? value(i + 1, j) : value(i, j + 1);
    double const t = (level_ - a) / (b - a);
    return {grid_.x0 + grid_.dx * (static_cast<double>(i) + (direction == 0 ? t : 0)),
            grid_.y0 + grid_.dy * (static_cast<double>(j) + (direction == 1 ? t : 0))};
  }

  Path2 follow(Edge start) {
    Path2 path;
    Edge edge = start;
    while (true) {
      path.push_back(position(edge));
      auto const found = links_.find(edge);
      Edge const next = found->second.back();
      remove(edge, next);
      if (next == start) return path;
      edge = next;
    }
  }
  void remove(Edge const& a, Edge const& b) {
    for (auto const& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      auto const found = links_.find(from);
      auto& list = found->second;
      list.erase(std::find(list.begin(), list.end(), to));
      if (list.empty()) links_.erase(found);
    }
  }

  DensityGrid const& grid_;
  double level_;
  std::map<Edge, std::vector<Edge>> links_;
};

/// Whitened coordinates of two columns: p = L^-1 (x - mean) / sqrt(1 + h^2).
struct Whitening {
  Moments stats;
  std::vector<double> lower;
  Point2 to_data(Point2 p) const {
    return {stats.mean[0] + lower[0] * p.x, stats.mean[1] + lower[2] * p.x + lower[3] * p.y};
  }
};

constexpr double grid_reach = 6.0;        // whitened standard deviations on either side
constexpr std::int64_t grid_nodes = 241;  // node distance 0.05

DensityGrid whitened_density(std::span<double const> pairs, Whitening const& white,
                             double bandwidth, std::span<double const> weights) {
  DensityGrid grid;
  grid.nx = grid.ny = grid_nodes;
  grid.x0 = grid.y0 = -grid_reach;
  grid.dx = grid.dy = 2 * grid_reach / static_cast<double>(grid_nodes - 1);
  grid.values.assign(at(grid.nx * grid.ny), 0.0);
  double const shrink = 1 / std::sqrt(1 + bandwidth * bandwidth);
  for (std::size_t n = 0; n < pairs.size() / 2; ++n) {
    std::array<double, 2> p{pairs[2 * n] - white.stats.mean[0],
                            pairs[2 * n + 1] - white.stats.mean[1]};
    solve_lower(white.lower, p);
    deposit(grid, (shrink * p[0] - grid.x0) / grid.dx, (shrink * p[1] - grid.y0) / grid.dy,
            weights.empty() ? 1.0 : weights[n]);
  }
  auto const taps = gaussian_taps(bandwidth / grid.dx);
  smooth_lines(grid.values, grid.ny, grid.nx, grid.nx, 1, taps);
  smooth_lines(grid.values, grid.nx, 1, grid.ny, grid.nx, taps);
  return grid;
}

double effective_count(std::size_t rows, std::span<double const> weights) {
  return weights.empty() ? static_cast<double>(rows) : effective_samples(weights);
}

}  // namespace

double level_of_mass(DensityGrid const& grid, double mass) {
  auto values = grid.values;
  std::sort(values.begin(), values.end(), std::greater<>());
  double total = 0;
  for (double const v : values) total += v;
  double sum = 0;
  for (std::size_t n = 0; n < values.size(); ++n) {
    double const next = sum + values[n];
    if (next >= mass * total) {
      double const before = n == 0 ? values[0] : values[n - 1];
      double const t = (mass * total - sum) / values[n];
      return before + t * (values[n] - before);
    }
    sum = next;
  }
  return 0;
}

std::vector<Path2> level_lines(DensityGrid const& grid, double level) {
  core::require(level > 0, "statistics::level_lines: the level must be positive");
  return LevelTracer(grid, level).trace();
}

std::vector<CredibleRegion> credible_regions(std::span<double const> samples,
                                             std::int64_t dimension, std::int64_t i, std::int64_t j,
                                             std::vector<double> const& masses,
                                             std::span<double const> weights) {
  std::size_t const rows = samples.size() / at(dimension);
  std::vector<double> pairs(2 * rows);
  for (std::size_t n = 0; n < rows; ++n) {
    pairs[2 * n] = samples[n * at(dimension) + at(i)];
    pairs[2 * n + 1] = samples[n * at(dimension) + at(j)];
  }
  Whitening white{moments(pairs, 2, weights), {}};
  white.lower = cholesky(white.stats.covariance, 2);
  double const bandwidth = 1.4 * std::pow(effective_count(rows, weights), -1.0 / 6.0);
  auto const grid = whitened_density(pairs, white, bandwidth, weights);
  std::vector<CredibleRegion> regions;
  for (double const mass : masses) {
    regions.push_back({mass, level_lines(grid, level_of_mass(grid, mass))});
    for (auto& path : regions.back().paths)
      for (auto& point : path) point = white.to_data(point);
  }
  return regions;
}

Density1 marginal_density(std::span<double const> samples, std::int64_t dimension,
                          std::int64_t column, std::int64_t points,
                          std::span<double const> weights) {
  std::size_t const rows = samples.size() / at(dimension);
  std::vector<double> values(rows);
  for (std::size_t n = 0; n < rows; ++n) values[n] = samples[n * at(dimension) + at(column)];
  auto const stats = moments(values, 1, weights);
  double const mean = stats.mean[0], sd = stats.sd(0);
  double const h = 1.3 * std::pow(effective_count(rows, weights), -0.2);
  auto const [low, high] = std::minmax_element(values.begin(), values.end());
  double const first = *low - 3 * h * sd,
               step = (*high + 3 * h * sd - first) / static_cast<double>(points - 1);
  Density1 result{std::vector<double>(at(points)), std::vector<double>(at(points), 0.0)};
  double const shrink = 1 / std::sqrt(1 + h * h);
  for (std::size_t n = 0; n < rows; ++n) {
    double const u = (mean + shrink * (values[n] - mean) - first) / step;
    auto const k = std::clamp<std::int64_t>(static_cast<std::int64_t>(u), 0, points - 2);
    double const w = weights.empty() ? 1.0 : weights[n], t = u - static_cast<double>(k);
    result.density[at(k)] += w * (1 - t);
    result.density[at(k + 1)] += w * t;
  }
  smooth_lines(result.density, 1, points, points, 1, gaussian_taps(h * sd / step));
  double total = 0;
  for (double const v : result.density) total += v * step;
  for (std::int64_t k = 0; k < points; ++k) {
    result.x[at(k)] = first + step * static_cast<double>(k);
    result.density[at(k)] /= total;
  }
  return result;
}

}  // namespace shearwater::statistics
