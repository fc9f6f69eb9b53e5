// SPDX-License-Identifier: BSD-3-Clause
// Numbers made with colossus 1.4.0 (Diemer 2018) and hmf 3.5.2 (Murray et al. 2013), 2026-11.
// Cosmology: flat, Om 0.3111, Ob 0.04897, h 0.6766, n_s 0.9665, sigma_8 0.8102, T_cmb 2.7255 K, no
// radiation. f(sigma): colossus' press74 and sheth99 (deltac_args = {"corrections": False}) and
// tinker08. sigma(M) and dn/dlnM: sums over 60,001 wavenumbers of colossus' own power
// (eisenstein98, interpolation = False) with its growth factor, and its f(sigma): its own sigma(M)
// scatters by 5e-5, and its slope more.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "shearwater/cosmology/mass_function.hpp"

using namespace shearwater::cosmology;

namespace {

constexpr double overdensities[3] = {200, 800, 3200};

/// sigma(M, z), then dn/dlnM [(h/Mpc)^3] of Press & Schechter, Sheth & Tormen, and Tinker et al. at
/// 200, 800 and 3200 mean densities.
struct Row {
  double redshift, mass, sigma, press_schechter, sheth_tormen, tinker[3];
};
constexpr Row colossus[] = {
    {0, 1e11, 2.8721095, 4.2272587e-2, 3.0442320e-2, {3.1920797e-2, 2.9217598e-2, 2.3860799e-2}},
    {0, 1e13, 1.4539200, 7.1777013e-4, 4.7722511e-4, {5.3292898e-4, 3.8948918e-4, 2.3940117e-4}},
    {0, 1e14, 9.2871772e-1, 5.1789830e-5, 4.0388951e-5, {4.7551877e-5, 2.7556933e-5, 1.1524816e-5}},
    {0, 1e15, 5.3368064e-1, 3.9659245e-7, 7.2217838e-7, {7.3230594e-7, 1.9497840e-7, 1.6348774e-8}},
    {1, 1e11, 1.7463599, 5.1818818e-2, 3.4329583e-2, {3.3152502e-2, 2.3767493e-2, 1.4589263e-2}},
    {1, 1e13, 8.8404271e-1, 3.7494556e-4, 3.0350200e-4, {3.0534012e-4, 1.4572044e-4, 4.1266463e-5}},
    {1, 1e14, 5.6469830e-1, 5.1237804e-6, 8.0784868e-6, {7.0529169e-6, 1.7559927e-6, 1.2626903e-7}},
    {1,
     1e15,
     3.2449962e-1,
     1.3111529e-10,
     2.6246243e-9,
     {9.3411243e-10, 2.2845849e-11, 1.0299690e-14}},
    {2, 1e11, 1.2012129, 4.4821122e-2, 3.0880010e-2, {2.8500157e-2, 1.6000969e-2, 6.5812464e-3}},
    {2, 1e13, 6.0807829e-1, 7.1852247e-5, 9.6215714e-5, {7.9085757e-5, 2.0795496e-5, 1.7031216e-6}},
    {2,
     1e14,
     3.8842102e-1,
     5.1912285e-8,
     3.2495661e-7,
     {1.5864067e-7, 9.9866303e-9, 3.6162612e-11}}};

/// f(sigma) of colossus at sigma = 0.5, 1, 2; parameters of the table's own rows, unrounded
/// nowhere.
struct Share {
  double redshift, overdensity, at[3];
};
constexpr Share colossus_tinker[] = {
    {0, 200, {0.019269325547163884, 0.28320826870493426, 0.33784623681563386}},
    {0, 400, {0.010001105613112928, 0.2256163597394803, 0.3092590143650052}},
    {0, 1600, {0.0012547547229354045, 0.1228402190903115, 0.2359268591614137}},
    {1, 200, {0.015838401355213406, 0.2436970748111983, 0.30204749961216193}},
    {1, 800, {0.002901383383698671, 0.12874389408368578, 0.229335479147849}},
    {1, 3200, {0.00010756700898575633, 0.04476554965508995, 0.1539366273053245}}};
/// The same of hmf, which takes unrounded parameters for the table's rows and splines between them.
constexpr Share hmf_tinker[] = {
    {0, 250, {0.015821713902078427, 0.26327792504679964, 0.32669614434362404}},
    {0, 500, {0.007841127449893485, 0.206215075229541, 0.29735528612927403}},
    {0, 1000, {0.0029669025688754975, 0.15340965311834165, 0.2611776592088502}},
    {1, 500, {0.005854462858315027, 0.16472265016704501, 0.25350096723109505}},
    {1, 1000, {0.0018586390909276667, 0.10993209984776826, 0.21506819609989855}},
    {1, 2000, {0.00039339163778546305, 0.06710273553023755, 0.17763185165711995}}};

LinearPower planck_power() {
  return LinearPower(named_cosmology("planck18"), Transfer::eisenstein_hu, Drag::jax_cosmo);
}

/// The largest relative difference of f(sigma) at sigma = 0.5, 1, 2 from number `first` on.
double worst_share(MassFunction const& function, double const (&expected)[3], int first = 0) {
  double worst = 0;
  for (int i = first; i < 3; ++i)
    worst = std::max(worst, std::abs(function.multiplicity(0.5 * (1 << i)) / expected[i] - 1));
  return worst;
}

}  // namespace

TEST_CASE("mass functions are those of colossus", "[cosmology][regression]") {
  auto const power = planck_power();
  for (auto const& row : colossus) {
    MassFunction const press_schechter(power, Multiplicity::press_schechter, row.redshift);
    MassFunction const sheth_tormen(power, Multiplicity::sheth_tormen, row.redshift);
    INFO("z = " << row.redshift << ", M = " << row.mass << ": sigma off by "
                << press_schechter.sigma(row.mass) / row.sigma - 1 << ", Press-Schechter by "
                << press_schechter(row.mass) / row.press_schechter - 1 << ", Sheth-Tormen by "
                << sheth_tormen(row.mass) / row.sheth_tormen - 1);
    CHECK_THAT(press_schechter.sigma(row.mass), WithinRel(row.sigma, 1e-5));
    // Our critical density is 1.2e-5 above theirs, and the tail is steep in sigma.
    CHECK_THAT(press_schechter(row.mass), WithinRel(row.press_schechter, 2e-4));
    CHECK_THAT(sheth_tormen(row.mass), WithinRel(row.sheth_tormen, 2e-4));
    for (int d = 0; d < 3; ++d) {
      MassFunction const tinker(power, Multiplicity::tinker, row.redshift, overdensities[d]);
      INFO("Tinker, " << overdensities[d] << ": off by " << tinker(row.mass) / row.tinker[d] - 1);
      CHECK_THAT(tinker(row.mass), WithinRel(row.tinker[d], 2e-4));
    }
  }
}

TEST_CASE("multiplicities alone are those of colossus and hmf", "[cosmology][regression]") {
  auto const power = planck_power();
  double const press_schechter[3] = {0.009110126273381139, 0.32457316572911143,
                                     0.47150594005750446};
  double const sheth_tormen[3] = {0.020058924325651862, 0.24155149222328925, 0.31601042722587025};
  // Their delta_c has six digits.
  CHECK(worst_share({power, Multiplicity::press_schechter, 0}, press_schechter) < 3e-6);
  CHECK(worst_share({power, Multiplicity::sheth_tormen, 0}, sheth_tormen) < 3e-6);
  for (auto const& share : colossus_tinker) {
    MassFunction const tinker(power, Multiplicity::tinker, share.redshift, share.overdensity);
    CHECK(worst_share(tinker, share.at) < 1e-12);
  }
  // Unrounded parameters and another end of the spline: 1.3 %, and 3 % in the tail at sigma = 0.5.
  for (auto const& share : hmf_tinker) {
    MassFunction const tinker(power, Multiplicity::tinker, share.redshift, share.overdensity);
    INFO(share.overdensity << " at z = " << share.redshift << ": off by "
                           << worst_share(tinker, share.at) << ", without the tail by "
                           << worst_share(tinker, share.at, 1));
    CHECK(worst_share(tinker, share.at) < 0.035);
    CHECK(worst_share(tinker, share.at, 1) < 0.015);
  }
}
