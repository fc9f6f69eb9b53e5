// SPDX-License-Identifier: BSD-3-Clause
// Velocity of an orientation on its way from noise to data, given what the galaxy knows.
#pragma once

#include <functional>

#include "context_network.hpp"

namespace shearwater::learn {

/// Context of r rows as the velocity reads it, the rows last: kernels then run along them.
struct VelocityContext {
  torch::Tensor units;    ///< (velocity_units, r)
  torch::Tensor tensors;  ///< (6, K, r)
};

/// Where an orientation is.
struct OrientationState {
  torch::Tensor axes;    ///< (1, 3, r): an axis, or (3, 3, r): a frame's three; components second
  torch::Tensor ratios;  ///< (2, r) standardised coordinates; undefined where none are generated
};

/// Velocities: of an axis n, in space, (3, r),
///   v = P sum_k c_k T_k n,   P = 1 - n n^T,   c_k a function of (n^T T_k n, n^T T_k T_l n, t, h);
/// of a frame, along its own axes, (3, r),
///   w_a = sum_k c_ak n_b^T T_k n_c   with (a, b, c) cyclic, and c_ak a function of (n_a^T T_k n_a,
///   products of two (n_b^T T_k n_c) of one pair (b, c), or of the three pairs, t, h).
/// v is odd in n, and w_a changes its sign as n_a does when two axes are flipped: the flow does not
/// know the signs of axes, and turns with the tensors.
class VelocityNetworkImpl : public torch::nn::Module {
 public:
  VelocityNetworkImpl(GeneratorConfig const& config, bool frames, bool ratios);

  VelocityContext prepare(NodeContext const& context);
  /// time (1, r).
  OrientationState forward(VelocityContext const& context, OrientationState const& state,
                           torch::Tensor const& time);
  /// Multiplications and additions for one row of prepare() and of forward().
  double prepare_operations() const;
  double operations() const;

 private:
  struct Parts {
    std::vector<torch::Tensor> invariants;
    torch::Tensor directions;  ///< (3, K, r) what the coefficients multiply
  };
  Parts axis_parts(VelocityContext const& context, torch::Tensor const& axis) const;
  Parts frame_parts(VelocityContext const& context, torch::Tensor const& frame) const;
  torch::Tensor pair_products(torch::Tensor const& values) const;

  bool frames_, ratios_;
  std::int64_t tensors_, units_, inputs_, outputs_;
  torch::Tensor first_of_pair_, second_of_pair_;
  Affine context_, project_, input_, hidden_, out_;
};
TORCH_MODULE(VelocityNetwork);

/// Fills all matrices of weights from Philox streams (seed, first + position): He et al. 2015, a
/// tenth of it for velocities, so that what follows them starts near rest. Returns the first
/// position not used.
std::uint64_t initialise_weights(torch::nn::Module& network, std::uint64_t seed,
                                 std::uint64_t first);

/// The state after following `velocity` for `time`: along great circles, or turning about one axis.
/// What of an axis's velocity lies along the axis is turned into its tangent plane.
OrientationState advance(OrientationState const& state, OrientationState const& velocity,
                         double time);

/// Velocity at a state and a time.
using VelocityField = std::function<OrientationState(OrientationState const&, double)>;

/// The state after a step of `length` from `time` by the midpoint rule, of second order; exact for
/// velocities along one great circle and for frames that turn about one of their own axes.
OrientationState midpoint_step(OrientationState const& state, VelocityField const& velocity,
                               double time, double length);

}  // namespace shearwater::learn
