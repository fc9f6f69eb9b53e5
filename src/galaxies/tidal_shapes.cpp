// SPDX-License-Identifier: BSD-3-Clause
#include "tidal_shapes.hpp"

#include "axis_rows.hpp"
#include "shape_draws.hpp"
#include "shearwater/io/galaxy_file.hpp"

namespace shearwater::galaxies {

namespace {

/// C1 rho_crit of Hirata & Seljak (2004) as Bridle & King (2007) fix it: 5e-14 (Msun h^2/Mpc^3)^-1
/// times 2.7754e11 h^2 Msun / Mpc^3.
constexpr double kAlignment = 0.01388;
/// Least eigenvalue of the squared half-lengths.
constexpr float kLeast = 0.01F;

/// Numbers that kernels copy.
struct Response {
  float c_1, c_2;  ///< at a growth of 1
  float density_bias, growth;

  /// Squared half-lengths along the three tidal axes, at a linear growth.
  KOKKOS_INLINE_FUNCTION void lengths(float const tide[3], float at, float squared[3]) const {
    float const delta = tide[0] + tide[1] + tide[2];
    float s[3], square = 0;
    for (int a = 0; a < 3; ++a) {
      s[a] = tide[a] - delta / 3;
      square += s[a] * s[a];
    }
    float const linear = c_1 / at * (1 + density_bias * delta), torque = c_2 / (at * at);
    for (int a = 0; a < 3; ++a)
      squared[a] = 1 + 4 * (linear * s[a] + torque * (s[a] * s[a] - square / 3));
  }
};

/// The order of three numbers, falling.
KOKKOS_INLINE_FUNCTION void sort_falling(float const value[3], int order[3]) {
  for (int a = 0; a < 3; ++a) order[a] = a;
  auto const swap_if_rising = [&](int i, int j) {
    if (value[order[i]] >= value[order[j]]) return;
    int const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  };
  swap_if_rising(0, 1);
  swap_if_rising(1, 2);
  swap_if_rising(0, 1);
}

/// Eigenvectors, in the columns of `axes`, and eigenvalues, on the diagonal of `m`, of a symmetric
/// matrix: Jacobi's turns, three sweeps beyond single precision.
KOKKOS_INLINE_FUNCTION void diagonalise(float m[3][3], float axes[3][3]) {
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) axes[i][j] = i == j ? 1.0F : 0.0F;
  for (int turn = 0; turn < 18; ++turn) {
    int const p = turn % 3 == 2 ? 1 : 0, q = turn % 3 == 0 ? 1 : 2;
    if (m[p][q] == 0) continue;
    float const theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
    float const t =
        (theta < 0 ? -1.0F : 1.0F) / (Kokkos::fabs(theta) + Kokkos::sqrt(theta * theta + 1));
    float const c = 1 / Kokkos::sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; ++k) {
      float const kp = m[k][p], kq = m[k][q];
      m[k][p] = c * kp - s * kq;
      m[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < 3; ++k) {
      float const pk = m[p][k], qk = m[q][k];
      m[p][k] = c * pk - s * qk;
      m[q][k] = s * pk + c * qk;
    }
    for (int k = 0; k < 3; ++k) {
      float const kp = axes[k][p], kq = axes[k][q];
      axes[k][p] = c * kp - s * kq;
      axes[k][q] = s * kp + c * kq;
    }
  }
}

/// An ellipsoid turned at random: the matrix of its squared half-lengths, in any frame.
KOKKOS_INLINE_FUNCTION void random_ellipsoid(Ratios const& ratios, Draws& draws, float m[3][3]) {
  auto const w = draws.words();
  Vector const major = random_direction(w.w[0], w.w[1]);
  auto const plane = plane_of(major);
  float const roll = 6.28318530718F * uniform(w.w[2]);
  Vector const middle =
      combine(Kokkos::cos(roll), plane.first, Kokkos::sin(roll), plane.second, 0, major);
  Vector const minor = cross(major, middle);
  Vector const axes[3] = {major, middle, minor};
  float const square[3] = {1, ratios.q * ratios.q, ratios.s * ratios.s};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) m[i][j] = 0;
  for (int a = 0; a < 3; ++a) {
    float const v[3] = {axes[a].x, axes[a].y, axes[a].z};
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) m[i][j] += square[a] * v[i] * v[j];
  }
}

class TidalOrienter : public Orienter {
 public:
  TidalOrienter(Response const& response, RatioScatter const& ratios, std::uint64_t seed)
      : response_(response), ratios_(ratios), seed_(seed) {}
  bool needs_tides() const override { return true; }
  void orient(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock& galaxies) const override;

 private:
  Response response_;
  RatioScatter ratios_;
  std::uint64_t seed_;
};

void TidalOrienter::orient(ExecSpace const& space, HaloBlock const& halos,
                           GalaxyBlock& galaxies) const {
  auto const n = galaxies.size();
  galaxies.axes = unset<Array3<float>>("galaxies::axes", n, 3, 3);
  galaxies.axis_ratios = unset<Array2<float>>("galaxies::axis_ratios", n, 2);
  bool const known = halos.tidal_values.extent(0) > 0;
  bool const timed = halos.growth.extent(0) > 0;
  auto const response = response_;
  auto const scatter = ratios_;
  auto const seed = seed_;
  auto const h = halos;
  auto const g = galaxies;
  Kokkos::parallel_for(
      "galaxies::orient_by_tides", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        std::int64_t const host = g.halo(i);
        float tide[3] = {0, 0, 0}, stretch[3] = {1, 1, 1};
        bool there = known;
        for (int a = 0; a < 3 && there; ++a) {
          tide[a] = h.tidal_values(host, a);
          there = Kokkos::isfinite(tide[a]);
        }
        if (there)
          response.lengths(tide, timed ? h.growth(host) : response.growth, stretch);
        else
          g.flag(i) |= io::unknown_tides;
        for (int a = 0; a < 3; ++a) {
          if (stretch[a] < kLeast) g.flag(i) |= io::clipped_shape;
          stretch[a] = Kokkos::sqrt(stretch[a] < kLeast ? kLeast : stretch[a]);
        }
        Draws draws(seed, core::Purpose::orientation, h.key(host), g.number(i));
        float m[3][3], turned[3][3], value[3];
        random_ellipsoid(draw_ratios(scatter, draws), draws, m);
        for (int a = 0; a < 3; ++a)
          for (int b = 0; b < 3; ++b) m[a][b] *= stretch[a] * stretch[b];
        diagonalise(m, turned);
        for (int a = 0; a < 3; ++a) value[a] = m[a][a];
        int order[3];
        sort_falling(value, order);
        for (int a = 0; a < 3; ++a) {
          float axis[3] = {0, 0, 0};
          for (int b = 0; b < 3; ++b)
            for (int k = 0; k < 3; ++k)
              axis[k] +=
                  turned[b][order[a]] * (there ? h.tidal_axes(host, b, k) : (b == k ? 1.0F : 0.0F));
          store(g.axes, i, a, normalised({axis[0], axis[1], axis[2]}));
        }
        for (int a = 0; a < 2; ++a) {
          float const ratio = value[order[a + 1]] / value[order[0]];
          g.axis_ratios(i, a) = Kokkos::sqrt(ratio > 0 ? ratio : 0.0F);
        }
      });
}

}  // namespace

std::unique_ptr<Orienter> make_tidal_orienter(OrientationConfig const& config, std::uint64_t seed,
                                              TidalAmplitude const& amplitude) {
  double const unit = kAlignment * amplitude.omega_m;
  return std::make_unique<TidalOrienter>(
      Response{static_cast<float>(-config.a_1 * unit), static_cast<float>(5 * config.a_2 * unit),
               static_cast<float>(config.density_bias), static_cast<float>(amplitude.growth)},
      RatioScatter::of(config), seed);
}

}  // namespace shearwater::galaxies
