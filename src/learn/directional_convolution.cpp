// SPDX-License-Identifier: BSD-3-Clause
#include "directional_convolution.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "edge_rows.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::learn {

namespace {

/// Unit vectors from a cell of a 3 x 3 x 3 stencil to the other 26.
torch::Tensor stencil_directions() {
  auto result = at::empty({26, 3}, torch::kFloat32);
  float* next = result.data_ptr<float>();
  for (int x = -1; x <= 1; ++x)
    for (int y = -1; y <= 1; ++y)
      for (int z = -1; z <= 1; ++z) {
        if (x == 0 && y == 0 && z == 0) continue;
        auto const length = std::sqrt(static_cast<float>(x * x + y * y + z * z));
        for (int const value : {x, y, z}) *next++ = static_cast<float>(value) / length;
      }
  return result;
}

/// Squared lengths (E, 1) and differences (E, 3) between the ends of edges.
struct Separations {
  torch::Tensor vector, squared;
  Separations(torch::Tensor const& near, torch::Tensor const& far, GraphEdges const& edges)
      : vector(to_edges(far, edges, EdgeEnd::node) - to_edges(near, edges, EdgeEnd::source)),
        squared(vector.square().sum(1, true)) {}

  /// Unit vectors, 0 where the ends coincide.
  torch::Tensor unit() const {
    // Both branches of where() must be finite, since the gradient of the other one is times zero.
    auto const together = squared == 0;
    auto const length = at::where(together, at::ones_like(squared), squared).sqrt();
    return at::where(together, at::zeros_like(vector), vector / length);
  }
};

/// Sums of the edges' weights (E, 1) at each node that they start from: (N, 1).
torch::Tensor sums_of(torch::Tensor const& weight, GraphEdges const& edges) {
  return aggregate(weight, at::ones({edges.far_nodes(), 1}, weight.options()), edges).squeeze(2);
}

void fill_normal(torch::Tensor const& weight, double sd, std::uint64_t seed, std::uint64_t index) {
  std::vector<float> values(static_cast<std::size_t>(weight.numel()));
  core::fill_normals(seed, core::Purpose::initial_weights, index, 0, values);
  weight.copy_(sd * torch::from_blob(values.data(), weight.sizes(), torch::kFloat32));
}

}  // namespace

std::int64_t DirectionalConvolutionConfig::directions_used() const {
  if (directions == "stencil") return 26;
  return directions == "isotropic" ? 1 : count;
}

void DirectionalConvolutionConfig::check() const {
  if (directions != "stencil" && directions != "learned" && directions != "isotropic")
    throw core::InputError("directions = \"" + directions +
                           "\": must be \"stencil\", \"learned\" or \"isotropic\"");
  if (radial != "gaussian" && radial != "learned" && radial != "one")
    throw core::InputError("radial = \"" + radial +
                           "\": must be \"gaussian\", \"learned\" or \"one\"");
  if (in < 1 || out < 1 || count < 1 || !(scale > 0))
    throw core::InputError("a graph convolution from " + std::to_string(in) + " to " +
                           std::to_string(out) + " features with " + std::to_string(count) +
                           " directions and scale " + std::to_string(scale) +
                           ": all must be positive");
}

DirectionalConvolutionImpl::DirectionalConvolutionImpl(DirectionalConvolutionConfig const& config)
    : config_(config) {
  config.check();
  auto const m = config.directions_used();
  auto const matrices = m + (config.own ? 1 : 0);
  weight_ = register_parameter("weight", at::zeros({matrices * config.in, config.out}));
  bias_ = register_parameter("bias", at::zeros({config.out}));
  if (config.directions == "learned")
    directions_ = register_parameter("directions", at::zeros({m, 3}));
  if (config.directions == "stencil")
    directions_ = register_buffer("directions", stencil_directions());
  if (config.radial == "learned")
    log_scale_ = register_parameter("log_scale", at::full({1}, std::log(config.scale)));
}

std::uint64_t DirectionalConvolutionImpl::initialise(std::uint64_t seed, std::uint64_t first) {
  torch::NoGradGuard const no_grad;
  fill_normal(weight_, std::sqrt(2.0 / static_cast<double>(config_.in)), seed, first++);
  if (config_.directions == "learned") fill_normal(directions_, 1.0, seed, first++);
  return first;
}

torch::Tensor DirectionalConvolutionImpl::radial_weights(torch::Tensor const& squared) const {
  if (config_.radial == "one") return at::ones_like(squared);
  if (config_.radial == "learned") return at::exp(-0.5 * squared * at::exp(-2 * log_scale_));
  return at::exp(squared * (-0.5 / (config_.scale * config_.scale)));
}

EdgeRays DirectionalConvolutionImpl::rays(torch::Tensor const& positions,
                                          GraphEdges const& edges) const {
  Separations const separations(positions, positions, edges);
  auto const radial = radial_weights(separations.squared);
  auto const root = at::rsqrt(1 + sums_of(radial, edges));
  auto const strength =
      radial * to_edges(root, edges, EdgeEnd::source) * to_edges(root, edges, EdgeEnd::node);
  if (config_.directions == "isotropic") return {{}, strength};
  return {separations.unit(), strength};
}

EdgeRays DirectionalConvolutionImpl::rays(torch::Tensor const& near, torch::Tensor const& far,
                                          GraphEdges const& edges) const {
  Separations const separations(near, far, edges);
  auto const radial = radial_weights(separations.squared);
  // All of a node's edges may be so long that the sum is 0 in single precision.
  auto const total = sums_of(radial, edges).clamp_min(std::numeric_limits<float>::min());
  auto const strength = radial / to_edges(total, edges, EdgeEnd::source);
  if (config_.directions == "isotropic") return {{}, strength};
  return {separations.unit(), strength};
}

torch::Tensor DirectionalConvolutionImpl::edge_weights(EdgeRays const& rays) const {
  if (config_.directions == "isotropic") return rays.strength;
  return direction_weights(rays.unit, rays.strength, directions_.to(rays.unit.scalar_type()));
}

torch::Tensor DirectionalConvolutionImpl::edge_weights(torch::Tensor const& positions,
                                                       GraphEdges const& edges) const {
  return edge_weights(rays(positions, edges));
}

torch::Tensor DirectionalConvolutionImpl::apply_weights(torch::Tensor const& features,
                                                        torch::Tensor const& edge_weights,
                                                        GraphEdges const& edges) const {
  if (!config_.own) return aggregate_product(edge_weights, features, weight_, edges).add_(bias_);
  // Two products with parts of one matrix: no copy of (features, sums) side by side is needed.
  auto own = at::addmm(bias_, features, weight_.narrow(0, 0, config_.in));
  auto const rest = weight_.narrow(0, config_.in, weight_.size(0) - config_.in);
  return own.add_(aggregate_product(edge_weights, features, rest, edges));
}

torch::Tensor DirectionalConvolutionImpl::forward(torch::Tensor const& features,
                                                  torch::Tensor const& positions,
                                                  GraphEdges const& edges) const {
  return apply_weights(features, edge_weights(positions, edges), edges);
}

}  // namespace shearwater::learn
