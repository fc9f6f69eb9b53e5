// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/graph/digit_graphs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/io/idx.hpp"

namespace shearwater::graph {

namespace {

using Numbers = std::vector<std::int64_t>;

/// The first `wanted` of a random permutation of 0 to count - 1.
Numbers some_of(std::int64_t count, std::int64_t wanted, core::Stream random) {
  Numbers all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < wanted; ++i)
    std::swap(
        all[static_cast<std::size_t>(i)],
        all[static_cast<std::size_t>(i) + random.below(static_cast<std::uint64_t>(count - i))]);
  all.resize(static_cast<std::size_t>(wanted));
  return all;
}

/// `total` divided as `weights` are, in whole numbers, by largest remainders.
Numbers divided(std::int64_t total, Numbers const& weights) {
  auto const sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  Numbers shares, order;
  for (auto const w : weights) {
    shares.push_back(sum > 0 ? total * w / sum : 0);
    order.push_back(std::ssize(order));
  }
  auto const remainder = [&](std::int64_t i) {
    return sum > 0 ? total * weights[static_cast<std::size_t>(i)] % sum : 0;
  };
  std::ranges::stable_sort(order, std::greater{}, remainder);
  auto left = total - std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
  for (auto const i : order)
    if (left-- > 0) ++shares[static_cast<std::size_t>(i)];
  return shares;
}

struct Pictures {
  std::int64_t rows = 0, columns = 0;
  std::span<std::uint8_t const> pixels;

  double at(std::int64_t picture, std::int64_t row, std::int64_t column) const {
    if (row < 0 || column < 0 || row >= rows || column >= columns) return 0;
    return pixels[static_cast<std::size_t>((picture * rows + row) * columns + column)] / 255.0;
  }
  /// Centres of pixels stand at whole numbers and a half.
  double between(std::int64_t picture, double x, double y) const {
    double const u = x * static_cast<double>(columns) - 0.5;
    double const v = y * static_cast<double>(rows) - 0.5;
    auto const j = static_cast<std::int64_t>(std::floor(u));
    auto const i = static_cast<std::int64_t>(std::floor(v));
    double const s = u - std::floor(u), t = v - std::floor(v);
    return (1 - t) * ((1 - s) * at(picture, i, j) + s * at(picture, i, j + 1)) +
           t * ((1 - s) * at(picture, i + 1, j) + s * at(picture, i + 1, j + 1));
  }
};

struct Files {
  io::Array images;
  std::vector<std::uint8_t> classes;
};

Files read_files(DigitConfig const& config) {
  Files files{io::read_idx(config.images), {}};
  auto const labels = io::read_idx(config.labels);
  auto const classes = labels.as<std::uint8_t>();
  files.classes.assign(classes.begin(), classes.end());
  if (files.images.shape.size() != 3 || labels.shape.size() != 1 ||
      files.images.shape[0] != labels.shape[0])
    throw core::InputError(fmt::format(
        "{} holds {} and {} {}: pictures (n, rows, columns) and one class for each are needed",
        config.images, io::shape_text(files.images.shape), config.labels,
        io::shape_text(labels.shape)));
  auto const above = std::ranges::find_if(files.classes, [](auto digit) { return digit > 9; });
  if (above != files.classes.end())
    throw core::InputError(fmt::format("{}: label {} (from 0) is {}, but digits are 0 to 9",
                                       config.labels, above - files.classes.begin(), *above));
  return files;
}

void add_digit(Files const& files, Pictures const& pictures, std::vector<double> const& places,
               std::int64_t digit, std::int32_t box, HaloGraphs& graphs) {
  auto const nodes = std::ssize(places) / 2;
  for (std::int64_t n = 0; n < nodes; ++n) {
    double const x = places[static_cast<std::size_t>(2 * n)];
    double const y = places[static_cast<std::size_t>(2 * n + 1)];
    graphs.id.push_back(digit * nodes + n);
    graphs.position.insert(graphs.position.end(),
                           {static_cast<float>(x), static_cast<float>(y), 0.0F});
    graphs.values.push_back(static_cast<float>(pictures.between(digit, x, y)));
  }
  graphs.begin.push_back(std::ssize(graphs.id));
  graphs.host.push_back(files.classes[static_cast<std::size_t>(digit)]);
  graphs.box.push_back(box);
}

}  // namespace

void DigitConfig::describe(core::Fields& field) {
  field("images", images, "", "IDX file of the pictures, plain or gzip").path();
  field("labels", labels, "", "IDX file of their classes").path();
  field("nodes", nodes, "", "places of the graph").between(2, 1e5);
  field("train", train, "digits", "for training").at_least(1);
  field("held_out", held_out, "digits", "kept from the training: box 1").at_least(0);
  field("seed", seed, "", "of the places and of the choice of digits").at_least(0);
}

std::vector<double> sensor_places(std::int64_t nodes, std::uint64_t seed) {
  auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(nodes)));
  while (side * side < nodes) ++side;
  auto cells = some_of(side * side, nodes, core::Stream(seed, core::Purpose::sensors, 0));
  std::ranges::sort(cells);
  std::vector<double> places;
  for (auto const cell : cells) {
    core::Stream random(seed, core::Purpose::sensors, static_cast<std::uint64_t>(cell) + 1);
    for (auto const at : {cell % side, cell / side})
      places.push_back((static_cast<double>(at) + random.uniform()) / static_cast<double>(side));
  }
  return places;
}

std::vector<std::int32_t> split_digits(std::vector<std::uint8_t> const& classes, std::int64_t train,
                                       std::int64_t held_out, std::uint64_t seed) {
  auto const used = train + held_out;
  if (used > std::ssize(classes))
    throw core::InputError(
        fmt::format("digits.train = {} and digits.held_out = {} are more than the {} digits of the "
                    "file",
                    train, held_out, classes.size()));
  std::vector<Numbers> members(256);
  for (std::size_t i = 0; i < classes.size(); ++i)
    members[classes[i]].push_back(static_cast<std::int64_t>(i));
  Numbers counts;
  for (auto const& m : members) counts.push_back(std::ssize(m));
  auto const all = divided(used, counts), out = divided(held_out, all);
  std::vector<std::int32_t> use(classes.size(), -1);
  for (std::size_t c = 0; c < members.size(); ++c) {
    auto const chosen = some_of(counts[c], all[c], core::Stream(seed, core::Purpose::hold_out, c));
    for (std::int64_t i = 0; i < all[c]; ++i) {
      auto const digit = members[c][static_cast<std::size_t>(chosen[static_cast<std::size_t>(i)])];
      use[static_cast<std::size_t>(digit)] = i < out[c] ? 1 : 0;
    }
  }
  return use;
}

HaloGraphs make_digit_graphs(parallel::Communicator const& comm, DigitConfig const& config,
                             std::function<void()> const& pause) {
  Files files;
  std::vector<std::int32_t> use;
  auto const seed = static_cast<std::uint64_t>(config.seed);
  comm.together([&] {
    files = read_files(config);
    use = split_digits(files.classes, config.train, config.held_out, seed);
  });
  Pictures const pictures{files.images.shape[1], files.images.shape[2],
                          files.images.as<std::uint8_t>()};
  auto const places = sensor_places(config.nodes, seed);
  Numbers digits;
  for (std::size_t i = 0; i < use.size(); ++i)
    if (use[i] >= 0) digits.push_back(static_cast<std::int64_t>(i));
  auto const share = parallel::share_of(std::ssize(digits), comm.rank(), comm.size());
  HaloGraphs graphs;
  graphs.value_names = {"intensity"};
  auto const most = comm.max(share.count);
  std::int64_t const block = std::max<std::int64_t>(1, (std::int64_t{1} << 20) / config.nodes);
  for (std::int64_t done = 0; done < most; done += block) {
    for (auto d = done; d < std::min(done + block, share.count); ++d) {
      auto const digit = digits[static_cast<std::size_t>(share.first + d)];
      add_digit(files, pictures, places, digit, use[static_cast<std::size_t>(digit)], graphs);
    }
    if (pause) pause();
  }
  return graphs;
}

}  // namespace shearwater::graph
