// SPDX-License-Identifier: BSD-3-Clause
#include "learned_orienter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/io/galaxy_file.hpp"

namespace shearwater::commands {

namespace {

constexpr char const* scalars[] = {"log10_host_mass", "central"};
constexpr char const* host_axes[] = {"host_major", "host_middle", "host_minor"};

template <class Names>
std::size_t number_of(Names const& names, std::string const& name, std::string const& folder) {
  auto const found = std::ranges::find(names, name);
  if (found == std::end(names))
    throw core::InputError(fmt::format(
        "{}: was trained with the input '{}', which a population does not know; it knows: {}",
        folder, name, fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - std::begin(names));
}

/// The block on the host, with what a generator reads.
struct HostBlock {
  std::vector<std::uint64_t> key;
  std::vector<double> mass;
  std::vector<float> axes;  ///< (halos, 3, 3)
  std::vector<std::int32_t> halo;
  std::vector<std::uint32_t> number;
  std::vector<float> offset;
  std::vector<std::int32_t> flag;

  HostBlock(galaxies::HaloBlock const& halos, galaxies::GalaxyBlock const& galaxies)
      : key(to_host(halos.key)),
        mass(to_host(halos.mass)),
        axes(to_host(halos.axes)),
        halo(to_host(galaxies.halo)),
        number(to_host(galaxies.number)),
        offset(to_host(galaxies.offset)),
        flag(to_host(galaxies.flag)) {}

  /// A halo's axes that are not known become random ones, the same in every run.
  void complete(std::uint64_t seed) {
    if (axes.empty()) axes.assign(9 * key.size(), NAN);
    unknown.assign(key.size(), 0);
    for (std::size_t h = 0; h < key.size(); ++h) {
      float* frame = &axes[9 * h];
      if (std::all_of(frame, frame + 9, [](float x) { return std::isfinite(x); })) continue;
      unknown[h] = 1;
      draw_frame(seed, key[h], frame);
    }
  }
  std::vector<std::uint8_t> unknown;

 private:
  /// A rotation from four normals (a uniform unit quaternion).
  static void draw_frame(std::uint64_t seed, std::uint64_t key, float* frame) {
    core::Stream random(seed, core::Purpose::generator, key);
    double q[4], square = 0;
    for (double& x : q) x = random.normal(), square += x * x;
    for (double& x : q) x /= std::sqrt(square);
    double const rows[9] = {1 - 2 * (q[2] * q[2] + q[3] * q[3]), 2 * (q[1] * q[2] - q[0] * q[3]),
                            2 * (q[1] * q[3] + q[0] * q[2]),     2 * (q[1] * q[2] + q[0] * q[3]),
                            1 - 2 * (q[1] * q[1] + q[3] * q[3]), 2 * (q[2] * q[3] - q[0] * q[1]),
                            2 * (q[1] * q[3] - q[0] * q[2]),     2 * (q[2] * q[3] + q[0] * q[1]),
                            1 - 2 * (q[1] * q[1] + q[2] * q[2])};
    std::copy(std::begin(rows), std::end(rows), frame);
  }
};

/// The galaxies of each halo as a graph.
bridge::Batch graphs_of(HostBlock const& block, learn::GeneratorCard const& card,
                        std::string const& folder) {
  auto const n = static_cast<std::int64_t>(block.halo.size());
  std::vector<std::int64_t> begin = {0};
  for (std::int64_t i = 1; i <= n; ++i)
    if (i == n ||
        block.halo[static_cast<std::size_t>(i)] != block.halo[static_cast<std::size_t>(i - 1)])
      begin.push_back(i);
  if (n == 0) begin = {0};
  auto const width = std::ssize(card.scalars), many = std::ssize(card.axes);
  bridge::Batch batch;
  using bridge::ElementType;
  auto const add = [&](char const* name, ElementType type, std::vector<std::int64_t> extents) {
    return batch.emplace(name, bridge::allocate(type, std::move(extents))).first->second;
  };
  auto const starts = add("graph_begin", ElementType::int64, {std::ssize(begin)});
  std::ranges::copy(begin, bridge::host_data<std::int64_t>(starts));
  auto* id = bridge::host_data<std::int64_t>(add("id", ElementType::int64, {n}));
  auto* position = bridge::host_data<float>(add("positions", ElementType::float32, {n, 3}));
  auto* inputs = bridge::host_data<float>(add("scalars", ElementType::float32, {n, width}));
  auto* axes = bridge::host_data<float>(add("axes", ElementType::float32, {n, many, 3}));
  for (std::size_t i = 0; i < block.halo.size(); ++i) {
    auto const h = static_cast<std::size_t>(block.halo[i]);
    // What a draw is keyed by: the halo and the galaxy's number in it.
    *id++ = static_cast<std::int64_t>(block.key[h] << 20U) + block.number[i];
    position = std::copy_n(&block.offset[3 * i], 3, position);
    for (auto const& name : card.scalars)
      *inputs++ = number_of(scalars, name, folder) == 0
                      ? static_cast<float>(std::log10(block.mass[h]))
                      : static_cast<float>(block.number[i] == 0);
    for (auto const& name : card.axes)
      axes = std::copy_n(&block.axes[9 * h + 3 * number_of(host_axes, name, folder)], 3, axes);
  }
  return batch;
}

/// The frame with this major axis whose others are at random angles, keyed by the galaxy.
void complete_frame(float const* major, std::uint64_t seed, std::int64_t id, float* frame) {
  core::Stream random(seed, core::Purpose::orientation, static_cast<std::uint64_t>(id));
  double x[3], along = 0, square = 0;
  for (int d = 0; d < 3; ++d) x[d] = random.normal(), along += x[d] * static_cast<double>(major[d]);
  for (int d = 0; d < 3; ++d) x[d] -= along * static_cast<double>(major[d]), square += x[d] * x[d];
  for (int d = 0; d < 3; ++d) {
    frame[d] = major[d];
    frame[3 + d] = static_cast<float>(x[d] / std::sqrt(square));
  }
  for (int d = 0; d < 3; ++d)
    frame[6 + d] =
        frame[(d + 1) % 3] * frame[3 + (d + 2) % 3] - frame[(d + 2) % 3] * frame[3 + (d + 1) % 3];
}

}  // namespace

LearnedOrienter::LearnedOrienter(std::string const& folder, std::uint64_t seed,
                                 std::int64_t threads)
    : model_(folder, threads), seed_(seed) {
  for (auto const& name : model_.card().scalars) number_of(scalars, name, folder);
  for (auto const& name : model_.card().axes) number_of(host_axes, name, folder);
}

void LearnedOrienter::orient(ExecSpace const&, galaxies::HaloBlock const& halos,
                             galaxies::GalaxyBlock& galaxies) const {
  auto const& card = model_.card();
  HostBlock block(halos, galaxies);
  block.complete(seed_);
  auto const batch = graphs_of(block, card, "the model");
  auto const shapes = model_.sample(batch, seed_, 0);
  auto const n = static_cast<std::size_t>(galaxies.size());
  std::vector<float> frames(9 * n);
  auto const* ids = bridge::host_data<std::int64_t>(batch.at("id"));
  if (shapes.contains("frames")) {
    std::copy_n(bridge::host_data<float>(shapes.at("frames")), 9 * n, frames.begin());
  } else {
    auto const* major = bridge::host_data<float>(shapes.at("major"));
    for (std::size_t i = 0; i < n; ++i)
      complete_frame(major + 3 * i, seed_, ids[i], &frames[9 * i]);
  }
  galaxies.axes = galaxies::unset<Array3<float>>("commands::axes", n, 3, 3);
  Kokkos::deep_copy(Array1<float>(galaxies.axes.data(), 9 * n),
                    to_device("commands::frames", frames));
  if (shapes.contains("axis_ratios")) {
    auto const* ratios = bridge::host_data<float>(shapes.at("axis_ratios"));
    galaxies.axis_ratios = galaxies::unset<Array2<float>>("commands::axis_ratios", n, 2);
    Kokkos::deep_copy(Array1<float>(galaxies.axis_ratios.data(), 2 * n),
                      to_device("commands::ratios", std::vector<float>(ratios, ratios + 2 * n)));
  }
  auto const mass = std::ranges::find(card.scalars, "log10_host_mass");
  for (std::size_t i = 0; i < n; ++i) {
    auto const h = static_cast<std::size_t>(block.halo[i]);
    if (block.unknown[h] != 0 && needs_axes()) block.flag[i] |= io::unknown_host_axes;
    if (mass == card.scalars.end()) continue;
    auto const column = static_cast<std::size_t>(mass - card.scalars.begin());
    double const log_mass = std::log10(block.mass[h]);
    if (log_mass < card.scalar_low[column] || log_mass > card.scalar_high[column])
      block.flag[i] |= io::outside_training;
  }
  Kokkos::deep_copy(galaxies.flag, to_device("commands::flags", block.flag));
}

}  // namespace shearwater::commands
