// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/graph/graph_file.hpp"

namespace shearwater::graph {

namespace {

using Axis = std::span<float const, 3>;

/// [Mpc/h] of a galaxy from the centre of its graph where no box is known: beyond any horizon.
constexpr double largest_distance = 1e5;

double product(Axis a, Axis b) {
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

struct Checker {
  HaloGraphs const& graphs;
  std::string const& what;
  std::int64_t first_graph, first_node;

  [[noreturn]] void refuse(std::size_t node, std::string const& reason) const {
    auto const above = std::ranges::upper_bound(graphs.begin, static_cast<std::int64_t>(node));
    throw core::InputError(fmt::format("{}: node {} (graph {}): {}", what,
                                       first_node + static_cast<std::int64_t>(node),
                                       first_graph + (above - graphs.begin.begin()) - 1, reason));
  }

  void size(char const* name, std::size_t found, std::size_t rows, std::size_t width,
            bool required) const {
    if (found == rows * width || (found == 0 && !required)) return;
    throw core::InputError(
        fmt::format("{}: {} numbers of {} for {} rows of {}", what, found, name, rows, width));
  }

  void finite(char const* name, std::vector<float> const& values, std::size_t width) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i]))
        refuse(i / width, fmt::format("its {} is {}: only finite values are accepted; leave such "
                                      "galaxies out",
                                      name, values[i]));
  }

  /// No galaxy is further from its graph's centre than the box, where that is known, is wide.
  void distances() const {
    for (std::size_t g = 0; g + 1 < graphs.begin.size(); ++g) {
      double most = largest_distance;
      if (!graphs.centre.empty())
        most = std::min(most, graphs.box_sides[static_cast<std::size_t>(graphs.box[g])]);
      auto const end = static_cast<std::size_t>(graphs.begin[g + 1]);
      for (auto node = static_cast<std::size_t>(graphs.begin[g]); node < end; ++node)
        for (std::size_t a = 0; a < 3; ++a)
          if (std::abs(graphs.position[3 * node + a]) > most)
            refuse(node, fmt::format("its position is {:g} Mpc/h from the graph's centre, but {:g} "
                                     "is the most accepted: check the unit of length",
                                     graphs.position[3 * node + a], most));
    }
  }

  /// Every centre is in its box.
  void centres() const {
    for (std::size_t i = 0; i < graphs.centre.size(); ++i) {
      auto const box = graphs.box[i / 3];
      if (box < 0 || box >= std::ssize(graphs.box_sides))
        throw core::InputError(fmt::format(
            "{}: graph {} is of box {}, but {} sides of boxes are known", what,
            first_graph + static_cast<std::int64_t>(i / 3), box, graphs.box_sides.size()));
      double const side = graphs.box_sides[static_cast<std::size_t>(box)];
      if (!(graphs.centre[i] >= 0 && graphs.centre[i] <= side))
        throw core::InputError(fmt::format(
            "{}: graph {} has its centre at {:g}, outside of its box [0, {:g}] Mpc/h", what,
            first_graph + static_cast<std::int64_t>(i / 3), graphs.centre[i], side));
    }
  }

  Axis axis(std::vector<float> const& values, std::size_t row) const {
    return Axis(values.data() + 3 * row, 3);
  }

  void unit(char const* name, std::vector<float> const& values, std::size_t each) const {
    for (std::size_t i = 0; each > 0 && i < values.size() / 3; ++i) {
      double const length = std::sqrt(product(axis(values, i), axis(values, i)));
      if (std::abs(length - 1) > axis_tolerance)
        refuse(i / each, fmt::format("the length of one of its {} is {:g}, not 1: normalise the "
                                     "axes, and leave out what has none",
                                     name, length));
    }
  }

  void orthogonal() const {
    for (std::size_t i = 0; i < graphs.frames.size() / 9; ++i)
      for (std::size_t a = 0; a < 3; ++a) {
        double const cosine =
            product(axis(graphs.frames, 3 * i + a), axis(graphs.frames, 3 * i + (a + 1) % 3));
        if (std::abs(cosine) > axis_tolerance)
          refuse(i, fmt::format("two of its three axes are at a cosine of {:g}: the axes of a "
                                "shape are at right angles",
                                cosine));
      }
  }

  void ratios() const {
    for (std::size_t i = 0; i < graphs.axis_ratios.size() / 2; ++i) {
      float const q = graphs.axis_ratios[2 * i], s = graphs.axis_ratios[2 * i + 1];
      if (!(s > 0 && s <= q && q <= 1))
        refuse(i, fmt::format("b/a = {:g} and c/a = {:g}: 1 >= b/a >= c/a > 0 is needed", q, s));
    }
  }
};

}  // namespace

void check_graphs(HaloGraphs const& graphs, std::string const& what, std::int64_t first_graph,
                  std::int64_t first_node) {
  if (graphs.begin.empty() || graphs.begin.front() != 0 || !std::ranges::is_sorted(graphs.begin))
    throw core::InputError(what + ": the first nodes of the graphs do not rise from 0");
  Checker const check{graphs, what, first_graph, first_node};
  auto const rows = static_cast<std::size_t>(graphs.nodes());
  auto const count = static_cast<std::size_t>(graphs.graphs());
  auto const scalars = graphs.scalar_names.size(), axes = graphs.axis_names.size();
  auto const values = graphs.value_names.size();
  check.size("host", graphs.host.size(), count, 1, true);
  check.size("box", graphs.box.size(), count, 1, true);
  check.size("id", graphs.id.size(), rows, 1, true);
  check.size("centre", graphs.centre.size(), count, 3, false);
  check.size("position", graphs.position.size(), rows, 3, true);
  check.size("scalars", graphs.scalars.size(), rows, scalars, true);
  check.size("axes", graphs.axes.size(), rows, 3 * axes, true);
  check.size("frames", graphs.frames.size(), rows, 9, false);
  check.size("major", graphs.major.size(), rows, 3, false);
  check.size("axis_ratios", graphs.axis_ratios.size(), rows, 2, false);
  check.size("values", graphs.values.size(), rows, values, true);
  check.centres();
  check.finite("position", graphs.position, 3);
  check.distances();
  check.finite("scalars", graphs.scalars, std::max<std::size_t>(1, scalars));
  check.finite("axes", graphs.axes, std::max<std::size_t>(1, 3 * axes));
  check.finite("frame", graphs.frames, 9);
  check.finite("major axis", graphs.major, 3);
  check.finite("axis ratio", graphs.axis_ratios, 2);
  check.finite("values", graphs.values, std::max<std::size_t>(1, values));
  check.unit("axes", graphs.axes, axes);
  check.unit("frame's axes", graphs.frames, 3);
  check.unit("major axes", graphs.major, 1);
  check.orthogonal();
  check.ratios();
}

}  // namespace shearwater::graph
