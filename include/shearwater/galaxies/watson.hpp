// SPDX-License-Identifier: BSD-3-Clause
// Axes scattered about an axis (Dimroth 1962, Watson 1965), headless, inside kernels:
//   p(cos t) ~ exp(-k cos^2 t),   k = -tan(pi mu / 2),
// with the strength mu from -1 (perpendicular) by 0 (uniform) to 1 (parallel), as halotools has it.
#pragma once

#include <Kokkos_Core.hpp>

#include "shearwater/galaxies/counter_random.hpp"

namespace shearwater::galaxies {

struct Vector {
  float x, y, z;
};
KOKKOS_INLINE_FUNCTION float dot(Vector const& a, Vector const& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
KOKKOS_INLINE_FUNCTION Vector cross(Vector const& a, Vector const& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
/// u a + v b + w c.
KOKKOS_INLINE_FUNCTION Vector combine(float u, Vector const& a, float v, Vector const& b, float w,
                                      Vector const& c) {
  return {u * a.x + v * b.x + w * c.x, u * a.y + v * b.y + w * c.y, u * a.z + v * b.z + w * c.z};
}
/// Of length 1; the zero vector stays.
KOKKOS_INLINE_FUNCTION Vector normalised(Vector const& a) {
  float const square = dot(a, a);
  float const unit = square > 0 ? 1 / Kokkos::sqrt(square) : 0.0F;
  return {unit * a.x, unit * a.y, unit * a.z};
}
/// Two unit vectors that make a right-handed frame with the unit vector n (Duff et al. 2017).
struct Plane {
  Vector first, second;
};
KOKKOS_INLINE_FUNCTION Plane plane_of(Vector const& n) {
  float const sign = n.z < 0 ? -1.0F : 1.0F, a = -1 / (sign + n.z), b = n.x * n.y * a;
  return {{1 + sign * n.x * n.x * a, sign * b, -sign * n.x}, {b, sign + n.y * n.y * a, -n.y}};
}

/// Of the angle to the axis, in [0, pi/2].
struct Angle {
  float cosine, sine;
};

/// Exact draws by rejection, each trial one block of words; its third and fourth words are left for
/// the caller (in `spare`). For parallel axes the envelope is exp(k' c) >= exp(k' c^2) on [0, 1],
/// of which at least half is accepted; for perpendicular ones half a normal, or a constant where
/// that is wider. Worked in 1 - cos t, so that strengths near 1 keep their digits.
KOKKOS_INLINE_FUNCTION Angle watson_angle(float mu, Draws& draws, Words& spare) {
  spare = draws.words();
  if (mu >= 1) return {1, 0};
  if (mu <= -1) return {0, 1};
  float const kappa = Kokkos::tan(1.57079632679F * mu);
  float const scale = kappa > 0.3F ? 1 / kappa : 0.0F;
  float const lowest = Kokkos::exp(-kappa);
  float const width = kappa < -1 ? 1 / Kokkos::sqrt(-2 * kappa) : 0.0F;
  for (std::uint32_t trial = 1; trial < Draws::for_each_galaxy / 2; ++trial) {
    float const u = uniform(spare.w[0]), v = uniform(spare.w[1]);
    if (scale > 0) {
      float const s = -scale * Kokkos::log(u + (1 - u) * lowest);
      if (s <= 1 && v <= Kokkos::exp(-kappa * s * (1 - s)))
        return {1 - s, Kokkos::sqrt(s * (2 - s))};
    } else {
      // Weak alignments fall here too, where the form above would lose digits.
      float const c = width > 0 ? width * Kokkos::fabs(normals(spare.w[0], spare.w[1]).first) : u;
      bool const accepted =
          width > 0 ? c <= 1 : v <= Kokkos::exp(kappa > 0 ? -kappa * (1 - c * c) : kappa * c * c);
      if (accepted) return {c, Kokkos::sqrt((1 - c) * (1 + c))};
    }
    spare = draws.words();
  }
  return {0.5F, 0.8660254F};  // never: 255 rejections of at least one half each
}

/// A unit vector scattered about the unit vector `about`; `roll` gets a uniform word for a further
/// angle.
KOKKOS_INLINE_FUNCTION Vector watson_axis(Vector const& about, float mu, Draws& draws,
                                          std::uint32_t& roll) {
  Words spare;
  auto const angle = watson_angle(mu, draws, spare);
  roll = spare.w[3];
  float const phi = 6.28318530718F * uniform(spare.w[2]);
  auto const plane = plane_of(about);
  return combine(angle.cosine, about, angle.sine * Kokkos::cos(phi), plane.first,
                 angle.sine * Kokkos::sin(phi), plane.second);
}

/// Uniform on the sphere.
KOKKOS_INLINE_FUNCTION Vector random_direction(std::uint32_t a, std::uint32_t b) {
  float const z = 2 * uniform(a) - 1, phi = 6.28318530718F * uniform(b);
  float const s = Kokkos::sqrt((1 - z) * (1 + z));
  return {s * Kokkos::cos(phi), s * Kokkos::sin(phi), z};
}

/// An angle psi of the same strength in a plane, p(psi) ~ exp(tan(pi mu / 2) cos^2 psi): von Mises
/// in 2 psi, drawn as Best & Fisher (1979) do.
KOKKOS_INLINE_FUNCTION float planar_angle(float mu, Draws& draws) {
  if (mu >= 1) return 0;
  if (mu <= -1) return 1.57079632679F;
  double const k = 0.5 * Kokkos::tan(1.5707963267948966 * Kokkos::fabs(static_cast<double>(mu)));
  auto w = draws.words();
  if (k < 1e-6) return 3.14159265359F * uniform(w.w[0]);
  double const tau = 1 + Kokkos::sqrt(1 + 4 * k * k);
  double const rho = (tau - Kokkos::sqrt(2 * tau)) / (2 * k), r = (1 + rho * rho) / (2 * rho);
  for (std::uint32_t trial = 1; trial < Draws::for_each_galaxy / 4; ++trial) {
    double const z = Kokkos::cos(3.141592653589793 * uniform32(w.w[0]));
    double const f = (1 + r * z) / (r + z), c = k * (r - f), u = uniform32(w.w[1]);
    if (c * (2 - c) - u > 0 || Kokkos::log(c / u) + 1 - c >= 0) {
      double const sign = (w.w[2] & 1U) != 0 ? 0.5 : -0.5;
      double const psi = sign * Kokkos::acos(f > 1 ? 1.0 : f < -1 ? -1.0 : f);
      return static_cast<float>(mu < 0 ? psi + 1.5707963267948966 : psi);
    }
    w = draws.words();
  }
  return 0;  // never: 127 rejections
}

}  // namespace shearwater::galaxies
