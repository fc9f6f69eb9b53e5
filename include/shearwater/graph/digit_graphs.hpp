// SPDX-License-Identifier: BSD-3-Clause
// Pictures of digits on a random graph of sensors: a known data set in the form of halo graphs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/graph/halo_graphs.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::graph {

/// Table [digits].
struct DigitConfig {
  std::string images, labels;
  std::int64_t nodes = 392;
  std::int64_t train = 8000, held_out = 2000;
  std::int64_t seed = 1;

  void describe(core::Fields& field);
};

/// Places (nodes, 2) in the unit square: the smallest square grid of at least so many cells, some
/// of them left out at random, and one place at random in each of the others. The same for all
/// graphs of a seed.
std::vector<double> sensor_places(std::int64_t nodes, std::uint64_t seed);

/// Which of the digits are used: 0 for training, 1 held out, -1 neither. A random permutation
/// within each class, so that the classes are in both as they are in all (by largest remainders).
std::vector<std::int32_t> split_digits(std::vector<std::uint8_t> const& classes, std::int64_t train,
                                       std::int64_t held_out, std::uint64_t seed);

/// Collective over comm: one graph for each digit used, in the order of the file; this rank's
/// share. Of each graph:
///   position   (x, y, 0), x along rows and y down the columns of the picture, its side 1
///   values     "intensity" in 0 to 1: the picture between pixels, bilinear, black beyond its edge
///   host       the digit's class
///   box        0 training, 1 held out
///   id         the node's number
/// pause   called on all ranks after every million nodes or so, to ask whether to stop: it may be
///         collective, and throw on all of them
/// Throws InputError for files that do not fit, labels above 9 or too few digits, IoError for
/// damaged ones.
HaloGraphs make_digit_graphs(parallel::Communicator const& comm, DigitConfig const& config,
                             std::function<void()> const& pause = {});

}  // namespace shearwater::graph
