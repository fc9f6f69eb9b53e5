// SPDX-License-Identifier: BSD-3-Clause
#include "learned_orienter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/io/galaxy_file.hpp"

namespace shearwater::commands {

namespace {

using galaxies::GalaxyBlock;
using galaxies::HaloBlock;
using Vector = std::array<double, 3>;

constexpr char const* axis_names[] = {"host_major",  "host_middle",  "host_minor",
                                      "tidal_major", "tidal_middle", "tidal_minor"};

constexpr char const* scalar_names[] = {"log10_host_mass", "central", "tidal_eigenvalue_1",
                                        "tidal_eigenvalue_2", "tidal_eigenvalue_3"};

/// Position in axis_names; 6 for others.
std::size_t axis_index(std::string const& name) {
  return static_cast<std::size_t>(std::ranges::find(axis_names, name) - std::begin(axis_names));
}

Vector cross(Vector const& a, Vector const& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector unit(Vector v) {
  double const length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  for (auto& value : v) value /= length;
  return v;
}

/// Three orthogonal axes of which the first is uniform, or given, and the others uniform about it.
std::array<Vector, 3> random_axes(core::Stream& draws, Vector const* major) {
  auto const normals = [&] { return Vector{draws.normal(), draws.normal(), draws.normal()}; };
  auto const first = unit(major != nullptr ? *major : normals());
  auto const second = unit(cross(first, normals()));
  return {first, second, cross(first, second)};
}

/// A block of halos and galaxies on the host.
struct HostBlock {
  std::vector<double> mass;
  std::vector<float> axes, tidal_axes, tidal_values, offset;
  std::vector<std::uint64_t> key;
  std::vector<std::int32_t> halo;
  std::vector<std::uint32_t> number;
};

class LearnedOrienter : public galaxies::Orienter {
 public:
  LearnedOrienter(learn::GeneratorModel model, galaxies::OrientationConfig const& config,
                  std::uint64_t seed)
      : model_(std::move(model)), config_(config), seed_(seed) {
    auto const& card = model_.card();
    if (card.label != "frames" && card.label != "major")
      throw core::InputError("the generator makes " + card.label +
                             ", not orientations: name another model");
    for (auto const& name : card.scalars)
      if (std::ranges::find(scalar_names, name) == std::end(scalar_names))
        throw core::InputError(fmt::format(
            "the generator reads '{}', which halos do not have: train it on graphs with "
            "log10_host_mass, central and tidal_eigenvalues alone",
            name));
    for (auto const& name : card.axes)
      if (axis_index(name) == std::size(axis_names))
        throw core::InputError(
            fmt::format("the generator reads the axis '{}': halos have host_ and tidal_ major, "
                        "middle and minor",
                        name));
  }

  bool needs_axes() const override { return reads("host_"); }
  bool needs_tides() const override { return reads("tidal_"); }
  void orient(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock& galaxies) const override;

 private:
  bool reads(std::string const& start) const {
    auto const& card = model_.card();
    auto const starts = [&](std::string const& name) { return name.starts_with(start); };
    return std::ranges::any_of(card.axes, starts) || std::ranges::any_of(card.scalars, starts);
  }
  bridge::Batch graphs_of(HostBlock const& block, std::vector<std::int32_t>& flag) const;
  void set_scalars(HostBlock const& block, std::vector<float>& scalars,
                   std::vector<std::int32_t>& flag) const;
  void set_axes(HostBlock const& block, std::vector<float>& axes,
                std::vector<std::int32_t>& flag) const;
  std::vector<float> frames_of(bridge::Batch const& made, HostBlock const& block) const;

  learn::GeneratorModel model_;
  galaxies::OrientationConfig config_;
  std::uint64_t seed_;
};

bridge::ArrayRef array_of(std::vector<float> const& values, std::vector<std::int64_t> extents) {
  auto array = bridge::allocate(bridge::ElementType::float32, std::move(extents));
  std::ranges::copy(values, bridge::host_data<float>(array));
  return array;
}

bridge::ArrayRef array_of(std::vector<std::int64_t> const& values) {
  auto array = bridge::allocate(bridge::ElementType::int64, {std::ssize(values)});
  std::ranges::copy(values, bridge::host_data<std::int64_t>(array));
  return array;
}

void LearnedOrienter::set_scalars(HostBlock const& block, std::vector<float>& scalars,
                                  std::vector<std::int32_t>& flag) const {
  auto const& card = model_.card();
  for (std::size_t i = 0; i < block.halo.size(); ++i) {
    auto const h = static_cast<std::size_t>(block.halo[i]);
    for (std::size_t k = 0; k < card.scalars.size(); ++k) {
      auto const& name = card.scalars[k];
      double value = name == "central" ? (block.number[i] == 0 ? 1 : 0) : std::log10(block.mass[h]);
      if (name.starts_with("tidal_"))
        value = block.tidal_values[3 * h + static_cast<std::size_t>(name.back() - '1')];
      if (!std::isfinite(value)) {  // the middle of the training, and a flag that says so
        value = 0.5 * (card.scalar_low[k] + card.scalar_high[k]);
        flag[i] |= name.starts_with("tidal_") ? io::unknown_tides : io::outside_training;
      }
      if (value < card.scalar_low[k] || value > card.scalar_high[k])
        flag[i] |= io::outside_training;
      scalars.push_back(static_cast<float>(value));
    }
  }
}

void LearnedOrienter::set_axes(HostBlock const& block, std::vector<float>& axes,
                               std::vector<std::int32_t>& flag) const {
  for (std::size_t i = 0; i < block.halo.size(); ++i) {
    auto const h = static_cast<std::size_t>(block.halo[i]);
    for (auto const& name : model_.card().axes) {
      auto const index = axis_index(name);
      float const* known =
          (index < 3 ? block.axes : block.tidal_axes).data() + 9 * h + 3 * (index % 3);
      if (std::isfinite(known[0])) {
        axes.insert(axes.end(), known, known + 3);
        continue;
      }
      flag[i] |= index < 3 ? io::unknown_host_axes : io::unknown_tides;
      core::Stream draws(seed_, core::Purpose::orientation, ~block.key[h]);
      for (double const value : random_axes(draws, nullptr)[index % 3])
        axes.push_back(static_cast<float>(value));
    }
  }
}

/// The key of a galaxy's draws: other ones for each number in each halo.
std::uint64_t draw_key(HostBlock const& block, std::size_t galaxy) {
  return block.key[static_cast<std::size_t>(block.halo[galaxy])] * 0x9E3779B97F4A7C15U +
         block.number[galaxy];
}

bridge::Batch LearnedOrienter::graphs_of(HostBlock const& block,
                                         std::vector<std::int32_t>& flag) const {
  auto const n = std::ssize(block.halo);
  std::vector<std::int64_t> begin, id;
  std::vector<float> scalars, axes;
  for (std::size_t i = 0; i < block.halo.size(); ++i) {
    if (i == 0 || block.halo[i] != block.halo[i - 1]) begin.push_back(static_cast<std::int64_t>(i));
    id.push_back(static_cast<std::int64_t>(draw_key(block, i)));
  }
  begin.push_back(n);
  set_scalars(block, scalars, flag);
  set_axes(block, axes, flag);
  auto const& card = model_.card();
  return {{"graph_begin", array_of(begin)},
          {"id", array_of(id)},
          {"positions", array_of(block.offset, {n, 3})},
          {"scalars", array_of(scalars, {n, std::ssize(card.scalars)})},
          {"axes", array_of(axes, {n, std::ssize(card.axes), 3})}};
}

std::vector<float> LearnedOrienter::frames_of(bridge::Batch const& made,
                                              HostBlock const& block) const {
  auto const n = block.halo.size();
  if (made.contains("frames")) {
    float const* frames = bridge::host_data<float>(made.at("frames"));
    return {frames, frames + 9 * n};
  }
  float const* major = bridge::host_data<float>(made.at("major"));
  std::vector<float> frames;
  for (std::size_t i = 0; i < n; ++i) {
    core::Stream draws(seed_, core::Purpose::orientation, draw_key(block, i));
    Vector const first = {major[3 * i], major[3 * i + 1], major[3 * i + 2]};
    for (auto const& axis : random_axes(draws, &first))
      for (double const value : axis) frames.push_back(static_cast<float>(value));
  }
  return frames;
}

/// Values into a View of the same layout.
template <class View>
void put(View const& view, float const* values) {
  auto const host = Kokkos::create_mirror_view(view);
  std::copy_n(values, host.size(), host.data());
  Kokkos::deep_copy(view, host);
}

void LearnedOrienter::orient(ExecSpace const& space, HaloBlock const& halos,
                             GalaxyBlock& galaxies) const {
  space.fence();
  HostBlock const block{to_host(halos.mass),       to_host(halos.axes),
                        to_host(halos.tidal_axes), to_host(halos.tidal_values),
                        to_host(galaxies.offset),  to_host(halos.key),
                        to_host(galaxies.halo),    to_host(galaxies.number)};
  auto const n = galaxies.size();
  galaxies.axes = galaxies::unset<Array3<float>>("galaxies::axes", n, 3, 3);
  galaxies.axis_ratios = galaxies::unset<Array2<float>>("galaxies::axis_ratios", n, 2);
  if (n == 0) return;
  auto flag = to_host(galaxies.flag);
  auto const made = model_.sample(graphs_of(block, flag), seed_, 0);
  put(galaxies.axes, frames_of(made, block).data());
  if (made.contains("axis_ratios")) {
    put(galaxies.axis_ratios, bridge::host_data<float>(made.at("axis_ratios")));
  } else {
    std::vector<float> ratios;
    for (std::int64_t i = 0; i < n; ++i) {
      ratios.push_back(static_cast<float>(config_.b_to_a));
      ratios.push_back(static_cast<float>(config_.c_to_a));
    }
    put(galaxies.axis_ratios, ratios.data());
  }
  galaxies.flag = to_device("galaxies::flag", flag);
}

}  // namespace

std::unique_ptr<galaxies::Orienter> make_learned_orienter(learn::GeneratorModel model,
                                                          galaxies::OrientationConfig const& config,
                                                          std::uint64_t seed) {
  return std::make_unique<LearnedOrienter>(std::move(model), config, seed);
}

}  // namespace shearwater::commands
