// SPDX-License-Identifier: BSD-3-Clause
// The library's units: lengths Mpc/h (comoving), masses Msun/h, velocities km/s, angles radian.
// A quantity in another unit says so in its name (width_deg, noise_per_pixel).
#pragma once

#include <numbers>

namespace shearwater::units {

inline constexpr double speed_of_light_km_s = 299792.458;  // exact, SI definition
inline constexpr double hubble_distance = 2997.92458;      // c / (100 km/s/Mpc) [Mpc/h]
/// Critical density today [(Msun/h) / (Mpc/h)^3], the value of CCL's benchmark tables.
inline constexpr double critical_density = 2.7754e11;
/// Newton's constant [Mpc (km/s)^2 / Msun], of GM of the Sun (IAU 2015) and the parsec.
inline constexpr double gravity = 4.30091727e-9;

inline constexpr double cm_per_mpc = 3.0856775814913673e24;  // IAU 2015
inline constexpr double g_per_solar_mass = 1.98841e33;       // GM of IAU 2015 over G of CODATA 2018
/// Units of length [Mpc/h] and mass [Msun/h] in files of Gadget's layout: what its readers assume
/// where they do not look.
inline constexpr double gadget_length = 1e-3;
inline constexpr double gadget_mass = 1e10;

inline constexpr double degree = std::numbers::pi / 180.0;  // [radian]
inline constexpr double arcmin = degree / 60.0;             // [radian]

}  // namespace shearwater::units
