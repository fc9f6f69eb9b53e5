// SPDX-License-Identifier: BSD-3-Clause
// Tomographic convergence maps of one cosmology per set: from its spectra to noisy pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/fields/correlated_fields.hpp"
#include "shearwater/lensing/lognormal_shift.hpp"

namespace shearwater::lensing {

/// Table [maps].
struct MapConfig {
  std::int64_t pixels = 128;
  double width_deg = 5.0;
  std::string field = "lognormal";         ///< or "gaussian", "n_body"
  std::string multipoles = "logarithmic";  ///< or "grid": where spectra are tabulated
  std::string shift = "polynomial";        ///< or "table", "constant"
  std::string shift_table;
  std::string shift_convention = "as_coded";
  std::vector<double> shifts;
  bool noise = true;
  bool noise_channel = false;
  bool interpolate_spectra = true;
  std::int64_t seed = 1;

  void describe(core::Fields& field);
  /// Throws InputError when the map cannot be transformed, has modes beyond ell(), or, of maps that
  /// are not drawn from spectra, for keys that tell how to.
  void check() const;
  /// Whether maps are seen through simulated boxes (ConeSimulator); else MapSimulator draws them.
  bool is_n_body() const { return field == "n_body"; }
  fields::FlatSky sky() const { return {pixels, width_deg}; }
  /// Multipoles at which the simulator wants spectra, linear between them: 128 logarithmic ones in
  /// [1, 10^4.5], or the multiples of the fundamental up to twice the Nyquist frequency.
  std::vector<double> ell() const;
  /// The file of shift = "table" of lognormal maps; "" otherwise, or where an environment variable
  /// in it is not set. `folder` as below.
  std::string shift_file(std::string const& folder) const;
  /// The lognormal shifts that the keys choose; `folder` is where a relative file name starts.
  /// Throws InputError when their number is not `bins`.
  LognormalShift make_shift(std::int64_t bins, std::string const& folder = ".") const;
};

/// maps (bins, pixels) += normals of the standard deviations noise_per_pixel (bins); those of a bin
/// without noise are not drawn. A function of (seed, index) alone.
void add_pixel_noise(std::uint64_t seed, std::uint64_t index,
                     std::vector<double> const& noise_per_pixel, std::span<float> maps);

/// Makes maps in host memory, one set of bins at a time; const functions are thread-safe with one
/// Workspace per thread. A set is a function of (seed, index, spectra, shifts) alone.
class MapSimulator {
 public:
  /// noise_per_pixel (bins): standard deviation of the shape noise of a pixel; zero for none.
  MapSimulator(MapConfig const& config, std::vector<double> noise_per_pixel);

  std::int64_t bins() const { return fields_.count(); }
  fields::FlatSky const& sky() const { return fields_.sky(); }
  std::vector<double> const& ell() const { return ell_; }
  bool lognormal() const { return lognormal_; }
  std::vector<double> const& noise_per_pixel() const { return noise_; }

  using Workspace = fields::CorrelatedFields::Workspace;
  std::shared_ptr<Workspace> make_workspace() const { return fields_.make_workspace(); }

  /// c_ell   (pairs, multipoles) convergence spectra at ell(), pairs (0,0), (0,1), ..., (1,1), ...
  /// shifts  (bins) lambda of lognormal fields, positive; not read for Gaussian ones
  /// maps    (bins, pixels, pixels) convergence with noise, overwritten; aligned to 16 bytes
  /// Returns what had to be bent (fields::FieldReport). Throws NumericsError for spectra or shifts
  /// that are not finite; the maps of finite ones are finite.
  fields::FieldReport simulate(std::uint64_t seed, std::uint64_t index,
                               std::span<double const> c_ell, std::span<double const> shifts,
                               Workspace& workspace, std::span<float> maps) const;

 private:
  std::vector<double> ell_, noise_;
  fields::CorrelatedFields fields_;
  bool lognormal_;
};

}  // namespace shearwater::lensing
