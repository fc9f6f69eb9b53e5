// SPDX-License-Identifier: BSD-3-Clause
// Spectra of the shapes and shears of galaxies on a small square of sky: II, GI and GG by bins of
// redshift.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::lensing {

/// Galaxies of one rank on the plane that touches the sky at the middle of the field.
struct FieldShapes {
  std::vector<double> east, north;  ///< tangents from the middle [1]
  std::vector<std::int32_t> bin;    ///< of redshift; others than those asked for are left out
  std::vector<double> weight;       ///< not negative
  /// First and second component along the axes of the plane: intrinsic, and of the light.
  std::vector<std::complex<double>> shape, shear;

  /// Adds a galaxy whose components are along its local east and north, which are turned. False
  /// where it is not within `width` [radian] about the middle (ra, dec).
  bool add(double middle_ra, double middle_dec, double width, double ra, double dec,
           std::int32_t bin_of, double weight_of, std::complex<double> intrinsic,
           std::complex<double> light);
};

/// Band powers, (pairs of bins, bands), row-major; pairs in the order (0,0), (0,1), ..., (1,1), ...
struct BandPowers {
  std::vector<double> value;   ///< of the E modes
  std::vector<double> error;   ///< of Gaussian fields: see shape_spectra
  std::vector<double> b_mode;  ///< of the B modes
  std::vector<double> noise;   ///< of galaxies with themselves, which was subtracted from both
};
struct ShapeSpectra {
  std::vector<double> edges;           ///< (bands + 1) multipoles
  std::vector<double> ell;             ///< (bands) mean of the modes
  std::vector<std::int64_t> modes;     ///< (bands)
  std::vector<std::int64_t> galaxies;  ///< (bins)
  double observed = 1;                 ///< part of the field
  std::int64_t cells = 1;              ///< squares along its side
  double empty = 0;                    ///< part of the squares without galaxies
  BandPowers gg, gi, ii;

  double galaxies_in_square() const;
  /// Squares are empty, but hold so few galaxies that this tells nothing: all counts as observed,
  /// and powers are too high by up to 1 / (1 - empty).
  bool in_doubt() const { return empty > 0 && observed == 1; }
};

/// Collective over comm. With S(l) = sum_i w_i e_i exp(-i l x_i), turned into E and B by the angle
/// of l (KaiserSquires), the power of bins a and b is
///   C_ab = f A <Re S_a S_b* - N_ab> / (sum w_a sum w_b),   N_aa = sum_i w_i^2 |e_i|^2 / 2,
/// A the area of the field and f the part of it that was observed: a sum over all pairs of
/// different galaxies, without the noise of their shapes, whatever that is. Of E + B that is exact;
/// E and B alone keep +- Re(sum_i w_i^2 e_i^2 <exp(-4 i phi)>) / 2, with the directions phi of l in
/// a band: 0 in the mean over orientations, and small where there are many directions. Galaxies are
/// put into pixels, and modes divided by the window of a pixel. Pixels without a galaxy add nothing
/// to a sum: no mask is needed for them. Of the field, squares (cells x cells) without any galaxy
/// count as not observed where squares hold ten on the average; else see in_doubt().
///
/// As in other sums over pairs that are divided by their expected number, pairs count more where
/// galaxies cluster: weights of 1 + delta on both fields.
///
/// ii: shape x shape; gg: shear x shear; gi: shear_a x shape_b + shape_a x shear_b, as
/// cosmology::ShearPart::lensing_alignment has it, also for a = b. Errors are those of Gaussian
/// fields of the measured power, but at least of the noise alone:
///   var C_ab = (C_aa C_bb + C_ab^2) / (f modes),   noise included on the right;
/// that of gi of two bins has twice the covariance of its two orders,
///   cov = (C_gg,ij C_ii,ij + C_gi,ii C_gi,jj) / (f modes).
/// The same on any number of ranks: sums are whole numbers of 2^-32 of the largest weight.
/// edges   multipoles, increasing; modes with edges[b] < l <= edges[b + 1]
/// Throws InputError for an odd number of pixels, bands as check_bands, or a bin without galaxies.
ShapeSpectra shape_spectra(parallel::Communicator const& comm, fields::FlatSky sky,
                           FieldShapes const& galaxies, std::int64_t bins,
                           std::vector<double> const& edges, std::int64_t cells);

}  // namespace shearwater::lensing
