// SPDX-License-Identifier: BSD-3-Clause
// Gaussian and lognormal fields with given auto and cross spectra on the flat sky, in host memory:
// the inner loop of simulations, one realisation at a time, to be called from many threads.
#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "shearwater/core/random.hpp"
#include "shearwater/fields/flat_sky.hpp"

namespace shearwater::fields {

/// What had to be bent to make a field of the spectra that were asked for. All zero for spectra
/// that a lognormal field can have.
struct FieldReport {
  /// Pixel lags where 1 + xi_ij / (lambda_i lambda_j) was below `smallest_correlation`: no
  /// lognormal field is that anticorrelated; the ratio was raised to it.
  std::int64_t clipped_lags = 0;
  /// Modes of the quadrant whose covariance was not positive: the cross powers were lowered until
  /// it was; auto powers are always kept.
  std::int64_t clipped_modes = 0;

  FieldReport& operator+=(FieldReport const& other);
};

/// The smallest 1 + xi / (lambda lambda) that is used.
inline constexpr float smallest_correlation = 1e-3F;

/// Sets of `count` fields on a periodic sky. Spectra are tables of C_ij(l) on fixed multipoles,
/// linear between them; pairs are in the order (0,0), (0,1), ..., (1,1), ...
///
/// Lognormal (Xavier et al. 2016, and the sbi_lens simulator, Zeghal et al. 2024): with
///   P_ij(k) = C_ij(|k|) / pixel area,   xi_ij = inverse transform of P_ij,
///   xi_g = ln(1 + xi_ij / (lambda_i lambda_j)),   P_g = |transform of xi_g|,
/// a Gaussian field g of power P_g gives kappa_i = lambda_i (exp(g_i - var(g_i) / 2) - 1), where
/// var is the variance of that map itself. Everything is computed on the pixel grid, as defined
/// above; since the spectra are even in both wave numbers, on one quadrant of it.
class CorrelatedFields {
 public:
  /// ell  multipoles of the tables, increasing; they must reach the grid's corner sqrt(2) nyquist
  /// and
  ///      begin at or below the fundamental. Throws InputError otherwise, or unless 1 <= count <=
  ///      32 and the number of pixels is even.
  CorrelatedFields(FlatSky sky, std::int64_t count, std::vector<double> const& ell);
  ~CorrelatedFields();
  CorrelatedFields(CorrelatedFields&&) noexcept;

  FlatSky const& sky() const;
  std::int64_t count() const;
  std::int64_t pairs() const { return count() * (count() + 1) / 2; }

  /// What one thread needs while it makes a realisation.
  class Workspace;
  std::shared_ptr<Workspace> make_workspace() const;

  /// Prepares `workspace` for fields with the spectra c_ell (pairs, multipoles). Empty `shifts`:
  /// Gaussian fields; else lambda_i > 0 of lognormal ones. Values that are not finite give
  /// NumericsError.
  FieldReport prepare(std::span<double const> c_ell, std::span<double const> shifts,
                      Workspace& workspace) const;

  /// Realisation (seed, index) of the Gaussian fields g: maps (count, pixels, pixels), aligned to
  /// 16 bytes, is overwritten. Complex normals are drawn for the modes themselves, which has the
  /// statistics of filtered white noise. The mean of every map is zero.
  void draw(std::uint64_t seed, std::uint64_t index, Workspace& workspace, float* maps) const;

  /// The two halves of `draw`, for those who go on with each map while it is in a near cache:
  /// the modes of all fields, then the map (pixels, pixels) of one field. A field's modes are
  /// consumed by its map.
  void draw_modes(std::uint64_t seed, std::uint64_t index, Workspace& workspace) const;
  void make_map(std::int64_t field, Workspace& workspace, float* map) const;

 private:
  struct Plan;
  std::unique_ptr<Plan const> plan_;
};

/// Mean of the squares of `values`, summed in a fixed order.
double mean_square(std::span<float const> values);

/// kappa = shift (exp(g - variance / 2) - 1), in place.
void lognormal_transform(std::span<float> values, double variance, double shift);

/// values += standard_deviation * normals, where element i takes number first + i of the stream
/// (seed, purpose, index); `first` is a multiple of 64 for speed.
void add_normals(std::uint64_t seed, core::Purpose purpose, std::uint64_t index,
                 std::uint64_t first, double standard_deviation, std::span<float> values);

}  // namespace shearwater::fields
