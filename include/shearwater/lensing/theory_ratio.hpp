// SPDX-License-Identifier: BSD-3-Clause
// How much of its theory there is in measured spectra of shapes and shears.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/lensing/shape_spectra.hpp"

namespace shearwater::lensing {

enum class SpectraPart { gg, gi, ii };

/// Theory in the bands of ShapeSpectra, (pairs, bands) where nothing else is said.
struct BandTheory {
  std::vector<double> gg, gi, ii;
  /// (bins, bins, bands) shear of the first x shape of the second; gi is the sum of both orders.
  std::vector<double> shear_shape;
  std::vector<double> unsmoothed;  ///< ii without the smoothing of the tides
};

struct TheoryRatio {
  double value = 0, error = 0;
  double chi_square = 0;   ///< of the theory itself
  std::int64_t bands = 0;  ///< of all pairs: its degrees of freedom
};

/// The factor of theory in a part of what was measured, by generalised least squares over bands and
/// pairs of bins. Pairs of one band share modes; with Gaussian fields G_i (shear) and I_i (shape),
/// N = observed * modes, and spectra between them that hold all power (theory, noise, and the B
/// modes of a bin with itself),
///   Cov(GG_ij, GG_kl) = (GG_ik GG_jl + GG_il GG_jk) / N,   II alike,
///   Cov(<G_i I_j>, <G_k I_l>) = (GG_ik II_jl + <G_i I_l> <G_k I_j>) / N,
/// and GI_ij = <G_i I_j> + <G_j I_i> has the sum of four such terms. Nothing of it is of the
/// measured E modes: high values would get low weights, and the factor be too low. Bands where the
/// smoothing of the tides leaves less than half of the power of II of either bin are left out:
/// there is next to nothing of alignments, and what the clustering of galaxies mixes in is all. So
/// are bands without any power, whose covariance has no inverse.
TheoryRatio theory_ratio(ShapeSpectra const& measured, BandTheory const& theory, SpectraPart part);

}  // namespace shearwater::lensing
