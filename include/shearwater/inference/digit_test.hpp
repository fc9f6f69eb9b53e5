// SPDX-License-Identifier: BSD-3-Clause
// Does a generator of pictures on a graph draw what it learned from? A classifier that it never met
// looks at the pictures: are they of clear classes, as often as the true ones, with the same
// features, and no copies.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::inference {

/// Table [digit_test].
struct DigitTestConfig {
  std::int64_t samples = 5000;
  std::int64_t seed = 7;
  std::int64_t c2st_width = 2;

  void describe(core::Fields& field);
};

/// Pictures, and what a classifier says of them; rows of all arrays belong together.
struct ClassifiedPictures {
  std::vector<float> values;          ///< (n, nodes)
  std::vector<float> features;        ///< (n, features)
  std::vector<float> probabilities;   ///< (n, classes)
  std::vector<std::int64_t> classes;  ///< (n) the true ones; empty for generated pictures
};

/// Pictures that nobody would take for digits: a Gaussian blob each, exp(-|x - c|^2 / 2 w^2) at the
/// places (nodes, 2) in the unit square, c uniform in the middle half of it and w from 0.05 to 0.2.
/// Picture i is a function of (seed, i) alone.
std::vector<float> blob_pictures(std::span<double const> places, std::int64_t first,
                                 std::int64_t count, std::uint64_t seed);

struct DigitTest {
  std::int64_t samples = 0, held_out = 0, training = 0;
  double classifier_accuracy = 0;  ///< on the held-out pictures
  /// Mean over the pictures of the largest probability: generated, and held out.
  double mean_max_softmax = 0, true_max_softmax = 0;
  std::vector<double> counts;    ///< (classes) generated pictures by their most probable class
  std::vector<double> expected;  ///< (classes) by the shares of the training pictures
  double class_chi2_per_dof = 0;
  /// Frechet distances of features from one half of the held-out pictures: of generated ones, of
  /// blobs, and of the other half; `frechet_rows` pictures on each side.
  double frechet = 0, frechet_noise = 0, frechet_held_out = 0;
  std::int64_t frechet_rows = 0;
  double c2st = 0;  ///< of features of held-out and generated pictures; 1/2 where they are alike
  std::int64_t c2st_rows = 0;
  /// Mean distance to the nearest training picture: generated, and held out. NaN where the pictures
  /// that were trained on are not known: that there are no copies is then not shown.
  double nearest = 0, true_nearest = 0;

  static constexpr double accuracy_gate = 0.95, softmax_gate = 0.8, chi2_gate = 5, noise_gate = 0.2,
                          held_out_gate = 3, c2st_gate = 0.85, nearest_gate = 0.9;
  double frechet_ratio_noise() const { return frechet / frechet_noise; }
  double frechet_ratio_held_out() const { return frechet / frechet_held_out; }
  double nearest_ratio() const { return nearest / true_nearest; }
  /// Of clear classes in the right shares.
  bool classes_pass() const {
    return mean_max_softmax >= softmax_gate && class_chi2_per_dof < chi2_gate;
  }
  bool frechet_passes() const {
    return frechet_ratio_noise() <= noise_gate && frechet_ratio_held_out() <= held_out_gate;
  }
  bool c2st_passes() const { return c2st <= c2st_gate; }
  bool nearest_known() const { return !std::isnan(nearest_ratio()); }
  void forget_nearest() { nearest = true_nearest = std::numeric_limits<double>::quiet_NaN(); }
  bool nearest_passes() const { return nearest_ratio() >= nearest_gate; }
  bool passes() const {
    return classes_pass() && frechet_passes() && c2st_passes() && nearest_passes();
  }
};

/// chi2 = sum over classes of (count - expected)^2 / expected, divided by classes - 1; classes that
/// the training lacks are left out. Held-out pictures are halved at random (config.seed): one half
/// is what all Frechet distances are from. C2ST (statistics::c2st with hidden layers of
/// config.c2st_width units for each feature) takes as many held-out as generated pictures, the
/// first ones. Of `training` values and classes are read, of `noise` features. The result does not
/// depend on the number of threads. Throws InputError for fewer than 40 held-out or 20 generated
/// pictures or blobs, or arrays that do not fit.
DigitTest test_digits(DigitTestConfig const& config, ClassifiedPictures const& training,
                      ClassifiedPictures const& held_out, ClassifiedPictures const& generated,
                      ClassifiedPictures const& noise);

}  // namespace shearwater::inference
