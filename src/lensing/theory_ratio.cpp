// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/theory_ratio.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

#include "shearwater/core/error.hpp"

namespace shearwater::lensing {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// All power in a band, between the fields of any two bins.
struct BandPower {
  MatrixXd gg, ii, gi;  ///< gi: shear of the row's bin with the shape of the column's

  using Pair = std::pair<Index, Index>;
  double covariance(SpectraPart part, Pair one, Pair other) const {
    auto const [i, j] = one;
    auto const [k, l] = other;
    if (part != SpectraPart::gi) {
      auto const& power = part == SpectraPart::gg ? gg : ii;
      return power(i, k) * power(j, l) + power(i, l) * power(j, k);
    }
    auto const ordered = [&](Index a, Index b, Index c, Index d) {
      return gg(a, c) * ii(b, d) + gi(a, d) * gi(c, b);
    };
    return ordered(i, j, k, l) + ordered(i, j, l, k) + ordered(j, i, k, l) + ordered(j, i, l, k);
  }
};

class Bands {
 public:
  Bands(ShapeSpectra const& measured, BandTheory const& theory)
      : measured_(measured), theory_(theory), bins_(std::ssize(measured.galaxies)) {
    auto const bands = measured.modes.size(), pairs = static_cast<std::size_t>(pair(bins_, bins_));
    for (auto const* list : {&theory.gg, &theory.gi, &theory.ii, &theory.unsmoothed,
                             &measured.gg.value, &measured.gi.value, &measured.ii.value})
      core::require(list->size() == pairs * bands, "lensing::theory_ratio: (pairs, bands) powers");
    core::require(theory.shear_shape.size() == static_cast<std::size_t>(bins_ * bins_) * bands,
                  "lensing::theory_ratio: (bins, bins, bands) of shear x shape");
  }
  std::size_t at(Index i, Index j, std::size_t band) const {
    return static_cast<std::size_t>(pair(i, j)) * measured_.modes.size() + band;
  }
  BandPower power(std::size_t band) const {
    auto const& m = measured_;
    BandPower result{MatrixXd(bins_, bins_), MatrixXd(bins_, bins_), MatrixXd(bins_, bins_)};
    for (Index i = 0; i < bins_; ++i)
      for (Index j = 0; j < bins_; ++j) {
        std::size_t const n = at(std::min(i, j), std::max(i, j), band);
        auto const total = [&](std::vector<double> const& part, BandPowers const& found) {
          return part[n] + found.noise[n] + (i == j ? std::max(0.0, found.b_mode[n]) : 0);
        };
        result.gg(i, j) = total(theory_.gg, m.gg);
        result.ii(i, j) = total(theory_.ii, m.ii);
        auto const ordered = static_cast<std::size_t>(i * bins_ + j) * m.modes.size() + band;
        result.gi(i, j) = theory_.shear_shape[ordered] + m.gi.noise[n] / 2;
      }
    return result;
  }
  /// Pairs of bins of whose own alignments smoothing leaves half of the power.
  std::vector<BandPower::Pair> kept(std::size_t band) const {
    auto const is_kept = [&](Index i) {
      std::size_t const n = at(i, i, band);
      return theory_.ii[n] >= 0.5 * theory_.unsmoothed[n];
    };
    std::vector<BandPower::Pair> pairs;
    for (Index i = 0; i < bins_; ++i)
      for (Index j = i; j < bins_; ++j)
        if (is_kept(i) && is_kept(j)) pairs.emplace_back(i, j);
    return pairs;
  }

 private:
  Index pair(Index i, Index j) const { return i * bins_ - i * (i - 1) / 2 + j - i; }
  ShapeSpectra const& measured_;
  BandTheory const& theory_;
  Index bins_;
};

/// What was found of all kept pairs in a band, and its theory.
struct BandData {
  Eigen::VectorXd found, model;
  MatrixXd covariance;
};

std::vector<double> const& of(SpectraPart part, BandTheory const& theory) {
  return part == SpectraPart::gg ? theory.gg : part == SpectraPart::gi ? theory.gi : theory.ii;
}
BandPowers const& of(SpectraPart part, ShapeSpectra const& measured) {
  return part == SpectraPart::gg   ? measured.gg
         : part == SpectraPart::gi ? measured.gi
                                   : measured.ii;
}

BandData data_of(Bands const& bands, std::size_t band, ShapeSpectra const& measured,
                 BandTheory const& theory, SpectraPart part) {
  auto const pairs = bands.kept(band);
  auto const count = std::ssize(pairs);
  auto const power = bands.power(band);
  double const modes = measured.observed * static_cast<double>(measured.modes[band]);
  BandData data{Eigen::VectorXd(count), Eigen::VectorXd(count), MatrixXd(count, count)};
  for (Index p = 0; p < count; ++p) {
    auto const one = pairs[static_cast<std::size_t>(p)];
    std::size_t const n = bands.at(one.first, one.second, band);
    data.found(p) = of(part, measured).value[n], data.model(p) = of(part, theory)[n];
    for (Index q = 0; q < count; ++q)
      data.covariance(p, q) =
          power.covariance(part, one, pairs[static_cast<std::size_t>(q)]) / modes;
  }
  return data;
}

}  // namespace

TheoryRatio theory_ratio(ShapeSpectra const& measured, BandTheory const& theory, SpectraPart part) {
  Bands const bands(measured, theory);
  TheoryRatio result;
  double both = 0, square = 0;
  for (std::size_t b = 0; b < measured.modes.size(); ++b) {
    auto data = data_of(bands, b, measured, theory, part);
    if (data.found.size() == 0 || !(data.covariance.diagonal().minCoeff() > 0)) continue;
    // Relative to the errors, which may be decades apart.
    Eigen::VectorXd const scale = data.covariance.diagonal().cwiseSqrt().cwiseInverse();
    Eigen::LLT<MatrixXd> const solver(scale.asDiagonal() * data.covariance * scale.asDiagonal());
    if (solver.info() != Eigen::Success || !(solver.rcond() > 1e-12)) continue;
    data.found.array() *= scale.array(), data.model.array() *= scale.array();
    Eigen::VectorXd const weighted = solver.solve(data.model), rest = data.found - data.model;
    result.chi_square += rest.dot(solver.solve(rest));
    result.bands += data.found.size();
    both += weighted.dot(data.found);
    square += weighted.dot(data.model);
  }
  if (square > 0) {
    result.value = both / square;
    result.error = 1 / std::sqrt(square);
  }
  return result;
}

}  // namespace shearwater::lensing
