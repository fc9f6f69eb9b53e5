// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/fields/correlated_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "aligned.hpp"
#include "even_transform.hpp"
#include "mode_factors.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/parallel/host_fft2.hpp"

namespace shearwater::fields {
namespace {

std::size_t to_size(std::int64_t n) { return static_cast<std::size_t>(n); }

}  // namespace

FieldReport& FieldReport::operator+=(FieldReport const& other) {
  clipped_lags += other.clipped_lags;
  clipped_modes += other.clipped_modes;
  return *this;
}

struct CorrelatedFields::Plan {
  Plan(FlatSky sky_in, std::int64_t count_in, std::vector<double> ell)
      : sky(sky_in),
        count(count_in),
        half(to_size(sky_in.pixels / 2)),
        nodes(ell.size()),
        fft(sky_in.pixels, sky_in.pixels),
        even(half),
        // A fill of one row of all fields: whole groups of normals.
        row_normals((2 * to_size(count_in) * (half + 1) + 63) / 64 * 64) {
    locate(ell);
  }
  void locate(std::vector<double> const& ell);

  FlatSky sky;
  std::int64_t count;
  std::size_t half, nodes;
  parallel::HostFft2 fft;
  EvenTransform even;
  std::size_t row_normals;
  /// For each mode of the quadrant: the multipole below it and how far it is to the next.
  std::vector<std::int32_t> node;
  std::vector<float> weight;
};

void CorrelatedFields::Plan::locate(std::vector<double> const& ell) {
  double const corner = std::sqrt(2.0) * sky.nyquist(), first = sky.fundamental();
  bool const increasing = std::is_sorted(ell.begin(), ell.end(), std::less_equal<>());
  if (ell.size() < 2 || !increasing || ell.front() > first * (1 + 1e-9) ||
      ell.back() < corner * (1 - 1e-9))
    throw core::InputError(
        fmt::format("the multipoles of the spectra must increase and cover [{:.6g}, {:.6g}], the "
                    "modes of a map of {} "
                    "pixels on {:g} degrees; they cover [{:.6g}, {:.6g}]",
                    first, corner, sky.pixels, sky.width_deg, ell.empty() ? 0 : ell.front(),
                    ell.empty() ? 0 : ell.back()));
  node.assign(even.plane_size(), 0);
  weight.assign(even.plane_size(), 0.0F);
  for (std::size_t a = 0; a <= half; ++a) {
    for (std::size_t b = 0; b <= half; ++b) {
      double const k = first * std::hypot(static_cast<double>(a), static_cast<double>(b));
      auto const above = std::upper_bound(ell.begin(), ell.end(), k) - ell.begin();
      auto const below = std::clamp<std::ptrdiff_t>(above - 1, 0, std::ssize(ell) - 2);
      double const low = ell[static_cast<std::size_t>(below)];
      double const high = ell[static_cast<std::size_t>(below) + 1];
      node[a * even.stride() + b] = static_cast<std::int32_t>(below);
      weight[a * even.stride() + b] =
          static_cast<float>(std::clamp((k - low) / (high - low), 0.0, 1.0));
    }
  }
}

class CorrelatedFields::Workspace {
 public:
  explicit Workspace(Plan const& plan)
      : factors(make_aligned<float>(to_size(plan.count * (plan.count + 1) / 2) *
                                    plan.even.plane_size())),
        scratch(make_aligned<float>(plan.even.scratch_size())),
        table(plan.nodes),
        normals(make_aligned<float>(plan.row_normals)),
        modes(make_aligned<std::complex<float>>(to_size(plan.count) * 2 * plan.half *
                                                (plan.half + 1))) {}
  Aligned<float> factors;  ///< (pairs, half + 1, stride): power, then its Cholesky factor
  Aligned<float> scratch;
  std::vector<float> table;
  Aligned<float> normals;
  Aligned<std::complex<float>> modes;  ///< (count, pixels, half + 1)
};

CorrelatedFields::CorrelatedFields(FlatSky sky, std::int64_t count, std::vector<double> ell) {
  if (count < 1 || count > 32)
    throw core::InputError(
        fmt::format("{} correlated fields were asked for: use between 1 and 32", count));
  plan_ = std::make_unique<Plan const>(sky, count, std::move(ell));
}
CorrelatedFields::~CorrelatedFields() = default;
CorrelatedFields::CorrelatedFields(CorrelatedFields&&) noexcept = default;

FlatSky const& CorrelatedFields::sky() const { return plan_->sky; }
std::int64_t CorrelatedFields::count() const { return plan_->count; }
std::shared_ptr<CorrelatedFields::Workspace> CorrelatedFields::make_workspace() const {
  return std::make_shared<Workspace>(*plan_);
}

FieldReport CorrelatedFields::prepare(std::span<double const> c_ell, std::span<double const> shifts,
                                      Workspace& workspace) const {
  Plan const& plan = *plan_;
  core::require(c_ell.size() == to_size(pairs()) * plan.nodes, "spectra are (pairs, multipoles)");
  core::require(shifts.empty() || shifts.size() == to_size(plan.count), "one shift for each field");
  for (double const shift : shifts)
    if (!(shift > 0.0) || !std::isfinite(shift))
      throw core::NumericsError(fmt::format("a lognormal shift of {} is not positive", shift));

  FieldReport report;
  std::size_t const plane = plan.even.plane_size();
  double const pixels = static_cast<double>(plan.sky.size());
  // Modes are drawn from unit normals for the real and the imaginary part, and the inverse
  // transform is not normalised: half the power, over the number of pixels.
  double const gaussian_scale = 0.5 / plan.sky.area();
  std::size_t pair = 0;
  for (std::int64_t i = 0; i < plan.count; ++i) {
    for (std::int64_t j = i; j < plan.count; ++j, ++pair) {
      float* const power = workspace.factors.get() + pair * plane;
      double const product =
          shifts.empty() ? 1.0 : shifts[to_size(i)] * shifts[to_size(j)] * plan.sky.area();
      double const scale = shifts.empty() ? gaussian_scale : 1.0 / product;
      for (std::size_t n = 0; n < plan.nodes; ++n) {
        double const value = scale * c_ell[pair * plan.nodes + n];
        if (!std::isfinite(value))
          throw core::NumericsError(
              fmt::format("the spectrum of fields {} and {} is {} at its multipole {}", i, j,
                          c_ell[pair * plan.nodes + n], n));
        workspace.table[n] = static_cast<float>(value);
      }
      interpolate_modes(workspace.table, plan.node, plan.weight, {power, plane});
      power[0] = 0.0F;
      if (shifts.empty()) continue;
      plan.even.apply(power, workspace.scratch.get());
      report.clipped_lags += log_correlations({power, plane}, plan.half + 1, plan.even.stride());
      plan.even.apply(power, workspace.scratch.get());
      scale_magnitudes({power, plane}, static_cast<float>(0.5 / pixels));
      power[0] = 0.0F;
    }
  }
  report.clipped_modes = cholesky_modes(workspace.factors.get(), to_size(plan.count), plan.half + 1,
                                        plan.even.stride());
  return report;
}

void CorrelatedFields::draw(std::uint64_t seed, std::uint64_t index, Workspace& workspace,
                            float* maps) const {
  Plan const& plan = *plan_;
  std::size_t const rows = 2 * plan.half, columns = plan.half + 1;
  ModeRow row{workspace.normals.get(), to_size(plan.count), columns, plan.even.plane_size()};
  for (std::size_t k = 0; k < rows; ++k) {
    core::fill_normals(seed, core::Purpose::field, index, k * plan.row_normals,
                       {workspace.normals.get(), plan.row_normals});
    std::size_t const a = std::min(k, rows - k);
    row.colour(workspace.factors.get() + a * plan.even.stride(),
               workspace.modes.get() + k * columns, rows * columns);
  }
  for (std::int64_t i = 0; i < plan.count; ++i) {
    std::complex<float>* const modes = workspace.modes.get() + to_size(i) * rows * columns;
    make_hermitian(modes, rows, columns);
    plan.fft.inverse(modes, maps + i * plan.sky.size());
  }
}

}  // namespace shearwater::fields
