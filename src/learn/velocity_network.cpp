// SPDX-License-Identifier: BSD-3-Clause
#include "velocity_network.hpp"

#include <cmath>
#include <numbers>

#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t time_features = 5;

std::int64_t invariant_count(bool frames, std::int64_t k) {
  auto const pairs = k * (k + 1) / 2;
  return frames ? 3 * k + 3 * pairs + k : k + pairs;
}

/// (T n)_i of tensors (6, K, r) and an axis (3, r): (3, K, r).
torch::Tensor times(torch::Tensor const& t, torch::Tensor const& n) {
  auto const x = n.select(0, 0), y = n.select(0, 1), z = n.select(0, 2);
  return at::stack({t.select(0, 0) * x + t.select(0, 3) * y + t.select(0, 4) * z,
                    t.select(0, 3) * x + t.select(0, 1) * y + t.select(0, 5) * z,
                    t.select(0, 4) * x + t.select(0, 5) * y + t.select(0, 2) * z});
}

/// Product over the components of (3, K, r) and (3, r): (K, r).
torch::Tensor along(torch::Tensor const& u, torch::Tensor const& n) {
  return u.select(0, 0) * n.select(0, 0) + u.select(0, 1) * n.select(0, 1) +
         u.select(0, 2) * n.select(0, 2);
}

torch::Tensor time_inputs(torch::Tensor const& time) {
  auto const angle = std::numbers::pi * time;
  return at::cat(
      {time - 0.5, at::cos(angle), at::sin(angle), at::cos(2 * angle), at::sin(2 * angle)});
}

/// Velocities (3, r) of axes n (3, r) as their paths from n see them: without their part along n,
/// at the same speed. One that was found further on along a great circle then leads along it.
torch::Tensor tangent(torch::Tensor const& v, torch::Tensor const& n) {
  auto const flat = v - (v * n).sum(0) * n;
  auto const scale = (v.square().sum(0) + 1e-20) / (flat.square().sum(0) + 1e-20);
  return flat * at::sqrt(scale);
}

}  // namespace

VelocityNetworkImpl::VelocityNetworkImpl(GeneratorConfig const& config, bool frames, bool ratios)
    : frames_(frames),
      ratios_(ratios),
      tensors_(config.velocity_tensors),
      units_(config.velocity_units),
      inputs_(invariant_count(frames, tensors_) + time_features + (ratios ? 2 : 0)),
      outputs_((frames ? 3 : 1) * tensors_ + (ratios ? 2 : 0)),
      context_(config.features, units_, true),
      project_(config.tensors, tensors_, false),
      input_(inputs_, units_, false),
      hidden_(units_, units_, true),
      out_(units_, outputs_, true) {
  register_module("context", context_);
  register_module("project", project_);
  register_module("input", input_);
  register_module("hidden", hidden_);
  register_module("out", out_);
  std::vector<std::int64_t> first, second;
  for (std::int64_t k = 0; k < tensors_; ++k)
    for (auto l = k; l < tensors_; ++l) {
      first.push_back(k);
      second.push_back(l);
    }
  first_of_pair_ = torch::tensor(first);
  second_of_pair_ = torch::tensor(second);
}

VelocityContext VelocityNetworkImpl::prepare(NodeContext const& context) {
  return {context_(context.scalars).t().contiguous(),
          project_(context.tensors).permute({1, 2, 0}).contiguous()};
}

/// Products of all pairs k <= l of values (..., K, r).
torch::Tensor VelocityNetworkImpl::pair_products(torch::Tensor const& values) const {
  return values.index_select(-2, first_of_pair_) * values.index_select(-2, second_of_pair_);
}

VelocityNetworkImpl::Parts VelocityNetworkImpl::axis_parts(VelocityContext const& context,
                                                           torch::Tensor const& axis) const {
  auto const u = times(context.tensors, axis);
  auto const d = along(u, axis);
  return {{d, pair_products(u).sum(0)}, u - d.unsqueeze(0) * axis.unsqueeze(1)};
}

VelocityNetworkImpl::Parts VelocityNetworkImpl::frame_parts(VelocityContext const& context,
                                                            torch::Tensor const& frame) const {
  auto const a = frame.select(0, 0), b = frame.select(0, 1), c = frame.select(0, 2);
  auto const ta = times(context.tensors, a), tb = times(context.tensors, b),
             tc = times(context.tensors, c);
  auto const bc = along(tb, c), ca = along(tc, a), ab = along(ta, b);
  auto const mixed = at::stack({bc, ca, ab});
  return {
      {along(ta, a), along(tb, b), along(tc, c), pair_products(mixed).flatten(0, 1), bc * ca * ab},
      mixed};
}

OrientationState VelocityNetworkImpl::forward(VelocityContext const& context,
                                              OrientationState const& state,
                                              torch::Tensor const& time) {
  auto const parts =
      frames_ ? frame_parts(context, state.axes) : axis_parts(context, state.axes.select(0, 0));
  auto inputs = parts.invariants;
  inputs.push_back(time_inputs(time));
  if (ratios_) inputs.push_back(state.ratios);
  auto const first = at::silu(at::addmm(context.units, input_->weight(), at::cat(inputs)));
  auto const second = at::silu(at::addmm(hidden_->bias().unsqueeze(1), hidden_->weight(), first));
  auto const out = at::addmm(out_->bias().unsqueeze(1), out_->weight(), second);
  auto const used = (frames_ ? 3 : 1) * tensors_;
  auto const coefficients = out.narrow(0, 0, used).view({frames_ ? 3 : 1, tensors_, -1});
  OrientationState velocity{(coefficients * parts.directions).sum(1), {}};
  if (ratios_) velocity.ratios = out.narrow(0, used, 2);
  return velocity;
}

double VelocityNetworkImpl::prepare_operations() const {
  return static_cast<double>(2 * units_ * context_->weight().size(1) +
                             2 * 6 * tensors_ * project_->weight().size(1));
}

double VelocityNetworkImpl::operations() const {
  auto const pairs = tensors_ * (tensors_ + 1) / 2;
  auto const geometry = frames_ ? 3 * 15 * tensors_ + 6 * 5 * tensors_ + 3 * pairs + 8 * tensors_
                                : 15 * tensors_ + 5 * tensors_ + 5 * pairs + 12 * tensors_;
  return static_cast<double>(2 * units_ * (inputs_ + units_ + outputs_) + geometry);
}

std::uint64_t initialise_weights(torch::nn::Module& network, std::uint64_t seed,
                                 std::uint64_t first) {
  torch::NoGradGuard const no_grad;
  for (auto const& item : network.named_parameters()) {
    auto weight = item.value();
    auto const index = first++;
    if (weight.dim() < 2) continue;
    std::vector<float> values(static_cast<std::size_t>(weight.numel()));
    core::fill_normals(seed, core::Purpose::initial_weights, index, 0, values);
    double const scale = item.key().ends_with("velocity.out.weight") ? 0.1 : 1.0;
    weight.copy_(torch::from_blob(values.data(), weight.sizes(), torch::kFloat32) *
                 (scale * std::sqrt(2.0 / static_cast<double>(weight.size(1)))));
  }
  return first;
}

OrientationState advance(OrientationState const& state, OrientationState const& velocity,
                         double time) {
  OrientationState result;
  if (state.ratios.defined()) result.ratios = state.ratios + time * velocity.ratios;
  auto v = velocity.axes;
  if (state.axes.size(0) == 3)  // from components along the frame's axes to those in space
    v = (velocity.axes.unsqueeze(1) * state.axes).sum(0);
  else
    v = tangent(v, state.axes.select(0, 0));
  auto const speed = at::sqrt(v.square().sum(0) + 1e-20);
  auto const cosine = at::cos(time * speed), sine = at::sin(time * speed) / speed;
  if (state.axes.size(0) == 1) {
    auto const moved = cosine * state.axes.select(0, 0) + sine * v;
    result.axes = (moved * at::rsqrt(moved.square().sum(0))).unsqueeze(0);
    return result;
  }
  auto const versine = (1 - cosine) / speed.square();
  std::vector<torch::Tensor> axes;
  for (std::int64_t a = 0; a < 3; ++a) {
    auto const n = state.axes.select(0, a);
    auto const turned = cosine * n + sine * at::cross(v, n, 0) + versine * (v * n).sum(0) * v;
    axes.push_back(turned * at::rsqrt(turned.square().sum(0)));
  }
  result.axes = at::stack(axes);
  return result;
}

OrientationState midpoint_step(OrientationState const& state, VelocityField const& velocity,
                               double time, double length) {
  auto const middle = advance(state, velocity(state, time), length / 2);
  return advance(state, velocity(middle, time + length / 2), length);
}

}  // namespace shearwater::learn
