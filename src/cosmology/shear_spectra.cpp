// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/shear_spectra.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "spectra_plan.hpp"
#include "vector_math.hpp"

namespace shearwater::cosmology {

namespace {

using Numbers = std::vector<double>;
constexpr double two_pi2 = 2 * std::numbers::pi * std::numbers::pi;
constexpr std::size_t points = 6;  // of the interpolations in ln k and ln l

/// Values at x in [0, 1] of the Lagrange polynomials of the nodes -2, -1, 0, 1, 2, 3.
std::array<double, points> lagrange6(double x) {
  double const a = x + 2, b = x + 1, d = x - 1, e = x - 2, f = x - 3;
  return {-b * x * d * e * f / 120, a * x * d * e * f / 24,  -a * b * d * e * f / 12,
          a * b * x * e * f / 12,   -a * b * x * d * f / 24, a * b * x * d * e / 120};
}

/// The dark energy density relative to today's, and E^2, at the times of a grid.
struct Expansion {
  Numbers squared, dark;
  Expansion(Cosmology const& c, TimeGrid const& times) : squared(times.size()), dark(times.size()) {
    double const power = -3 * (1 + c.w_0 + c.w_a), slope = 3 * c.w_a, omega_de = c.omega_de();
    double const omega_m = c.omega_m(), omega_k = c.omega_k, omega_r = c.omega_r;
    double const *log_a = times.log_a.data(), *inverse = times.inverse_a.data();
    double *const e2 = squared.data(), *const de = dark.data();
    std::size_t const count = times.size();
    for (std::size_t i = 0; i < count; ++i) {
      double const x = inverse[i];
      de[i] = omega_de * vector_math::exp(power * log_a[i] - slope * (1 - 1 / x));
      e2[i] = de[i] + ((omega_r * x + omega_m) * x + omega_k) * x * x;
    }
  }
};

/// Everything of one cosmology at the redshift nodes.
struct Nodes {
  Numbers chi, sine, cosine, inverse_e, growth, omega_m, dark_energy;
  double growth_today = 1;  ///< D(1) with D = a in the matter era
};

}  // namespace

/// One evaluation: the stages in their order, on tables of its own.
class SpectraEvaluation {
 public:
  SpectraEvaluation(ShearSpectra::Plan const& plan, Cosmology const& cosmology)
      : plan_(plan), cosmology_(cosmology) {
    distances();
    growth();
    kernels();
    linear_power();
    if (plan_.config.nonlinear) radii();
  }
  void limber(std::span<double const> ell, std::span<double> c_ell) const;

 private:
  using Plan = ShearSpectra::Plan;
  void distances();
  void growth();
  void kernels();
  void linear_power();
  void transfer(Numbers& shape) const;
  void radii();
  NonlinearScale scale(double growth, std::size_t& interval) const;
  /// Delta^2 of node j at the multipole nodes.
  void linear_row(std::size_t node, double log_ell, std::span<double> row) const;
  void halofit_row(std::size_t node, double log_ell, NonlinearScale const& scale,
                   std::span<double> row) const;
  void interpolate(Numbers const& sums, double log_ell_min, std::size_t count,
                   std::span<double const> ell, std::span<double> c_ell) const;

  Plan const& plan_;
  Cosmology const& cosmology_;
  Nodes nodes_;
  Numbers kernel_;  ///< (bins, nodes)
  Numbers delta2_;  ///< (ell_stride, row): phase j mod ell_stride of the wavenumber grid, then
                    ///< j/ell_stride
  Numbers log_sigma2_, slope_, curvature_;
};

void SpectraEvaluation::distances() {
  std::size_t const count = plan_.nodes;
  Expansion const expansion(cosmology_, plan_.half_nodes);
  Numbers rate(2 * count - 1);
  for (std::size_t i = 0; i < rate.size(); ++i) rate[i] = 1 / std::sqrt(expansion.squared[i]);
  nodes_ = {Numbers(count), Numbers(count), Numbers(count), Numbers(count),
            Numbers(count), Numbers(count), Numbers(count)};
  auto const& dz = plan_.half_dz;
  double const curvature = std::sqrt(std::abs(cosmology_.omega_k)) / units::hubble_distance;
  for (std::size_t j = 0; j < count; ++j) {
    std::size_t const i = 2 * j;
    if (j > 0)
      nodes_.chi[j] = nodes_.chi[j - 1] +
                      units::hubble_distance / 6 *
                          (rate[i - 2] * dz[i - 2] + 4 * rate[i - 1] * dz[i - 1] + rate[i] * dz[i]);
    double const chi = nodes_.chi[j], x = curvature * chi;
    bool const open = cosmology_.omega_k > 0, flat = cosmology_.omega_k == 0;
    nodes_.sine[j] = flat ? chi : (open ? std::sinh(x) : std::sin(x)) / curvature;
    nodes_.cosine[j] = flat ? 1 : open ? std::cosh(x) : std::cos(x);
    nodes_.inverse_e[j] = rate[i];
    double const inverse = plan_.half_nodes.inverse_a[i], e2 = expansion.squared[i];
    nodes_.omega_m[j] = cosmology_.omega_m() * inverse * inverse * inverse / e2;
    double const w = cosmology_.w_0 + cosmology_.w_a * (1 - plan_.scale_factor[j]);
    nodes_.dark_energy[j] = expansion.dark[i] / e2 * (1 + w);
  }
}

void SpectraEvaluation::growth() {
  // f' = source - f (f + friction), (ln D)' = f: Runge-Kutta of order four, as Background has it.
  auto const& times = plan_.growth_times;
  Expansion const expansion(cosmology_, times);
  std::size_t const count = times.size(), steps = Plan::growth_steps;
  Numbers source(count), friction(count), f(steps + 1), log_d(steps + 1);
  for (std::size_t i = 0; i < count; ++i) {
    double const x = times.inverse_a[i], e2 = expansion.squared[i];
    double const w = cosmology_.w_0 + cosmology_.w_a * (1 - 1 / x);
    double const falling =
        ((4 * cosmology_.omega_r * x + 3 * cosmology_.omega_m()) * x + 2 * cosmology_.omega_k) * x *
        x;
    source[i] = 1.5 * cosmology_.omega_m() * x * x * x / e2;
    friction[i] = 2 - 0.5 * (falling + 3 * (1 + w) * expansion.dark[i]) / e2;
  }
  f[0] = 0.5 * (std::sqrt(friction[0] * friction[0] + 4 * source[0]) - friction[0]);
  log_d[0] = Plan::growth_start;
  double const h = Plan::growth_step;
  for (std::size_t n = 0; n < steps; ++n) {
    auto slope = [&](std::size_t i, double value) {
      return source[i] - value * (value + friction[i]);
    };
    double const k1 = slope(2 * n, f[n]), k2 = slope(2 * n + 1, f[n] + 0.5 * h * k1);
    double const k3 = slope(2 * n + 1, f[n] + 0.5 * h * k2), k4 = slope(2 * n + 2, f[n] + h * k3);
    f[n + 1] = f[n] + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6;
    log_d[n + 1] = log_d[n] + h * (f[n] + h * (k1 + k2 + k3) / 6);
  }
  nodes_.growth_today = std::exp(log_d[steps]);
  for (std::size_t j = 0; j < plan_.nodes; ++j) {
    std::size_t const n = plan_.growth_interval[j];
    double const t = plan_.growth_fraction[j], u = 1 - t;
    double const log_growth = u * u * ((1 + 2 * t) * log_d[n] + t * h * f[n]) +
                              t * t * ((1 + 2 * u) * log_d[n + 1] - u * h * f[n + 1]);
    nodes_.growth[j] = std::exp(log_growth - log_d[steps]);
  }
}

void SpectraEvaluation::kernels() {
  std::size_t const count = plan_.nodes;
  double const distance = units::hubble_distance;
  double const poisson = 1.5 * cosmology_.omega_m() / (distance * distance);
  Numbers cotangent(count);  // z cot_K(chi), which tends to H0/c
  cotangent[0] = 1 / distance;
  for (std::size_t j = 1; j < count; ++j)
    cotangent[j] = plan_.z[j] * nodes_.cosine[j] / nodes_.sine[j];
  kernel_.assign(plan_.bins * count, 0.0);
  double const intrinsic =
      plan_.config.alignment_amplitude * alignment_normalisation * cosmology_.omega_m() / distance;
  for (std::size_t b = 0; b < plan_.bins; ++b) {
    double above = 0;
    for (std::size_t j = count; j-- > 1;) {
      if (j + 1 < count) {
        double const* const weights = &plan_.panel[(b * (count - 1) + j) * 4];
        double const* const values = &cotangent[plan_.stencil(j)];
        above += weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2] +
                 weights[3] * values[3];
      }
      double const sine = nodes_.sine[j];
      double const lensing =
          poisson * (1 + plan_.z[j]) * sine *
          (plan_.galaxies_above[b * count + j] * nodes_.cosine[j] - sine * above);
      kernel_[b * count + j] = lensing - intrinsic * plan_.alignment[j] *
                                             plan_.density[b * count + j] /
                                             (nodes_.growth[j] * nodes_.inverse_e[j]);
    }
  }
}

void SpectraEvaluation::transfer(Numbers& shape) const {
  if (!plan_.config.wiggles) {
    TransferFunction const smooth(cosmology_, Transfer::eisenstein_hu_no_wiggle);
    for (std::size_t j = 0; j < Plan::wavenumbers; ++j) shape[j] = smooth(plan_.k[j]);
    return;
  }
  // TransferFunction::wiggle, with its powers of k tabulated.
  EisensteinHuNumbers const n(cosmology_, plan_.drag);
  double const to_q = 1 / (13.41 * n.k_equality), to_q108 = 69.9 * std::pow(to_q, 1.08);
  double const to_silk = std::pow(n.k_silk, -1.4), node3 = std::pow(n.beta_node, 3);
  double const beta3 = std::pow(n.beta_b, 3), fb = n.baryon_fraction;
  double const *const wavenumber = plan_.k.data(), *const k108 = plan_.k_108.data();
  double const* const k14 = plan_.k_14.data();
  double* const out = shape.data();
  for (std::size_t j = 0; j < Plan::wavenumbers; ++j) {
    double const q = wavenumber[j] * to_q, q2 = q * q;
    double const x = wavenumber[j] * n.sound_horizon, x2 = x * x, x3 = x2 * x;
    double const damping = 386 / (1 + to_q108 * k108[j]);
    double const log_cold = vector_math::log(std::numbers::e + 1.8 * n.beta_c * q);
    double const log_baryon = vector_math::log(std::numbers::e + 1.8 * q);
    double const f = 1 / (1 + x2 * x2 / (5.4 * 5.4 * 5.4 * 5.4));
    double const cold = f * log_cold / (log_cold + (14.2 + damping) * q2) +
                        (1 - f) * log_cold / (log_cold + (14.2 / n.alpha_c + damping) * q2);
    double const shifted = x2 * vector_math::exp(-vector_math::log(x3 + node3) / 3);
    double const sinc = vector_math::sin(shifted) / shifted;
    double const smooth =
        log_baryon / (log_baryon + (14.2 + damping) * q2) / (1 + x2 / (5.2 * 5.2));
    double const silk = n.alpha_b * x3 / (x3 + beta3) * vector_math::exp(-to_silk * k14[j]);
    out[j] = fb * sinc * (smooth + silk) + (1 - fb) * cold;
  }
}

void SpectraEvaluation::linear_power() {
  constexpr std::size_t count = Plan::wavenumbers, row = count / Plan::ell_stride;
  static_assert(count % Plan::ell_stride == 0);
  Numbers shape(count);
  transfer(shape);
  double const slope = 3 + cosmology_.n_s;
  for (std::size_t j = 0; j < count; ++j)
    shape[j] = shape[j] * shape[j] * vector_math::exp(slope * plan_.log_k[j]);
  double norm;
  if (cosmology_.a_s > 0) {
    double const poisson = units::hubble_distance * units::hubble_distance * nodes_.growth_today /
                           cosmology_.omega_m();
    norm = 4.0 / 25 * cosmology_.a_s * poisson * poisson *
           std::pow(cosmology_.h / 0.05, cosmology_.n_s - 1);
  } else {
    double variance = 0;
    for (std::size_t j = 0; j < count; ++j) variance += shape[j] * plan_.top_hat2[j];
    norm = cosmology_.sigma_8 * cosmology_.sigma_8 / (variance * Plan::log_k_step);
  }
  delta2_.resize(count);
  for (std::size_t j = 0; j < count; ++j)
    delta2_[j % Plan::ell_stride * row + j / Plan::ell_stride] = norm * shape[j];
}

void SpectraEvaluation::radii() {
  // sigma^2(R) and its derivatives today: a correlation on the common logarithmic grid.
  constexpr std::size_t stride = Plan::radius_stride, row = Plan::wavenumbers / Plan::ell_stride;
  Numbers s0(Plan::radii), s1(Plan::radii), s2(Plan::radii);
  for (std::size_t j = 0; j < Plan::wavenumbers; ++j) {
    double const power = delta2_[j % Plan::ell_stride * row + j / Plan::ell_stride];
    std::size_t const first = j % stride * plan_.gauss_row + j / stride;
    double const *const g0 = &plan_.gauss0[first], *const g2 = &plan_.gauss2[first];
    double const* const g4 = &plan_.gauss4[first];
    // Larger radii see nothing of this wavenumber: y = kR beyond 7.
    double const reach = (1.95 - plan_.log_k[j] - Plan::log_radius_min) / Plan::log_radius_step;
    auto const count = static_cast<std::size_t>(std::clamp(reach + 1, 0.0, double{Plan::radii}));
    double *const a = s0.data(), *const b = s1.data(), *const c = s2.data();
    for (std::size_t i = 0; i < count; ++i) {
      a[i] += power * g0[i];
      b[i] += power * g2[i];
      c[i] += power * g4[i];
    }
  }
  log_sigma2_.resize(Plan::radii), slope_.resize(Plan::radii), curvature_.resize(Plan::radii);
  for (std::size_t i = 0; i < Plan::radii; ++i) {
    double const ratio = s1[i] / s0[i];
    log_sigma2_[i] = std::log(s0[i] * Plan::log_k_step);
    slope_[i] = -2 * ratio;
    curvature_[i] = 4 * (ratio - s2[i] / s0[i] + ratio * ratio);
  }
}

NonlinearScale SpectraEvaluation::scale(double growth, std::size_t& interval) const {
  double const target = -2 * std::log(growth), h = Plan::log_radius_step;
  if (log_sigma2_.front() <= target) return {};
  while (interval > 0 && log_sigma2_[interval] <= target) --interval;
  while (interval + 2 < Plan::radii && log_sigma2_[interval + 1] > target) ++interval;
  std::size_t const n = interval;
  auto hermite = [&](Numbers const& f, double d0, double d1, double t) {
    double const u = 1 - t;
    return u * u * ((1 + 2 * t) * f[n] + t * h * d0) +
           t * t * ((1 + 2 * u) * f[n + 1] - u * h * d1);
  };
  auto slope = [&](double t) { return hermite(slope_, -curvature_[n], -curvature_[n + 1], t); };
  double t = (target - log_sigma2_[n]) / (log_sigma2_[n + 1] - log_sigma2_[n]);
  for (int iteration = 0; iteration < 3; ++iteration)
    t -= (hermite(log_sigma2_, slope_[n], slope_[n + 1], t) - target) / (h * slope(t));
  NonlinearScale result;
  result.k_sigma = std::exp(-(Plan::log_radius_min + h * (static_cast<double>(n) + t)));
  result.n_eff = -3 - slope(t);
  std::size_t const first = std::clamp<std::size_t>(n, 1, Plan::radii - 3) - 1;
  double const x = t + static_cast<double>(n - first);
  result.curvature = -(x - 1) * (x - 2) * (x - 3) / 6 * curvature_[first] +
                     x * (x - 2) * (x - 3) / 2 * curvature_[first + 1] -
                     x * (x - 1) * (x - 3) / 2 * curvature_[first + 2] +
                     x * (x - 1) * (x - 2) / 6 * curvature_[first + 3];
  return result;
}

void SpectraEvaluation::linear_row(std::size_t node, double log_ell, std::span<double> row) const {
  constexpr std::size_t stride = Plan::ell_stride, length = Plan::wavenumbers / stride;
  double const position =
      (log_ell - std::log(nodes_.sine[node]) - Plan::log_k_min) / Plan::log_k_step;
  std::fill(row.begin(), row.end(), 0.0);
  // Multipoles whose stencil leaves the grid (k beyond 1e-5 to 3e4 h/Mpc) get no power.
  double const base = std::floor(position);
  auto const weights = lagrange6(position - base);
  double const skipped = std::max(0.0, std::ceil((2 - base) / stride));
  auto const begin = static_cast<std::size_t>(std::min(skipped, static_cast<double>(row.size())));
  double const room = (static_cast<double>(Plan::wavenumbers) - 4 - base) / stride;
  auto const end = static_cast<std::size_t>(
      std::clamp(std::floor(room) + 1, 0.0, static_cast<double>(row.size())));
  if (begin >= end) return;
  double const growth2 = nodes_.growth[node] * nodes_.growth[node];
  auto const first = static_cast<std::size_t>(base + static_cast<double>(stride * begin) - 2);
  std::array<double const*, points> from;
  std::array<double, points> w;
  for (std::size_t t = 0; t < points; ++t) {
    from[t] = &delta2_[(first + t) % stride * length + (first + t) / stride];
    w[t] = weights[t] * growth2;
  }
  double* const out = row.data() + begin;
  for (std::size_t m = 0; m < end - begin; ++m) {
    double const value = w[0] * from[0][m] + w[1] * from[1][m] + w[2] * from[2][m] +
                         w[3] * from[3][m] + w[4] * from[4][m] + w[5] * from[5][m];
    out[m] = value > 0 ? value : 0;
  }
}

void SpectraEvaluation::halofit_row(std::size_t node, double log_ell, NonlinearScale const& at,
                                    std::span<double> row) const {
  HalofitCoefficients const h(at, nodes_.omega_m[node], nodes_.dark_energy[node]);
  double const log_y0 = log_ell - std::log(nodes_.sine[node] * h.k_sigma);
  double const steep = 3 - h.gamma, log_shift = std::log(h.c * h.f3);
  double* const delta2 = row.data();
  std::size_t const count = row.size();
  for (std::size_t m = 0; m < count; ++m) {
    double const log_y = log_y0 + Plan::log_ell_step * static_cast<double>(m);
    double const y = vector_math::exp(log_y), linear = delta2[m];
    double const two_halo =
        linear / (1 + h.alpha * linear) *
        vector_math::exp(h.beta * vector_math::log(1 + linear) - y * (0.25 + 0.125 * y));
    double const one_halo =
        h.a * vector_math::exp(3 * h.f1 * log_y) /
        (1 + h.b * vector_math::exp(h.f2 * log_y) + vector_math::exp(steep * (log_y + log_shift)));
    delta2[m] = two_halo + one_halo * y * y / (y * y + h.nu);
  }
}

void SpectraEvaluation::limber(std::span<double const> ell, std::span<double> c_ell) const {
  auto const [low, high] = std::minmax_element(ell.begin(), ell.end());
  double const log_min = std::log(*low + 0.5) - 2 * Plan::log_ell_step;
  auto const count = static_cast<std::size_t>(
      std::ceil((std::log(*high + 0.5) - log_min) / Plan::log_ell_step) + 4);
  // sums(pair, l) = sum over nodes of weight dchi/dz W_i W_j f_K Delta^2: C_l but for 2 pi^2/(l +
  // 1/2)^3.
  std::size_t const bins = plan_.bins, pairs = bins * (bins + 1) / 2;
  Numbers sums(pairs * count), row(count);
  std::size_t interval = Plan::radii / 2;
  for (std::size_t node = 1; node < plan_.nodes; ++node) {
    linear_row(node, log_min, row);
    if (plan_.config.nonlinear) {
      auto const at = scale(nodes_.growth[node], interval);
      if (at.k_sigma > 0) halofit_row(node, log_min, at, row);
    }
    double const weight =
        plan_.weight[node] * units::hubble_distance * nodes_.inverse_e[node] * nodes_.sine[node];
    double* sum = sums.data();
    for (std::size_t i = 0; i < bins; ++i) {
      for (std::size_t j = i; j < bins; ++j, sum += count) {
        double const factor =
            weight * kernel_[i * plan_.nodes + node] * kernel_[j * plan_.nodes + node];
        for (std::size_t m = 0; m < count; ++m) sum[m] += factor * row[m];
      }
    }
  }
  interpolate(sums, log_min, count, ell, c_ell);
}

void SpectraEvaluation::interpolate(Numbers const& sums, double log_ell_min, std::size_t count,
                                    std::span<double const> ell, std::span<double> c_ell) const {
  std::size_t const pairs = sums.size() / count;
  for (std::size_t e = 0; e < ell.size(); ++e) {
    double const shifted = ell[e] + 0.5;
    double const position = (vector_math::log(shifted) - log_ell_min) / Plan::log_ell_step;
    auto const base = std::min(static_cast<std::size_t>(std::max(position, 2.0)), count - 4);
    auto weights = lagrange6(position - static_cast<double>(base));
    double const spin = plan_.config.spin_prefactor ? spin_prefactor(ell[e]) : 1;
    double const factor = spin * two_pi2 / (shifted * shifted * shifted);
    for (auto& weight : weights) weight *= factor;
    for (std::size_t p = 0; p < pairs; ++p) {
      double const* const from = &sums[p * count + base - 2];
      c_ell[p * ell.size() + e] = weights[0] * from[0] + weights[1] * from[1] +
                                  weights[2] * from[2] + weights[3] * from[3] +
                                  weights[4] * from[4] + weights[5] * from[5];
    }
  }
}

void SpectraConfig::describe(core::Fields& field) {
  field("nonlinear", nonlinear, "", "halofit (Takahashi et al. 2012); false: linear spectrum");
  field("wiggles", wiggles, "", "baryon oscillations of Eisenstein & Hu (1998)");
  field("drag", drag, "", "convention of the drag epoch in that fit").one_of({"ccl", "jax_cosmo"});
  field("spin_prefactor", spin_prefactor, "",
        "multiply by (l+2)(l+1)l(l-1)/(l+1/2)^4: shear on the curved sky");
  field("alignment_amplitude", alignment_amplitude, "",
        "amplitude of the nonlinear alignment model")
      .between(-20, 20);
  field("alignment_eta", alignment_eta, "", "its power of (1+z)/(1+pivot)").between(-10, 10);
  field("alignment_pivot", alignment_pivot, "", "its pivot redshift").between(0, 10);
}

ShearSpectra::ShearSpectra(std::vector<RedshiftDistribution> const& sources,
                           SpectraConfig const& config)
    : plan_(std::make_unique<Plan const>(sources, config)) {}
ShearSpectra::~ShearSpectra() = default;
ShearSpectra::ShearSpectra(ShearSpectra&&) noexcept = default;
ShearSpectra& ShearSpectra::operator=(ShearSpectra&&) noexcept = default;

std::int64_t ShearSpectra::bins() const { return static_cast<std::int64_t>(plan_->bins); }

std::int64_t ShearSpectra::pair(std::int64_t i, std::int64_t j) const {
  auto const [low, high] = std::minmax(i, j);
  return low * bins() - low * (low - 1) / 2 + high - low;
}

void ShearSpectra::evaluate(Cosmology const& cosmology, std::span<double const> ell,
                            std::span<double> c_ell) const {
  core::require(c_ell.size() == static_cast<std::size_t>(pairs()) * ell.size(),
                "c_ell must hold pairs x multipoles");
  for (double const l : ell)
    if (!(l >= 0.5 && l <= 1e5))
      throw core::InputError(fmt::format("shear spectra: l = {} must be between 0.5 and 1e5", l));
  if (ell.empty()) return;
  cosmology.check();
  SpectraEvaluation(*plan_, cosmology).limber(ell, c_ell);
}

}  // namespace shearwater::cosmology
