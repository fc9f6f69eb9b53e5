// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/fields/map_summaries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "aligned.hpp"
#include "filtered_moments.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/fields/binned_power.hpp"
#include "shearwater/survey/mask.hpp"

namespace shearwater::fields {
namespace {

/// Keeps the logarithm of an empty map finite.
float safe_log(double value) { return static_cast<float>(std::log(std::max(value, 1e-30))); }

/// Summaries of the distribution of one filtered map.
constexpr std::array<char const*, 4> kMomentNames = {"ln_deviation", "skewness", "ln_kurtosis",
                                                     "ln_magnitude"};

/// A third moment over the deviations of its three factors; zero for an empty map.
float third_order(double moment, double deviations) {
  return deviations > 1e-45 ? static_cast<float>(std::clamp(moment / deviations, -50.0, 50.0))
                            : 0.0F;
}

float* write_moments(Moments const& m, float* out) {
  bool const empty = !(m.second > 1e-30);
  *out++ = 0.5F * safe_log(m.second);
  *out++ = third_order(m.third, std::pow(std::max(m.second, 0.0), 1.5));
  *out++ = empty ? 0.0F : safe_log(m.fourth / (m.second * m.second));
  *out++ = empty ? 0.0F : safe_log(m.magnitude / std::sqrt(m.second));
  return out;
}

}  // namespace

void SummaryConfig::describe(core::Fields& key) {
  key("enabled", enabled, "", "whether summaries of each map are made and given to the network");
  key("bands", bands, "", "bands of the power spectrum, logarithmic").between(1, 200);
  key("smoothing", smoothing, "pixels", "scales of Gaussian smoothing, increasing, 0 for none")
      .between(0, 1000);
  key("triple_products", triple_products, "",
      "whether mean products of three filtered maps (a bispectrum in broad bands) are among them");
}

struct MapSummaries::Plan {
  Plan(SummaryConfig const& config, FlatSky sky, std::int64_t channels_in)
      : channels(static_cast<std::size_t>(channels_in)),
        size(static_cast<std::size_t>(sky.size())),
        modes(static_cast<std::size_t>(sky.pixels * (sky.pixels / 2 + 1))),
        power(BinnedPower::logarithmic(sky, config.bands)),
        fft(sky.pixels, sky.pixels),
        filters(make_filters(sky, config.smoothing)),
        triples(config.triple_products ? all_triples(filters.size()) : std::vector<Triple>{}) {
    // In the order of `moments`: from the largest scale down.
    for (std::size_t i = filters.size(); i-- > 0;) {
      filtered_names.push_back(filters[i].name);
      if (i > 0 && i + 1 < filters.size())
        filtered_names.push_back(fmt::format("s{:g}", config.smoothing[i]));
    }
    name_all();
  }
  void name_all();
  /// Filters a half spectrum and writes the moments of all filtered maps; returns where to go on.
  float* moments(std::complex<float> const* of_modes, std::span<float const> mask,
                 Workspace& workspace, float* out) const;
  /// Writes the products of three of the maps that `moments` left; returns where to go on.
  float* products(std::span<float const> mask, Workspace& workspace, float* out) const;

  std::size_t channels, size, modes;
  BinnedPower power;
  parallel::HostFft2 fft;
  std::vector<ModeFilter> filters;
  std::vector<Triple> triples;
  std::vector<std::string> filtered_names, names;
};

void MapSummaries::Plan::name_all() {
  auto const band_name = [&](std::int64_t b) {
    auto const i = static_cast<std::size_t>(b);
    return fmt::format("l{:.0f}", std::sqrt(power.edges()[i] * power.edges()[i + 1]));
  };
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::int64_t b = 0; b < power.bands(); ++b)
      names.push_back(fmt::format("ln_power_{}_{}", c, band_name(b)));
    for (auto const& map_name : filtered_names)
      for (auto const* moment : kMomentNames)
        names.push_back(fmt::format("{}_{}_{}", moment, c, map_name));
    for (auto const [i, j, k] : triples)
      names.push_back(
          fmt::format("product_{}_{}_{}_{}", c, filters[i].name, filters[j].name, filters[k].name));
  }
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t d = c + 1; d < channels; ++d)
      for (std::int64_t b = 0; b < power.bands(); ++b)
        names.push_back(fmt::format("correlation_{}_{}_{}", c, d, band_name(b)));
}

class MapSummaries::Workspace {
 public:
  explicit Workspace(Plan const& plan)
      : modes(make_aligned<std::complex<float>>(plan.channels * plan.modes)),
        filtered(make_aligned<std::complex<float>>(plan.modes)),
        maps(make_aligned<float>(plan.filters.size() * plan.size)),
        low_pass(make_aligned<float>(plan.size)),
        deviation(plan.filters.size()),
        product(plan.triples.size()),
        power(plan.channels * static_cast<std::size_t>(plan.power.bands())),
        cross(static_cast<std::size_t>(plan.power.bands())) {}
  Aligned<std::complex<float>> modes, filtered;
  Aligned<float> maps;  ///< (filters, pixels, pixels)
  Aligned<float> low_pass;
  std::vector<double> deviation, product;
  std::vector<double> power, cross;
};

float* MapSummaries::Plan::moments(std::complex<float> const* of_modes, std::span<float const> mask,
                                   Workspace& workspace, float* out) const {
  // A low pass is the sum of the bands above its scale, which saves its transform.
  float* const low_pass = workspace.low_pass.get();
  for (std::size_t i = filters.size(); i-- > 0;) {
    float* const map = workspace.maps.get() + i * size;
    filters[i].apply(of_modes, workspace.filtered.get());
    fft.inverse(workspace.filtered.get(), map);
    auto const of_map = central_moments({map, size}, mask);
    workspace.deviation[i] = std::sqrt(std::max(of_map.second, 0.0));
    out = write_moments(of_map, out);
    if (i + 1 == filters.size()) std::copy_n(map, size, low_pass);
    if (i == 0 || i + 1 == filters.size()) continue;
    for (std::size_t p = 0; p < size; ++p) low_pass[p] += map[p];
    out = write_moments(central_moments({low_pass, size}, mask), out);
  }
  return out;
}

float* MapSummaries::Plan::products(std::span<float const> mask, Workspace& workspace,
                                    float* out) const {
  if (triples.empty()) return out;
  triple_products({workspace.maps.get(), filters.size() * size}, filters.size(), triples, mask,
                  workspace.product);
  auto const& sd = workspace.deviation;
  for (std::size_t t = 0; t < triples.size(); ++t) {
    auto const [i, j, k] = triples[t];
    *out++ = third_order(workspace.product[t], sd[i] * sd[j] * sd[k]);
  }
  return out;
}

MapSummaries::MapSummaries(SummaryConfig const& config, FlatSky sky, std::int64_t channels) {
  if (config.smoothing.empty() ||
      !std::is_sorted(config.smoothing.begin(), config.smoothing.end(), std::less_equal<>()))
    throw core::InputError(fmt::format(
        "summaries.smoothing = [{}]: must be a list of increasing scales in pixels, between 0 (no "
        "smoothing) and 1000, at least one, for example [0.5, 1, 2, 4, 8]; for a network without "
        "summaries set network.use_summaries = false",
        fmt::join(config.smoothing, ", ")));
  plan_ = std::make_unique<Plan const>(config, sky, channels);
}
MapSummaries::~MapSummaries() = default;
MapSummaries::MapSummaries(MapSummaries&&) noexcept = default;

std::int64_t MapSummaries::count() const { return std::ssize(plan_->names); }
std::vector<std::string> const& MapSummaries::names() const { return plan_->names; }
std::shared_ptr<MapSummaries::Workspace> MapSummaries::make_workspace() const {
  return std::make_shared<Workspace>(*plan_);
}

void MapSummaries::compute(std::span<float const> maps, std::span<float const> mask,
                           Workspace& workspace, std::span<float> summaries) const {
  Plan const& plan = *plan_;
  core::require(maps.size() == plan.channels * plan.size && std::ssize(summaries) == count(),
                "maps are (channels, pixels, pixels), summaries as many as names()");
  double const observed = mask.empty() ? 1.0 : std::max(survey::observed_fraction(mask), 1e-6);
  auto const bands = static_cast<std::size_t>(plan.power.bands());
  float* out = summaries.data();
  for (std::size_t c = 0; c < plan.channels; ++c) {
    std::complex<float>* const modes = workspace.modes.get() + c * plan.modes;
    std::span<double> const power(workspace.power.data() + c * bands, bands);
    plan.fft.forward(maps.data() + c * plan.size, modes);
    plan.power.measure(modes, modes, power);
    for (double const value : power) *out++ = safe_log(value / observed);
    out = plan.moments(modes, mask, workspace, out);
    out = plan.products(mask, workspace, out);
  }
  for (std::size_t c = 0; c < plan.channels; ++c) {
    for (std::size_t d = c + 1; d < plan.channels; ++d) {
      plan.power.measure(workspace.modes.get() + c * plan.modes,
                         workspace.modes.get() + d * plan.modes, workspace.cross);
      for (std::size_t b = 0; b < bands; ++b) {
        double const scale =
            std::sqrt(workspace.power[c * bands + b] * workspace.power[d * bands + b]);
        *out++ = scale > 0 ? static_cast<float>(workspace.cross[b] / scale) : 0.0F;
      }
    }
  }
}

}  // namespace shearwater::fields
