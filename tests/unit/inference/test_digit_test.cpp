// SPDX-License-Identifier: BSD-3-Clause
// The test of digits must pass true pictures and refuse blobs, copies and wrong shares. Pictures
// are made by a rule here, and a classifier by hand looks at them.
#include <algorithm>
#include <cmath>
#include <vector>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/inference/digit_test.hpp"

namespace {

using namespace shearwater;
using inference::ClassifiedPictures;

constexpr std::int64_t side = 6, nodes = side * side, classes = 4;

std::vector<double> places() {
  std::vector<double> all;
  for (std::int64_t node = 0; node < nodes; ++node)
    for (auto const at : {node % side, node / side})
      all.push_back((static_cast<double>(at) + 0.5) / side);
  return all;
}

/// A stroke of a class at place `node`: a bar, a column, a diagonal or a frame.
bool on_stroke(std::int64_t kind, std::int64_t node) {
  auto const x = node % side, y = node / side;
  if (kind == 0) return y == 1 || y == 4;
  if (kind == 1) return x == 1 || x == 4;
  if (kind == 2) return x == y || x + 1 == y;
  return x == 0 || y == 0 || x == side - 1 || y == side - 1;
}

/// Strokes of all classes by turns, each node of its own brightness. Features are the mean on each
/// class's stroke and a few nodes; probabilities a softmax of how well a class's strokes fit.
void look_at(ClassifiedPictures& pictures, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    auto const* picture = pictures.values.data() + i * nodes;
    std::vector<double> fit(classes, 0.0);
    for (std::int64_t c = 0; c < classes; ++c) {
      double square = 0;
      for (std::int64_t node = 0; node < nodes; ++node) {
        double const off = static_cast<double>(picture[node]) - (on_stroke(c, node) ? 0.7 : 0.1);
        square += off * off;
      }
      fit[static_cast<std::size_t>(c)] = std::exp(-2 * square);
      pictures.features.push_back(static_cast<float>(square));
    }
    pictures.features.insert(pictures.features.end(), picture, picture + 4);
    double const sum = fit[0] + fit[1] + fit[2] + fit[3] + 1e-30;
    for (double const f : fit) pictures.probabilities.push_back(static_cast<float>(f / sum));
  }
}

ClassifiedPictures strokes(std::int64_t first, std::int64_t count) {
  ClassifiedPictures pictures;
  for (std::int64_t i = first; i < first + count; ++i) {
    core::Stream random(11, core::Purpose::observation, static_cast<std::uint64_t>(i));
    for (std::int64_t node = 0; node < nodes; ++node)
      pictures.values.push_back(static_cast<float>(
          on_stroke(i % classes, node) ? 0.4 + 0.6 * random.uniform() : 0.2 * random.uniform()));
    pictures.classes.push_back(i % classes);
  }
  look_at(pictures, count);
  return pictures;
}

ClassifiedPictures generated_of(ClassifiedPictures pictures) {
  pictures.classes.clear();
  return pictures;
}

ClassifiedPictures blobs(std::int64_t count) {
  ClassifiedPictures pictures;
  pictures.values = inference::blob_pictures(places(), 0, count, 5);
  look_at(pictures, count);
  return pictures;
}

inference::DigitTest judged(ClassifiedPictures const& generated) {
  inference::DigitTestConfig config;
  config.c2st_width = 4;
  return inference::test_digits(config, strokes(0, 1200), strokes(2000, 600), generated,
                                blobs(600));
}

TEST_CASE("unseen true pictures pass every test of digits") {
  auto const test = judged(generated_of(strokes(5000, 600)));
  CHECK(test.classifier_accuracy > 0.99);
  CHECK(test.passes());
  // 1,200 rows told apart by chance: 5 standard deviations, a false alarm of 6e-7.
  CHECK(std::abs(test.c2st - 0.5) < 5 * 0.5 / std::sqrt(1200.0));
  CHECK_THAT(test.nearest_ratio(), WithinAbs(1, 0.02));
  CHECK(test.frechet_ratio_noise() < 0.01);
  CHECK_THAT(test.class_chi2_per_dof, WithinAbs(0, 1e-6));
}

TEST_CASE("copies of training pictures fail by their distance alone") {
  auto const test = judged(generated_of(strokes(0, 600)));
  CHECK(test.classes_pass());
  CHECK(test.frechet_passes());
  CHECK(test.c2st_passes());
  CHECK(test.nearest_ratio() < 1e-3);
  CHECK_FALSE(test.passes());
}

TEST_CASE("blobs fail the tests of classes, features and samples") {
  auto pictures = inference::blob_pictures(places(), 600, 600, 5);
  ClassifiedPictures other;
  other.values = pictures;
  look_at(other, 600);
  auto const test = judged(other);
  CHECK_FALSE(test.classes_pass());
  CHECK_FALSE(test.frechet_passes());
  CHECK_THAT(test.frechet_ratio_noise(), WithinAbs(1, 0.2));
  CHECK_FALSE(test.c2st_passes());
}

TEST_CASE("a generator of one class alone fails by its shares") {
  auto const all = strokes(5000, 600);
  ClassifiedPictures one;
  for (std::int64_t i = 0; i < 600; i += classes)
    for (int copy = 0; copy < classes; ++copy)
      one.values.insert(one.values.end(), all.values.begin() + i * nodes,
                        all.values.begin() + (i + 1) * nodes);
  look_at(one, 600);
  auto const test = judged(one);
  // All of 600 in one class of four equal ones: (450^2 + 3 * 150^2) / 150 / 3.
  CHECK_THAT(test.class_chi2_per_dof, WithinAbs(600, 1e-6));
  CHECK(test.mean_max_softmax > 0.9);
  CHECK_FALSE(test.classes_pass());
  CHECK_FALSE(test.frechet_passes());
}

TEST_CASE("blobs are functions of their number") {
  auto const all = inference::blob_pictures(places(), 0, 5, 3);
  auto const last = inference::blob_pictures(places(), 3, 2, 3);
  CHECK(std::equal(last.begin(), last.end(), all.begin() + 3 * nodes));
  CHECK(*std::max_element(all.begin(), all.end()) <= 1);
}

TEST_CASE("pictures that do not fit are refused") {
  auto few = generated_of(strokes(5000, 10));
  CHECK_THROWS_WITH(judged(few), ContainsSubstring("10 generated ones"));
  auto torn = generated_of(strokes(5000, 600));
  torn.values.pop_back();
  CHECK_THROWS_AS(judged(torn), core::InputError);
}

}  // namespace
