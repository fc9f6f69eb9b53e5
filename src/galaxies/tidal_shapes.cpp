// SPDX-License-Identifier: BSD-3-Clause
#include "tidal_shapes.hpp"

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

class TidalOrienter : public Orienter {
 public:
  explicit TidalOrienter(Response const& response) : response_(response) {}
  bool needs_tides() const override { return true; }
  void orient(ExecSpace const& space, HaloBlock const& halos, GalaxyBlock& galaxies) const override;

 private:
  Response response_;
};

void TidalOrienter::orient(ExecSpace const& space, HaloBlock const& halos,
                           GalaxyBlock& galaxies) const {
  auto const n = galaxies.size();
  galaxies.axes = unset<Array3<float>>("galaxies::axes", n, 3, 3);
  galaxies.axis_ratios = unset<Array2<float>>("galaxies::axis_ratios", n, 2);
  bool const known = halos.tidal_values.extent(0) > 0;
  bool const timed = halos.growth.extent(0) > 0;
  auto const response = response_;
  auto const h = halos;
  auto const g = galaxies;
  Kokkos::parallel_for(
      "galaxies::orient_by_tides", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        std::int64_t const host = g.halo(i);
        float tide[3] = {0, 0, 0}, squared[3] = {1, 1, 1};
        bool there = known;
        for (int a = 0; a < 3 && there; ++a) {
          tide[a] = h.tidal_values(host, a);
          there = Kokkos::isfinite(tide[a]);
        }
        if (there)
          response.lengths(tide, timed ? h.growth(host) : response.growth, squared);
        else
          g.flag(i) |= io::unknown_tides;
        int order[3];
        sort_falling(squared, order);
        for (int a = 0; a < 3; ++a) {
          if (squared[a] < kLeast) g.flag(i) |= io::clipped_shape;
          squared[a] = squared[a] < kLeast ? kLeast : squared[a];
        }
        for (int a = 0; a < 3; ++a)
          for (int k = 0; k < 3; ++k)
            g.axes(i, a, k) = there ? h.tidal_axes(host, order[a], k) : (a == k ? 1.0F : 0.0F);
        for (int a = 0; a < 2; ++a)
          g.axis_ratios(i, a) = Kokkos::sqrt(squared[order[a + 1]] / squared[order[0]]);
      });
}

}  // namespace

std::unique_ptr<Orienter> make_tidal_orienter(OrientationConfig const& config,
                                              TidalAmplitude const& amplitude) {
  double const unit = kAlignment * amplitude.omega_m;
  return std::make_unique<TidalOrienter>(
      Response{static_cast<float>(-config.a_1 * unit), static_cast<float>(5 * config.a_2 * unit),
               static_cast<float>(config.density_bias), static_cast<float>(amplitude.growth)});
}

}  // namespace shearwater::galaxies
