// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/catalogue_maps.hpp"

#include "shearwater/lensing/kaiser_squires.hpp"
#include "shearwater/survey/mask.hpp"

namespace shearwater::lensing {
namespace {

using HostMaps = Kokkos::View<float***, Kokkos::LayoutRight, HostSpace>;

Array3<float> masked_maps(std::vector<float> const& values, survey::ShearPixels const& shear) {
  HostMaps host("lensing::masked_maps", static_cast<std::size_t>(shear.bins),
                static_cast<std::size_t>(shear.pixels), static_cast<std::size_t>(shear.pixels));
  std::copy(values.begin(), values.end(), host.data());
  survey::apply_mask(shear.mask, {host.data(), host.size()});
  return Kokkos::create_mirror_view_and_copy(MemorySpace(), host);
}

std::vector<float> masked_values(Array3<float> const& maps, survey::ShearPixels const& shear) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), maps);
  std::vector<float> values(host.data(), host.data() + host.size());
  survey::apply_mask(shear.mask, values);
  return values;
}

}  // namespace

ConvergenceMaps convergence_maps(ExecSpace const& space, survey::ShearPixels const& shear,
                                 double width_deg) {
  KaiserSquires const transform({shear.pixels, width_deg});
  auto const gamma_1 = masked_maps(shear.gamma_1, shear);
  auto const gamma_2 = masked_maps(shear.gamma_2, shear);
  Array3<float> const kappa_e("lensing::kappa_e", gamma_1.extent(0), gamma_1.extent(1),
                              gamma_1.extent(2));
  Array3<float> const kappa_b("lensing::kappa_b", gamma_1.extent(0), gamma_1.extent(1),
                              gamma_1.extent(2));
  transform.convergence(space, gamma_1, gamma_2, kappa_e, kappa_b);
  return {masked_values(kappa_e, shear), masked_values(kappa_b, shear)};
}

}  // namespace shearwater::lensing
