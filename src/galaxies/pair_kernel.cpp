// SPDX-License-Identifier: BSD-3-Clause
#include "pair_kernel.hpp"

#include <algorithm>
#include <cmath>

#include "pick_pairs.hpp"

namespace shearwater::galaxies {

namespace {

/// (d . s)^2 / s^2 for s = x_i + x_j = 2 x_i - d.
inline double depth_squared(double const* place, double const* d) {
  double along = 0, square = 0;
  for (int a = 0; a < 3; ++a) {
    double const s = 2 * place[a] - d[a];
    along += d[a] * s, square += s * s;
  }
  return square > 0 ? along * along / square : 0.0;
}

}  // namespace

PairLimits::PairLimits(PairConfig const& config)
    : geometry(config.geometry),
      pi_max(config.pi_max),
      side(config.box_side),
      pi_bins(config.pi_bins) {
  for (double const edge : config.edges) squares.push_back(edge * edge);
}

std::int64_t BlockSums::slot(std::int32_t region) {
  auto const found = std::find(regions_.begin(), regions_.end(), region);
  auto const place = static_cast<std::size_t>(found - regions_.begin());
  if (found == regions_.end()) {
    regions_.push_back(region);
    std::size_t const size = bins_ * lane_count * pair_terms;
    if (sums_.size() < (place + 1) * size) sums_.resize((place + 1) * size);
    std::fill_n(sums_.begin() + static_cast<std::ptrdiff_t>(place * size), size, 0.0);
  }
  return static_cast<std::int64_t>(place * bins_);
}

double BlockSums::value(std::size_t bin, std::size_t term) const {
  double const* const lane = sums_.data() + bin * lane_count * pair_terms + term;
  return (lane[0] + lane[pair_terms]) + (lane[2 * pair_terms] + lane[3 * pair_terms]);
}

PairKernel::PairKernel(PairLimits const& limits, bool both, bool weighted)
    : limits_(limits), both_(both), weighted_(weighted) {}

void PairKernel::distances(PairRows const& rows, std::size_t i, PairRows const& others,
                           std::size_t begin, std::size_t end, double const* shift) {
  std::size_t const count = end - begin;
  for (std::size_t a = 0; a < 3; ++a) {
    double const mine = rows.x[a][i];
    double const* const x = others.x[a].data() + begin;
    double* const d = piece_d_[a];
    if (shift != nullptr) {
      double const by = shift[a];
      for (std::size_t j = 0; j < count; ++j) d[j] = (mine - x[j]) - by;
    } else {
      double const side = limits_.side, half = 0.5 * side;
      for (std::size_t j = 0; j < count; ++j) {
        double const plain = mine - x[j];
        d[j] = plain - (plain > half ? side : plain < -half ? -side : 0.0);
      }
    }
  }
  bool const flat = limits_.geometry == PairGeometry::projected;
  for (std::size_t j = 0; j < count; ++j) {
    double const x = piece_d_[0][j], y = piece_d_[1][j], z = flat ? 0.0 : piece_d_[2][j];
    piece_square_[j] = x * x + y * y + z * z;
  }
  if (limits_.geometry == PairGeometry::cone) {
    double const place[3] = {rows.x[0][i], rows.x[1][i], rows.x[2][i]};
    double const most = limits_.pi_max * limits_.pi_max;
    for (std::size_t j = 0; j < count; ++j) {
      double const d[3] = {piece_d_[0][j], piece_d_[1][j], piece_d_[2][j]};
      double const depth = depth_squared(place, d);
      piece_square_[j] = depth < most ? piece_square_[j] - depth : -1.0;
    }
  }
  if (!flat) return;
  // Out of every bin.
  for (std::size_t j = 0; j < count; ++j) {
    double const z = piece_d_[2][j];
    piece_square_[j] = z < limits_.pi_max && z > -limits_.pi_max ? piece_square_[j] : -1.0;
  }
}

void PairKernel::add(PairRows const& rows, std::size_t i, PairRows const& others, std::size_t begin,
                     std::size_t end, double const* shift, BlockSums& sums) {
  double const low = limits_.squares.front(), high = limits_.squares.back();
  bool const by_region = !others.region.empty();
  for (; begin < end; begin += piece) {
    std::size_t const last = std::min(end, begin + piece);
    distances(rows, i, others, begin, last, shift);
    if (hits_ + piece > capacity) finish(rows, i, others, sums);
    Picked const to{d_[0] + hits_, d_[1] + hits_, d_[2] + hits_, square_ + hits_, row_ + hits_};
    std::size_t const hits =
        hits_ + pick_pairs(piece_d_[0], piece_d_[1], piece_d_[2], piece_square_, last - begin, low,
                           high, static_cast<std::uint32_t>(begin), to);
    if (by_region) {
      std::int32_t region = -1;
      std::int64_t slot = 0;
      for (std::size_t h = hits_; h < hits; ++h) {
        if (others.region[row_[h]] != region) slot = sums.slot(region = others.region[row_[h]]);
        bin_[h] = slot;
      }
    } else {
      if (hits > hits_) sums.slot(0);
      std::fill(bin_ + hits_, bin_ + hits, std::int64_t{0});
    }
    hits_ = hits;
  }
}

void PairKernel::spherical_terms(double const* mine) {
  double const u = mine[0], v = mine[1], w = mine[2];
  double const other = both_ ? 1.0 : 0.0;
  for (std::size_t h = 0; h < hits_; ++h) {
    double const along = u * d_[0][h] + v * d_[1][h] + w * d_[2][h];
    double const theirs = mark_[0][h] * d_[0][h] + mark_[1][h] * d_[1][h] + mark_[2][h] * d_[2][h];
    double const cosine = u * mark_[0][h] + v * mark_[1][h] + w * mark_[2][h];
    term_[0][h] = (along * along + other * (theirs * theirs)) / square_[h];
    term_[1][h] = cosine * cosine;
  }
}

void PairKernel::projected_terms(double const* mine) {
  double const e1 = mine[0], e2 = mine[1];
  double const other = both_ ? 1.0 : 0.0;
  for (std::size_t h = 0; h < hits_; ++h) {
    double const x = d_[0][h], y = d_[1][h];
    double const c = (x * x - y * y) / square_[h], s = 2 * x * y / square_[h];
    double const plus = e1 * c + e2 * s, cross = e2 * c - e1 * s;
    double const their_plus = mark_[0][h] * c + mark_[1][h] * s;
    double const their_cross = mark_[1][h] * c - mark_[0][h] * s;
    term_[0][h] = plus + other * their_plus;
    term_[1][h] = plus * their_plus;
    term_[2][h] = cross + other * their_cross;
    term_[3][h] = cross * their_cross;
  }
}

/// Terms of a pair that see each other in these directions.
inline void PairKernel::turn(std::size_t h, double east, double north, double back_east,
                             double back_north, double const* mine) {
  double const here = east * east + north * north;
  double const there = back_east * back_east + back_north * back_north;
  double const c = (east * east - north * north) / here, s = 2 * east * north / here;
  double const c2 = (back_east * back_east - back_north * back_north) / there;
  double const s2 = 2 * back_east * back_north / there;
  double const plus = mine[0] * c + mine[1] * s, cross = mine[1] * c - mine[0] * s;
  double const their_plus = mark_[0][h] * c2 + mark_[1][h] * s2;
  double const their_cross = mark_[1][h] * c2 - mark_[0][h] * s2;
  double const other = both_ ? 1.0 : 0.0;
  term_[0][h] = plus + other * their_plus;
  term_[1][h] = plus * their_plus;
  term_[2][h] = cross + other * their_cross;
  term_[3][h] = cross * their_cross;
}

void PairKernel::sky_terms(double const* place, double const* mine) {
  double const x = place[0], y = place[1], z = place[2];
  for (std::size_t h = 0; h < hits_; ++h) {
    // Towards q = p - d: to the east (z x p) . q, to the north q_z - (p . q) p_z, both times the
    // cosine of the declination, which only directions need not know; and back from q. The product
    // p . q is 1 - d^2 / 2.
    double const part = 0.5 * square_[h];
    double const east = y * d_[0][h] - x * d_[1][h], north = part * z - d_[2][h];
    double const back = d_[2][h] + part * (z - d_[2][h]);
    turn(h, east, north, -east, back, mine);
  }
}

void PairKernel::cone_terms(double const* place, double const* mine) {
  double const x = place[0], y = place[1], z = place[2];
  double const square = x * x + y * y + z * z, distance = std::sqrt(square);
  for (std::size_t h = 0; h < hits_; ++h) {
    // As on the sky, from p to q = p - d and back: (z x p) . q and q_z - (p . q) p_z / p^2, times
    // p^2 and the cosine of the declination.
    double const dx = d_[0][h], dy = d_[1][h], dz = d_[2][h];
    double const qx = x - dx, qy = y - dy, qz = z - dz;
    double const theirs = qx * qx + qy * qy + qz * qz;
    double const east = y * dx - x * dy;
    double const north = (x * dx + y * dy + z * dz) * z - dz * square;
    double const back = dz * theirs - (qx * dx + qy * dy + qz * dz) * qz;
    turn(h, east * distance, north, -east * std::sqrt(theirs), back, mine);
  }
}

void PairKernel::add_depths(double const* place) {
  std::int64_t const depths = limits_.pi_bins;
  double const per_length = static_cast<double>(depths) / limits_.pi_max;
  bool const cone = limits_.geometry == PairGeometry::cone;
  for (std::size_t h = 0; h < hits_; ++h) {
    double const d[3] = {d_[0][h], d_[1][h], d_[2][h]};
    double const depth = cone ? std::sqrt(depth_squared(place, d)) : std::abs(d[2]);
    bin_[h] += std::min(static_cast<std::int64_t>(depth * per_length), depths - 1);
  }
}

void PairKernel::terms(PairRows const& rows, std::size_t i, PairRows const& others) {
  std::size_t const rings = limits_.rings();
  std::int64_t const step = limits_.pi_bins;
  for (std::size_t b = 1; b < rings; ++b) {
    double const edge = limits_.squares[b];
    for (std::size_t h = 0; h < hits_; ++h) bin_[h] += square_[h] >= edge ? step : 0;
  }
  if (!others.mark[0].empty() && !rows.mark[0].empty()) {
    for (std::size_t a = 0; a < 3; ++a) {
      double const* const mark = others.mark[a].data();
      for (std::size_t h = 0; h < hits_; ++h) mark_[a][h] = mark[row_[h]];
    }
  } else {
    for (auto& mark : mark_) std::fill(mark, mark + hits_, 0.0);
  }
  double mine[3] = {0, 0, 0};
  if (!rows.mark[0].empty())
    for (std::size_t a = 0; a < 3; ++a) mine[a] = rows.mark[a][i];
  double const place[3] = {rows.x[0][i], rows.x[1][i], rows.x[2][i]};
  if (step > 1) add_depths(place);
  switch (limits_.geometry) {
    case PairGeometry::spherical:
      spherical_terms(mine);
      break;
    case PairGeometry::projected:
      projected_terms(mine);
      break;
    case PairGeometry::sky:
      sky_terms(place, mine);
      break;
    case PairGeometry::cone:
      cone_terms(place, mine);
      break;
  }
  double const me = weighted_ && !rows.weight.empty() ? rows.weight[i] : 1.0;
  for (std::size_t h = 0; h < hits_; ++h) weight_[h] = me;
  if (weighted_ && !others.weight.empty())
    for (std::size_t h = 0; h < hits_; ++h) weight_[h] *= others.weight[row_[h]];
}

void PairKernel::finish(PairRows const& rows, std::size_t i, PairRows const& others,
                        BlockSums& sums) {
  if (hits_ == 0) return;
  terms(rows, i, others);
  double* const lanes = sums.lanes();
  // Four sums for a bin in turn, because the next pair is mostly of the same bin, and one sum would
  // wait for the last addition.
  auto const target = [&](std::size_t h) {
    return lanes + (static_cast<std::size_t>(bin_[h]) * BlockSums::lane_count + h % 4) * pair_terms;
  };
  if (limits_.geometry == PairGeometry::spherical) {
    for (std::size_t h = 0; h < hits_; ++h) {
      double* const to = target(h);
      double const w = weight_[h];
      double const terms[4] = {1.0, w, w * term_[0][h], w * term_[1][h]};
      for (std::size_t t = 0; t < 4; ++t) to[t] += terms[t];
    }
  } else {
    for (std::size_t h = 0; h < hits_; ++h) {
      double* const to = target(h);
      double const w = weight_[h];
      double const terms[6] = {
          1.0, w, w * term_[0][h], w * term_[1][h], w * term_[2][h], w * term_[3][h]};
      for (std::size_t t = 0; t < 6; ++t) to[t] += terms[t];
    }
  }
  hits_ = 0;
}

}  // namespace shearwater::galaxies
