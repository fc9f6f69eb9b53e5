// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/members.hpp"

#include <set>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"

namespace shearwater::galaxies {

std::vector<std::int64_t> choose_members(std::int64_t members, std::int64_t chosen,
                                         std::uint64_t seed, std::uint64_t key) {
  core::require(chosen <= members, "more members are chosen than there are");
  core::Stream draws(seed, core::Purpose::satellite, key);
  std::set<std::int64_t> result;
  for (std::int64_t last = members - chosen; last < members; ++last) {
    auto const one = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(last + 1)));
    result.insert(result.contains(one) ? last : one);
  }
  return {result.begin(), result.end()};
}

void put_on_members(ExecSpace const& space, HaloBlock const& halos, MemberPlaces const& members,
                    GalaxyBlock& galaxies) {
  auto const g = galaxies;
  auto const centre = halos.position;
  auto const position = members.position;
  auto const velocity = members.velocity;
  double const side = members.box_side;
  bool const moves = g.velocity.extent(0) > 0;
  Kokkos::parallel_for(
      "galaxies::put_on_members", Kokkos::RangePolicy<ExecSpace>(space, 0, g.size()),
      KOKKOS_LAMBDA(std::int64_t i) {
        if (g.number(i) == 0) return;
        for (int a = 0; a < 3; ++a) {
          double away = position(i, a) - centre(g.halo(i), a);
          away -= side * Kokkos::floor(away / side + 0.5);
          g.offset(i, a) = static_cast<float>(away);
          g.position(i, a) = position(i, a);
          if (moves) g.velocity(i, a) = velocity(i, a);
        }
      });
}

}  // namespace shearwater::galaxies
