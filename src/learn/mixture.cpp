// SPDX-License-Identifier: BSD-3-Clause
#include "mixture.hpp"

#include <cmath>
#include <numbers>
#include <vector>

namespace shearwater::learn {

namespace {

constexpr double unit_softplus = 0.541324854612918;  // softplus(ln(e - 1)) = 1
constexpr double least_diagonal = 1e-4;

/// Where each entry of a (P, P) matrix lies in a row of the P (P - 1) / 2 entries below its
/// diagonal followed by one zero.
torch::Tensor entry_index(std::int64_t parameters) {
  auto const zero = parameters * (parameters - 1) / 2;
  std::vector<std::int64_t> index(static_cast<std::size_t>(parameters * parameters), zero);
  for (std::int64_t i = 0, next = 0; i < parameters; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      index[static_cast<std::size_t>(i * parameters + j)] = next++;
  return torch::tensor(index, torch::kInt64);
}

}  // namespace

std::int64_t mixture_width(std::int64_t components, std::int64_t parameters) {
  return components * (1 + 2 * parameters + parameters * (parameters - 1) / 2);
}

Mixture make_mixture(torch::Tensor const& raw, std::int64_t components, std::int64_t parameters) {
  auto const n = raw.size(0), p = parameters, k = components;
  auto const below = p * (p - 1) / 2;
  auto const parts =
      raw.view({n, k, 1 + 2 * p + below}).split_with_sizes({1, p, p, below}, /*dim=*/2);
  Mixture mixture;
  mixture.log_weights = at::log_softmax(parts[0].squeeze(2), 1);
  mixture.means = parts[1];
  mixture.diagonal = at::softplus(parts[2] + unit_softplus) + least_diagonal;
  auto const entries = at::cat({parts[3], at::zeros({n, k, 1}, raw.options())}, 2);
  mixture.below = entries.index_select(2, entry_index(p).to(raw.device())).view({n, k, p, p});
  return mixture;
}

torch::Tensor log_density(Mixture const& mixture, torch::Tensor const& u) {
  auto const distance = u.unsqueeze(1) - mixture.means;
  auto const mixed = (mixture.below * distance.unsqueeze(2)).sum(3);
  auto const z = mixture.diagonal * (distance + mixed);
  auto const exponent = mixture.log_weights + (mixture.diagonal.log() - 0.5 * z * z).sum(2);
  auto const normalisation = 0.5 * static_cast<double>(u.size(1)) * std::log(2 * std::numbers::pi);
  return at::logsumexp(exponent, 1) - normalisation;
}

torch::Tensor scale_tril(Mixture const& mixture) {
  auto const p = mixture.diagonal.size(2);
  auto const unit = at::eye(p, mixture.below.options());
  auto const factor = mixture.diagonal.unsqueeze(3) * (mixture.below + unit);
  return at::linalg_solve_triangular(factor, unit.expand_as(factor), /*upper=*/false);
}

}  // namespace shearwater::learn
