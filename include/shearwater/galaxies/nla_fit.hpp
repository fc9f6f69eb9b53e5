// SPDX-License-Identifier: BSD-3-Clause
// The amplitude of the nonlinear alignment model from a projected correlation of shapes and places.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shearwater/galaxies/correlations.hpp"

namespace shearwater::galaxies {

/// A projected correlation in rings low < r_p < high [Mpc/h], or at r_p where low = high.
struct ProjectedData {
  std::string name;
  std::vector<double> low, high;   ///< (n) [Mpc/h]
  std::vector<double> value;       ///< (n) [Mpc/h]
  std::vector<double> covariance;  ///< (n, n) [(Mpc/h)^2]
  std::int64_t samples = 0;        ///< that the covariance was estimated from; 0: it is known
  /// (samples, n) what the jackknife leaves without each region; empty where that is not known
  std::vector<double> jackknife;

  std::size_t size() const { return value.size(); }
  /// Roots of the covariance's diagonal.
  std::vector<double> errors() const;
};
/// The bins of a measured correlation that lie within [r_min, r_max] [Mpc/h] and have an error, of
/// `regions` of a jackknife. Throws InputError where there are fewer than two.
ProjectedData projected_data(Correlation const& measured, double r_min, double r_max,
                             std::int64_t regions);
/// The points of `data` whose rings lie within [r_min, r_max]; throws as above.
ProjectedData within(ProjectedData const& data, double r_min, double r_max);

/// value = scale * shape by generalised least squares.
struct ScaleFit {
  double scale = 0, error = 0, chi_square = 0;
  std::int64_t degrees = 0;     ///< of freedom
  std::vector<double> weights;  ///< scale = sum of weights times values
};
/// A covariance of n values from `samples` has its inverse multiplied by
/// (samples - n - 2) / (samples - 1), as Hartlap et al. (2007) ask; `diagonal`: the values are
/// taken to be independent. Throws InputError where there are too few samples for so many values,
/// or the covariance has no inverse.
ScaleFit fit_scale(ProjectedData const& data, std::vector<double> const& shape, bool diagonal);

/// What theory says of a ring, for an amplitude and a bias of 1: (low, high) -> [Mpc/h].
using RingModel = std::function<double(double low, double high)>;

struct NlaFit {
  double amplitude = 0, amplitude_error = 0;
  double bias = 0, bias_error = 0;  ///< of the places; error 0: it was given
  double shared = 0;                ///< correlation coefficient of b A and b^2, 0 where not known
  double chi_square = 0;            ///< of w_g+
  std::int64_t degrees = 0;
  double bias_chi_square = 0;  ///< of w_gg, where the bias is fitted
  std::int64_t bias_degrees = 0;
  ProjectedData shapes, places;  ///< what was fitted; places is empty where the bias was given
  std::vector<double> shapes_model, places_model;  ///< of the best fit
};

/// Fits w_g+ = b A f_+(r_p) and, where `places` is given, w_gg = b^2 f(r_p), each with its own
/// covariance; b > 0 is `bias` where it is not. What both share of the sample's noise enters the
/// error of A: where both have a jackknife of the same regions, b A and b^2 without each region
/// give their correlation coefficient r, and
///   var A = [var(b A) + A^2 var b - 2 r A err(b A) err(b)] / b^2;
/// the three variances keep Hartlap's factor. Without a jackknife r is taken as 0. A bias that was
/// given has no error, and A is then that of w_g+ alone. Throws InputError as fit_scale, and for a
/// w_gg that is not positive.
NlaFit fit_nla(ProjectedData const& shapes, RingModel const& shapes_model,
               ProjectedData const* places, RingModel const& places_model, double bias,
               bool diagonal);

}  // namespace shearwater::galaxies
