// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "shearwater/core/error.hpp"
#include "shearwater/graph/galaxy_graphs.hpp"

namespace shearwater::graph {

namespace {

bool any_starts(std::vector<std::string> const& names, std::string const& start) {
  return std::ranges::any_of(names, [&](std::string const& n) { return n.starts_with(start); });
}

}  // namespace

void GraphConfig::describe(core::Fields& field) {
  field("scalars", scalars, "",
        "numbers that a node knows: log10 masses [Msun/h], 1 for the central galaxy, the three "
        "tidal eigenvalues at the halo")
      .one_of({"log10_host_mass", "log10_mass", "central", "tidal_eigenvalues"});
  field("axes", axes, "", "headless axes that a node knows, of the halo and of the tides there")
      .one_of({"host_major", "host_middle", "host_minor", "tidal_major", "tidal_middle",
               "tidal_minor"});
  field("tidal_smoothing", tidal_smoothing, "Mpc/h",
        "which of the smoothing scales of the halo catalogue's tides; 0: tides are not asked for")
      .at_least(0);
  field("labels", labels, "", "what is learned: all three axes, the major one, or none")
      .one_of({"frames", "major", "none"});
  field("axis_ratios", axis_ratios, "", "whether b/a and c/a are learned");
  field("centre", centre, "", "positions are from the central galaxy or from the halo's centre")
      .one_of({"central", "halo"});
  field("min_nodes", min_nodes, "galaxies", "halos with fewer are left out").at_least(1);
  field("max_nodes", max_nodes, "galaxies", "of one halo; complete graphs cost its square")
      .between(1, 1e6);
  field("too_large", too_large, "",
        "halos with more: an error, left out, or cut to the galaxies nearest to the centre")
      .one_of({"refuse", "leave_out", "cut"});
  field("bad_rows", bad_rows, "",
        "galaxies without host or with impossible values: an error, or left out and counted")
      .one_of({"refuse", "leave_out"});
}

bool GraphConfig::needs_tides() const {
  return any_starts(axes, "tidal_") || any_starts(scalars, "tidal_");
}
bool GraphConfig::needs_host_axes() const { return any_starts(axes, "host_"); }

void GraphConfig::check() const {
  if (max_nodes < min_nodes)
    throw core::InputError(
        fmt::format("graphs.max_nodes = {} is below graphs.min_nodes = {}", max_nodes, min_nodes));
  if (needs_tides() && tidal_smoothing == 0)
    throw core::InputError(
        "graphs.scalars or graphs.axes ask for tides: state graphs.tidal_smoothing, one of the "
        "scales of the halo catalogue [Mpc/h]");
  if (!needs_tides() && tidal_smoothing > 0)
    throw core::InputError(
        "graphs.tidal_smoothing has no effect: neither graphs.scalars nor graphs.axes name tides");
  for (auto const* names : {&scalars, &axes}) {
    auto sorted = *names;
    std::ranges::sort(sorted);
    auto const twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end())
      throw core::InputError(fmt::format("graphs: {} is named twice", *twice));
  }
}

std::string fault_text(Fault fault) {
  switch (fault) {
    case Fault::host:
      return "in no halo (a negative host), or in one that is not in the halo catalogue";
    case Fault::position:
      return "with a position that is not finite or lies outside the box";
    case Fault::axes:
      return "whose axes are not finite unit vectors at right angles";
    case Fault::ratios:
      return "whose axis ratios are not 1 >= b/a >= c/a > 0";
    case Fault::mass:
      return "whose mass is not above 0";
    case Fault::host_values:
      return "in halos whose mass, axes or tides are not known";
    case Fault::central:
      return "in halos without exactly one usable central galaxy";
    default:
      return "";
  }
}

}  // namespace shearwater::graph
