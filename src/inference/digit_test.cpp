// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/digit_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/statistics/c2st.hpp"
#include "shearwater/statistics/sample_distance.hpp"

namespace shearwater::inference {

namespace {

constexpr std::int64_t fewest = 20;  // pictures of a side

/// Rows `which` of an array of that width.
std::vector<double> rows_of(std::vector<float> const& values, std::size_t width,
                            std::span<std::size_t const> which) {
  std::vector<double> rows;
  for (auto const row : which)
    rows.insert(rows.end(), values.begin() + static_cast<std::ptrdiff_t>(row * width),
                values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
  return rows;
}

std::vector<std::size_t> first_rows(std::int64_t count) {
  std::vector<std::size_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

/// Rows 0 to count - 1 in random order.
std::vector<std::size_t> shuffled_rows(std::int64_t count, std::uint64_t seed) {
  auto rows = first_rows(count);
  core::Stream random(seed, core::Purpose::hold_out, 0);
  for (std::size_t i = rows.size(); i-- > 1;) std::swap(rows[i], rows[random.below(i + 1)]);
  return rows;
}

std::vector<double> doubles(std::vector<float> const& values) {
  return {values.begin(), values.end()};
}

struct Widths {
  std::size_t nodes, features, classes;
};

/// Throws InputError where rows do not fit.
Widths widths_of(ClassifiedPictures const& training, ClassifiedPictures const& held_out,
                 ClassifiedPictures const& generated) {
  auto const rows = held_out.classes.size(), past = training.classes.size();
  auto const fits = [](std::vector<float> const& values, std::size_t n) {
    return n > 0 && !values.empty() && values.size() % n == 0;
  };
  if (!fits(held_out.values, rows) || !fits(held_out.features, rows) ||
      !fits(held_out.probabilities, rows) || !fits(training.values, past))
    throw core::InputError(
        "test of digits: true pictures need values, features, probabilities "
        "and classes of equal numbers");
  Widths const width{held_out.values.size() / rows, held_out.features.size() / rows,
                     held_out.probabilities.size() / rows};
  auto const made = generated.features.size() / width.features;
  if (training.values.size() != past * width.nodes ||
      generated.features.size() != made * width.features ||
      generated.values.size() != made * width.nodes ||
      generated.probabilities.size() != made * width.classes)
    throw core::InputError(
        "test of digits: arrays of generated, training and held-out pictures "
        "are not of the same nodes, features and classes");
  return width;
}

std::size_t most_probable(float const* p, std::size_t classes) {
  return static_cast<std::size_t>(std::max_element(p, p + classes) - p);
}

double mean_largest(std::vector<float> const& probabilities, std::size_t classes) {
  double sum = 0;
  for (std::size_t i = 0; i < probabilities.size(); i += classes)
    sum += static_cast<double>(probabilities[i + most_probable(probabilities.data() + i, classes)]);
  return sum * static_cast<double>(classes) / static_cast<double>(probabilities.size());
}

double accuracy_of(ClassifiedPictures const& pictures, std::size_t classes) {
  double right = 0;
  for (std::size_t i = 0; i < pictures.classes.size(); ++i)
    right += static_cast<std::int64_t>(most_probable(pictures.probabilities.data() + i * classes,
                                                     classes)) == pictures.classes[i]
                 ? 1
                 : 0;
  return right / static_cast<double>(pictures.classes.size());
}

void compare_classes(DigitTest& test, std::vector<std::int64_t> const& training,
                     std::vector<float> const& probabilities, std::size_t classes) {
  test.counts.assign(classes, 0);
  test.expected.assign(classes, 0);
  for (std::size_t i = 0; i < probabilities.size(); i += classes)
    ++test.counts[most_probable(probabilities.data() + i, classes)];
  for (auto const c : training) {
    if (c < 0 || c >= static_cast<std::int64_t>(classes))
      throw core::InputError(fmt::format(
          "a training picture of class {}: the classifier knows 0 to {}", c, classes - 1));
    test.expected[static_cast<std::size_t>(c)] +=
        static_cast<double>(test.samples) / static_cast<double>(training.size());
  }
  double chi2 = 0, known = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (test.expected[c] == 0) continue;
    double const off = test.counts[c] - test.expected[c];
    chi2 += off * off / test.expected[c];
    ++known;
  }
  test.class_chi2_per_dof = chi2 / std::max(1.0, known - 1);
}

}  // namespace

void DigitTestConfig::describe(core::Fields& field) {
  field("samples", samples, "pictures", "generated, and blobs that they are compared with")
      .between(fewest, 1e6);
  field("seed", seed, "", "of the pictures and of the classifier two-sample test").at_least(0);
  field("c2st_width", c2st_width, "units",
        "for each feature in both hidden layers of that test's classifier")
      .between(1, 10);
}

std::vector<float> blob_pictures(std::span<double const> places, std::int64_t first,
                                 std::int64_t count, std::uint64_t seed) {
  std::vector<float> values;
  for (auto i = first; i < first + count; ++i) {
    core::Stream random(seed, core::Purpose::observation, static_cast<std::uint64_t>(i));
    double const x = 0.25 + 0.5 * random.uniform(), y = 0.25 + 0.5 * random.uniform();
    double const width = 0.05 + 0.15 * random.uniform();
    for (std::size_t node = 0; node < places.size(); node += 2) {
      double const dx = places[node] - x, dy = places[node + 1] - y;
      values.push_back(static_cast<float>(std::exp(-0.5 * (dx * dx + dy * dy) / (width * width))));
    }
  }
  return values;
}

DigitTest test_digits(DigitTestConfig const& config, ClassifiedPictures const& training,
                      ClassifiedPictures const& held_out, ClassifiedPictures const& generated,
                      ClassifiedPictures const& noise) {
  auto const width = widths_of(training, held_out, generated);
  DigitTest test;
  test.training = std::ssize(training.classes);
  test.held_out = std::ssize(held_out.classes);
  test.samples = std::ssize(generated.features) / static_cast<std::int64_t>(width.features);
  auto const blobs = std::ssize(noise.features) / static_cast<std::int64_t>(width.features);
  if (test.held_out < 2 * fewest || test.samples < fewest || blobs < fewest)
    throw core::InputError(fmt::format(
        "{} held-out pictures, {} generated ones and {} blobs: a test of digits needs at least {}, "
        "{} and {}",
        test.held_out, test.samples, blobs, 2 * fewest, fewest, fewest));

  test.classifier_accuracy = accuracy_of(held_out, width.classes);
  test.mean_max_softmax = mean_largest(generated.probabilities, width.classes);
  test.true_max_softmax = mean_largest(held_out.probabilities, width.classes);
  compare_classes(test, training.classes, generated.probabilities, width.classes);

  auto const n = std::min({test.held_out / 2, test.samples, blobs});
  test.frechet_rows = n;
  auto const dimension = static_cast<std::int64_t>(width.features);
  auto const order = shuffled_rows(test.held_out, static_cast<std::uint64_t>(config.seed));
  auto const side = static_cast<std::size_t>(n);
  auto const half = rows_of(held_out.features, width.features, std::span(order).first(side));
  auto const from_half = [&](ClassifiedPictures const& pictures,
                             std::span<std::size_t const> which) {
    return statistics::frechet_distance(half, rows_of(pictures.features, width.features, which),
                                        dimension);
  };
  auto const first = first_rows(n);
  test.frechet = from_half(generated, first);
  test.frechet_noise = from_half(noise, first);
  test.frechet_held_out = from_half(held_out, std::span(order).subspan(side, side));

  test.c2st_rows = std::min(test.held_out, test.samples);
  auto const compared = first_rows(test.c2st_rows);
  statistics::C2stConfig classifier;
  classifier.width_per_dimension = config.c2st_width;
  test.c2st = statistics::c2st(rows_of(held_out.features, width.features, compared),
                               rows_of(generated.features, width.features, compared), dimension,
                               static_cast<std::uint64_t>(config.seed), classifier);

  auto const pictures = doubles(training.values);
  auto const nodes = static_cast<std::int64_t>(width.nodes);
  test.nearest = statistics::mean_nearest_distance(doubles(generated.values), pictures, nodes);
  test.true_nearest = statistics::mean_nearest_distance(doubles(held_out.values), pictures, nodes);
  return test;
}

}  // namespace shearwater::inference
