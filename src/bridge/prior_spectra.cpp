// SPDX-License-Identifier: BSD-3-Clause
#include "prior_spectra.hpp"

#include <algorithm>

#include "shearwater/lensing/parameter_range.hpp"

namespace shearwater::bridge {
namespace {

/// Five standard deviations, cut at the prior's bounds and at what can be simulated.
cosmology::ParameterRange range_of(statistics::ParameterPrior const& prior) {
  cosmology::ParameterRange range{prior.name, prior.low, prior.high};
  if (prior.kind != "uniform") {
    range.low = std::max(range.low, prior.mean - 5 * prior.sd);
    range.high = std::min(range.high, prior.mean + 5 * prior.sd);
  }
  for (auto const& limit : lensing::parameter_limits()) {
    if (limit.name != prior.name) continue;
    range.low = std::max(range.low, limit.low);
    range.high = std::min(range.high, limit.high);
  }
  return range;
}

}  // namespace

PriorSpectra::PriorSpectra(cosmology::Cosmology const& base, statistics::Prior const& prior,
                           std::vector<cosmology::RedshiftDistribution> const& sources,
                           cosmology::SpectraConfig const& config,
                           std::shared_ptr<cosmology::LinearTable const> table,
                           std::vector<double> ell, bool interpolate)
    : names_(prior.names()), ell_(std::move(ell)), spectra_(sources, config, std::move(table)) {
  // Multipole zero carries no mode; the spectra begin at one half.
  for (double& l : ell_) l = std::max(l, 0.5);
  if (!interpolate || prior.size() < 1 || prior.size() > 3) return;
  std::vector<cosmology::ParameterRange> ranges;
  for (std::int64_t p = 0; p < prior.size(); ++p) ranges.push_back(range_of(prior.parameter(p)));
  table_ = std::make_unique<cosmology::SpectraInterpolator const>(spectra_, base, ranges, ell_);
}

void PriorSpectra::evaluate(cosmology::Cosmology const& cosmology, std::span<double> c_ell) const {
  if (!table_) {
    spectra_.evaluate(cosmology, ell_, c_ell);
    return;
  }
  std::vector<double> values;
  for (auto const& name : names_) values.push_back(cosmology.get(name));
  table_->evaluate(values, c_ell);
}

}  // namespace shearwater::bridge
