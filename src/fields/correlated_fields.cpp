// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/fields/correlated_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "aligned.hpp"
#include "column_fft.hpp"
#include "even_transform.hpp"
#include "lognormal_power.hpp"
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
  Plan(FlatSky sky_in, std::int64_t count_in, std::vector<double> const& ell)
      : sky(sky_in),
        count(count_in),
        half(to_size(sky_in.pixels / 2)),
        fft(sky_in.pixels, sky_in.pixels),
        columns(ColumnFft::possible(2 * half) ? std::make_optional<ColumnFft>(2 * half)
                                              : std::nullopt),
        even(half),
        table(sky_in, even, ell),
        // A fill of one row of all fields: whole groups of normals.
        row_normals((2 * to_size(count_in) * (half + 1) + 63) / 64 * 64) {}

  FlatSky sky;
  std::int64_t count;
  std::size_t half;
  parallel::HostFft2 fft;
  std::optional<ColumnFft> columns;  ///< where the length allows it, in place of FFTW's columns
  EvenTransform even;
  ModeTable table;
  std::size_t row_normals;
};

class CorrelatedFields::Workspace {
 public:
  explicit Workspace(Plan const& plan)
      : factors(make_aligned<float>(to_size(plan.count * (plan.count + 1) / 2) *
                                    plan.even.plane_size())),
        scratch(make_aligned<float>(
            std::max(plan.even.scratch_size(), 2 * plan.half * ColumnFft::kRow))),
        table(plan.table.table_size()),
        normals(make_aligned<float>(plan.row_normals + EvenTransform::kBlock)),
        modes(make_aligned<std::complex<float>>(to_size(plan.count) * 2 * plan.half *
                                                (plan.half + 1))) {}
  Aligned<float> factors;  ///< (pairs, half + 1, stride): power, then its Cholesky factor
  Aligned<float> scratch;
  std::vector<float> table;
  Aligned<float> normals;
  Aligned<std::complex<float>> modes;  ///< (count, pixels, half + 1)
};

CorrelatedFields::CorrelatedFields(FlatSky sky, std::int64_t count,
                                   std::vector<double> const& ell) {
  if (count < 1 || count > 32)
    throw core::InputError(
        fmt::format("{} correlated fields were asked for: use between 1 and 32", count));
  plan_ = std::make_unique<Plan const>(sky, count, ell);
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
  std::size_t const nodes = plan.table.nodes();
  core::require(c_ell.size() == to_size(pairs()) * nodes, "spectra are (pairs, multipoles)");
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
      for (std::size_t n = 0; n < nodes; ++n) {
        double const value = scale * c_ell[pair * nodes + n];
        if (!std::isfinite(value))
          throw core::NumericsError(
              fmt::format("the spectrum of fields {} and {} is {} at its multipole {}", i, j,
                          c_ell[pair * nodes + n], n));
        workspace.table[n] = static_cast<float>(value);
      }
      if (shifts.empty())
        tabulated_power(plan.even, plan.table, workspace.table.data(), power);
      else
        report.clipped_lags +=
            lognormal_power(plan.even, plan.table, workspace.table.data(),
                            static_cast<float>(0.5 / pixels), power, workspace.scratch.get());
    }
  }
  report.clipped_modes = cholesky_modes(workspace.factors.get(), to_size(plan.count), plan.half + 1,
                                        plan.even.stride());
  return report;
}

void CorrelatedFields::draw_modes(std::uint64_t seed, std::uint64_t index,
                                  Workspace& workspace) const {
  Plan const& plan = *plan_;
  std::size_t const rows = 2 * plan.half, columns = plan.half + 1;
  ModeRow row{workspace.normals.get(), to_size(plan.count), columns, plan.even.plane_size()};
  auto const draw_row = [&](std::size_t k, float const* factors) {
    core::fill_normals(seed, core::Purpose::field, index, k * plan.row_normals,
                       {workspace.normals.get(), plan.row_normals});
    row.colour(factors, workspace.modes.get() + k * columns, rows * columns);
  };
  // Rows k and -k have the same factors.
  for (std::size_t a = 0; a <= plan.half; ++a) {
    float const* const factors = workspace.factors.get() + a * plan.even.stride();
    draw_row(a, factors);
    if (a > 0 && a < plan.half) draw_row(rows - a, factors);
  }
}

void CorrelatedFields::make_map(std::int64_t field, Workspace& workspace, float* map) const {
  std::size_t const rows = 2 * plan_->half, columns = plan_->half + 1;
  std::complex<float>* const modes = workspace.modes.get() + to_size(field) * rows * columns;
  make_hermitian(modes, rows, columns);
  if (plan_->columns) {
    plan_->columns->apply_half_spectrum(modes, columns, workspace.scratch.get());
    plan_->fft.inverse_rows(modes, map);
  } else {
    plan_->fft.inverse(modes, map);
  }
}

void CorrelatedFields::draw(std::uint64_t seed, std::uint64_t index, Workspace& workspace,
                            float* maps) const {
  draw_modes(seed, index, workspace);
  for (std::int64_t i = 0; i < plan_->count; ++i)
    make_map(i, workspace, maps + i * plan_->sky.size());
}

}  // namespace shearwater::fields
