// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "html_parts.hpp"
#include "map_image.hpp"
#include "palette.hpp"

namespace shearwater::report {

namespace {

constexpr std::size_t columns = 10, cell = 42, gap = 3;  // pictures of a row; pixels

/// For each pixel of a picture, row 0 at the top, the nearest node.
std::vector<std::size_t> nearest_nodes(std::vector<double> const& places) {
  std::vector<std::size_t> nearest;
  for (std::size_t row = 0; row < cell; ++row)
    for (std::size_t column = 0; column < cell; ++column) {
      double const x = (static_cast<double>(column) + 0.5) / cell;
      double const y = (static_cast<double>(row) + 0.5) / cell;
      std::size_t best = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t node = 0; 2 * node < places.size(); ++node) {
        double const dx = places[2 * node] - x, dy = places[2 * node + 1] - y;
        double const square = dx * dx + dy * dy;
        if (square < least) best = node, least = square;
      }
      nearest.push_back(best);
    }
  return nearest;
}

/// Pictures (n, nodes) side by side, each pixel with the value of the nearest node.
std::string sheet(std::vector<float> const& values, std::vector<double> const& places,
                  char const* alternative) {
  auto const nodes = places.size() / 2, count = values.size() / nodes;
  auto const nearest = nearest_nodes(places);
  auto const width = columns * (cell + gap) - gap;
  auto const height = (count + columns - 1) / columns * (cell + gap) - gap;
  std::vector<std::uint8_t> rgb(3 * width * height, 255);
  for (std::size_t picture = 0; picture < count; ++picture)
    for (std::size_t pixel = 0; pixel < cell * cell; ++pixel) {
      auto const row = picture / columns * (cell + gap) + pixel / cell;
      auto const column = picture % columns * (cell + gap) + pixel % cell;
      auto const value = std::clamp(values[picture * nodes + nearest[pixel]], 0.0F, 1.0F);
      std::fill_n(rgb.begin() + static_cast<std::ptrdiff_t>(3 * (row * width + column)), 3,
                  static_cast<std::uint8_t>(std::lround(255 * value)));
    }
  return fmt::format(
      "<img width=\"{}\" height=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\">", width, height,
      alternative,
      png_base64(rgb, static_cast<std::int64_t>(width), static_cast<std::int64_t>(height)));
}

std::string class_figure(inference::DigitTest const& test) {
  auto const classes = static_cast<double>(test.counts.size());
  double highest = 1;
  for (auto const* values : {&test.counts, &test.expected})
    highest = std::max(highest, *std::max_element(values->begin(), values->end()));
  // The legend's two lines have the space above all bars.
  Panel panel(70, 14, 420, 240, {-0.5, classes - 0.5}, {0, 1.3 * highest});
  for (std::size_t c = 0; c < test.counts.size(); ++c) {
    auto const x = static_cast<double>(c);
    panel.rectangle(x - 0.4, 0, x + 0.4, test.counts[c], {"none", 0, blue, 0.55, ""});
    Point2 const ends[2] = {{x - 0.45, test.expected[c]}, {x + 0.45, test.expected[c]}};
    panel.line(ends, {grey, 2.4, "none", 1, ""});
  }
  panel.x_axis("class", 10);
  panel.y_axis("generated pictures");
  panel.legend({{"expected", {grey, 2.4, "none", 1, ""}}, {"generated", {blue, 5, "none", 1, ""}}});
  return figure(510, 302, "generated pictures by their most probable class", {panel});
}

}  // namespace

std::vector<Metric> digit_metrics(DigitResult const& result) {
  using inference::DigitTest;
  auto const& test = result.test;
  auto const source = fmt::format("{} generated, {} held-out and {} training pictures",
                                  test.samples, test.held_out, test.training);
  std::vector<Metric> metrics;
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  auto const add = [&](char const* name, double value, double error, std::string const& reference,
                       std::string const& from) {
    metrics.push_back({name + (result.name.empty() ? "" : "_" + result.name), value, error, "1",
                       reference, from});
  };
  double const accuracy = test.classifier_accuracy;
  add("classifier_accuracy", accuracy,
      std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(test.held_out)),
      fmt::format(">= {:g}", DigitTest::accuracy_gate), source);
  add("mean_max_softmax", test.mean_max_softmax, none,
      fmt::format(">= {:g}; held out {:.4f}", DigitTest::softmax_gate, test.true_max_softmax),
      source);
  add("class_chi2_per_dof", test.class_chi2_per_dof, none,
      fmt::format("< {:g}", DigitTest::chi2_gate), source);
  auto const rows = fmt::format("features of {} pictures on each side", test.frechet_rows);
  add("frechet_ratio_noise", test.frechet_ratio_noise(), none,
      fmt::format("<= {:g}; Gaussian blobs {:.4g}", DigitTest::noise_gate, test.frechet_noise),
      rows);
  add("frechet_ratio_held_out", test.frechet_ratio_held_out(), none,
      fmt::format("<= {:g}; another half {:.4g}", DigitTest::held_out_gate, test.frechet_held_out),
      rows);
  add("frechet_digits", test.frechet, none, "0", rows);
  add("c2st_digits", test.c2st, 0.5 / std::sqrt(2.0 * static_cast<double>(test.c2st_rows)),
      fmt::format("<= {:g}", DigitTest::c2st_gate),
      fmt::format("features of {} pictures each", test.c2st_rows));
  if (test.nearest_known())
    add("nearest_ratio", test.nearest_ratio(), none,
        fmt::format(">= {:g}", DigitTest::nearest_gate),
        fmt::format("{}; distance of held-out ones to the nearest training one {:.4g}", source,
                    test.true_nearest));
  return metrics;
}

std::string digit_section(DigitResult const& result, std::vector<Metric> const& metrics) {
  auto const own = digit_metrics(result);
  auto const wanted = [&](Metric const& metric) {
    return std::any_of(own.begin(), own.end(),
                       [&](auto const& m) { return m.name == metric.name; });
  };
  auto const& test = result.test;
  auto const verdict = [](bool passes) { return passes ? "passed" : "failed"; };
  return fmt::format(
      "<section><h2>Digits{}</h2>\n<p class=\"verdict\">Classes: {}. Fréchet distance: {}. "
      "Two-sample test: {}. No copies: {}.</p>\n<p>Pictures on a graph of sensors that a generator "
      "drew, looked at by a classifier that learned from true ones "
      "alone.</p>\n{}{}{}{}</section>\n",
      result.name.empty() ? "" : ": " + escaped(result.name), verdict(test.classes_pass()),
      verdict(test.frechet_passes()), verdict(test.c2st_passes()),
      test.nearest_known() ? verdict(test.nearest_passes()) : "not known",
      captioned(sheet(result.generated, result.places, "generated pictures"),
                "Generated, the first ones drawn: none is chosen. Each point of a picture has the "
                "value of the nearest sensor."),
      captioned(sheet(result.real, result.places, "held-out pictures"), "Held out from training."),
      captioned(class_figure(test),
                fmt::format("Generated pictures by their most probable class, and the shares of "
                            "the training pictures: χ² of {:.2f} per degree of freedom.",
                            test.class_chi2_per_dof)),
      metric_table(metrics, wanted, true));
}

}  // namespace shearwater::report
