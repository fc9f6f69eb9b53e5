// SPDX-License-Identifier: BSD-3-Clause
// The loops over modes of CorrelatedFields, each written so that the compiler vectorises it. Planes
// hold one value per mode of the quadrant, (rows, stride).
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shearwater::fields {

/// Replaces the symmetric matrix of each mode, given by its upper triangle in pair order, by a
/// lower triangular L with L L^T equal to it. Where no such L exists, elements of L are held back
/// so that the diagonal is still reproduced: L_ij^2 <= what is left of the diagonal of row i; a
/// pivot below 1e-6 of its diagonal counts as zero. Returns in how many modes that happened.
std::int64_t cholesky_modes(float* planes, std::size_t count, std::size_t columns,
                            std::size_t stride);

/// One row of modes of all fields: coloured(i) = sum_{j <= i} L_ij normals(j). Whole vectors are
/// read: the rows of factors are padded to 16, and 16 floats follow the normals.
struct ModeRow {
  float const* normals;  ///< (count, real and imaginary, columns)
  std::size_t count, columns, plane;

  /// factors: the row of the first plane; modes: the row of the first field, fields `field_stride`
  /// apart.
  void colour(float const* factors, std::complex<float>* modes, std::size_t field_stride) const;

  /// As many modes as a vector has lanes, from column `first`, of fields i ... i + kRows - 1.
  template <std::size_t kRows>
  void colour_fields(std::size_t i, std::size_t first, float const* factors,
                     std::complex<float>* modes, std::size_t field_stride) const;
};

/// Makes columns 0 and last of a half spectrum (rows, columns) those of a real map: modes of
/// opposite row are conjugate, and the four that are their own opposites real, with the variance of
/// the others.
void make_hermitian(std::complex<float>* modes, std::size_t rows, std::size_t columns);

}  // namespace shearwater::fields
