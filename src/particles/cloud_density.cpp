// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/cloud_density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <vector>

#include "shearwater/core/error.hpp"
#include "shearwater/particles/check_positions.hpp"

namespace shearwater::particles {
namespace {

using Fft = parallel::Fft3<double>;
/// (own planes and the one above, side, side): mass in whole numbers.
using Counts = Kokkos::View<std::uint64_t***, Kokkos::LayoutRight, MemorySpace>;
using Rows = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;

/// Particles of one rank that travel together.
constexpr std::int64_t batch_size = std::int64_t{1} << 18;

/// A particle on its way to the planes that it adds to.
struct Cloud {
  double x[3];    ///< [Mpc/h]
  double weight;  ///< in whole numbers that its mass counts for
};

/// The host's view of a rank's particles.
template <class T>
struct HostParticles {
  Kokkos::View<T const**, Kokkos::LayoutStride, HostSpace> x;
  Kokkos::View<double const*, Kokkos::LayoutRight, HostSpace> mass;
  double length;  ///< of a unit of whole numbers
  double unit;    ///< whole numbers for a mass of 1

  Cloud cloud(std::size_t row) const {
    return {{coordinate(x(row, 0), length), coordinate(x(row, 1), length),
             coordinate(x(row, 2), length)},
            mass.extent(0) > 0 ? mass(row) * unit : unit};
  }
};

/// Collective over comm: particles with the unit in which the sum of all masses stays below 2^63.
template <class T>
HostParticles<T> on_host(parallel::Communicator const& comm, ExecSpace const& space,
                         ParticleSet<T> const& particles) {
  HostParticles<T> host;
  host.length = particles.position_unit;
  comm.together([&] {
    check_positions<T>(space, particles.positions, particles.box_side);
    host.mass = Kokkos::create_mirror_view_and_copy(HostSpace(), particles.masses);
    for (std::size_t row = 0; row < host.mass.extent(0); ++row)
      if (!(host.mass(row) > 0 && std::isfinite(host.mass(row))))
        throw core::InputError(fmt::format(
            "particle {} (row from 0, of this rank) has a mass of {:g} Msun/h: masses must be "
            "positive; leave out the particles without one",
            row, host.mass(row)));
  });
  host.x = Kokkos::create_mirror_view_and_copy(HostSpace(), particles.positions);
  auto const total = comm.sum(static_cast<std::int64_t>(host.x.extent(0)));
  if (total == 0) throw core::InputError("the density of no particles is not known: give some");
  double heaviest = 0;
  for (std::size_t row = 0; row < host.mass.extent(0); ++row)
    heaviest = std::max(heaviest, host.mass(row));
  heaviest = comm.max(heaviest);
  auto const bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(total)));
  host.unit = std::ldexp(heaviest > 0 ? 1 / heaviest : 1.0, 62 - bits);
  return host;
}

/// Collective over the ranks of fft: rows [first, last) of every rank's particles, on the ranks
/// that own the planes next below them.
template <class T>
std::vector<Cloud> send_to_planes(Fft const& fft, HostParticles<T> const& particles,
                                  double box_side, std::int64_t first, std::int64_t last) {
  auto const& comm = fft.comm();
  std::vector<std::vector<Cloud>> to(static_cast<std::size_t>(comm.size()));
  for (std::int64_t row = first; row < last; ++row) {
    auto const cloud = particles.cloud(static_cast<std::size_t>(row));
    auto const plane = MeshPlace::of(cloud.x[0], box_side, fft.side()).node;
    to[static_cast<std::size_t>(parallel::owner_of(plane, fft.side(), comm.size()))].push_back(
        cloud);
  }
  return comm.deliver(to);
}

void add_clouds(ExecSpace const& space, std::vector<Cloud> const& clouds, double box_side,
                std::int64_t first_plane, Counts const& mass) {
  Array1<Cloud> const here(Kokkos::view_alloc("particles::clouds", Kokkos::WithoutInitializing),
                           clouds.size());
  using Host = Kokkos::View<Cloud const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
  Kokkos::deep_copy(here, Host(clouds.data(), clouds.size()));
  std::int64_t const side = mass.extent_int(1);
  Kokkos::parallel_for(
      "particles::add_clouds", Rows(space, 0, std::ssize(clouds)), KOKKOS_LAMBDA(std::int64_t c) {
        Cloud const cloud = here(c);
        auto const x = MeshPlace::of(cloud.x[0], box_side, side),
                   y = MeshPlace::of(cloud.x[1], box_side, side),
                   z = MeshPlace::of(cloud.x[2], box_side, side);
        for (int corner = 0; corner < 8; ++corner) {
          int const i = corner >> 2, j = (corner >> 1) & 1, k = corner & 1;
          double const weight = (i == 0 ? 1 - x.part : x.part) * (j == 0 ? 1 - y.part : y.part) *
                                (k == 0 ? 1 - z.part : z.part);
          Kokkos::atomic_add(
              &mass(x.node - first_plane + i, (y.node + j) % side, (z.node + k) % side),
              static_cast<std::uint64_t>(weight * cloud.weight + 0.5));
        }
      });
  space.fence("particles::add_clouds");
}

/// Collective over comm: what fell on the plane above the own ones goes to the rank that owns it.
void fold_plane_above(parallel::Communicator const& comm, ExecSpace const& space,
                      Counts const& mass) {
  auto const above = Kokkos::create_mirror_view_and_copy(
      HostSpace(), Kokkos::subview(mass, mass.extent(0) - 1, Kokkos::ALL, Kokkos::ALL));
  auto const ranks = static_cast<std::size_t>(comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  std::vector<std::int64_t> sent(ranks, 0), received(ranks, 0);
  sent[(rank + 1) % ranks] = received[(rank + ranks - 1) % ranks] =
      static_cast<std::int64_t>(above.size());
  Array2<std::uint64_t> const plane("particles::plane_from_below", above.extent(0),
                                    above.extent(1));
  auto const host = Kokkos::create_mirror_view(plane);
  comm.exchange<std::uint64_t>(std::span<std::uint64_t const>(above.data(), above.size()), sent,
                               std::span(host.data(), host.size()), received);
  Kokkos::deep_copy(plane, host);
  auto const side = static_cast<std::int64_t>(plane.extent(1));
  Kokkos::parallel_for(
      "particles::fold_plane", Rows(space, 0, side * side),
      KOKKOS_LAMBDA(std::int64_t i) { mass(0, i / side, i % side) += plane(i / side, i % side); });
}

/// Collective over comm. The sum is one of whole numbers.
void to_overdensity(parallel::Communicator const& comm, ExecSpace const& space, Counts const& mass,
                    Fft::Grid const& overdensity) {
  auto const side = static_cast<std::int64_t>(mass.extent(1)),
             own = static_cast<std::int64_t>(mass.extent(0)) - 1;
  std::int64_t sum = 0;
  Kokkos::parallel_reduce(
      "particles::sum_mass", Rows(space, 0, own * side),
      KOKKOS_LAMBDA(std::int64_t row, std::int64_t & total) {
        for (std::int64_t k = 0; k < side; ++k)
          total += static_cast<std::int64_t>(mass(row / side, row % side, k));
      },
      sum);
  double const cells = std::pow(static_cast<double>(side), 3);
  double const mean = static_cast<double>(comm.sum(sum)) / cells;
  Kokkos::parallel_for(
      "particles::mass_to_overdensity", Rows(space, 0, own * side),
      KOKKOS_LAMBDA(std::int64_t row) {
        std::int64_t const i = row / side, j = row % side;
        for (std::int64_t k = 0; k < side; ++k)
          overdensity(i, j, k) = static_cast<double>(mass(i, j, k)) / mean - 1;
      });
  space.fence("particles::mass_to_overdensity");
}

}  // namespace

template <class T>
void deposit_clouds(Fft const& fft, ExecSpace const& space, ParticleSet<T> const& particles,
                    Fft::Grid const& overdensity) {
  core::require(particles.box_side > 0, "a mesh lies in a periodic box");
  auto const& comm = fft.comm();
  auto const host = on_host<T>(comm, space, particles);
  Counts const mass("particles::mass", fft.own().count + 1, fft.side(), fft.side());
  auto const rows = static_cast<std::int64_t>(host.x.extent(0)), most = comm.max(rows);
  for (std::int64_t first = 0; first < most; first += batch_size) {
    auto const clouds = send_to_planes<T>(fft, host, particles.box_side, std::min(first, rows),
                                          std::min(first + batch_size, rows));
    add_clouds(space, clouds, particles.box_side, fft.own().first, mass);
  }
  fold_plane_above(comm, space, mass);
  to_overdensity(comm, space, mass, overdensity);
}

template void deposit_clouds(Fft const&, ExecSpace const&, ParticleSet<float> const&,
                             Fft::Grid const&);
template void deposit_clouds(Fft const&, ExecSpace const&, ParticleSet<double> const&,
                             Fft::Grid const&);
template void deposit_clouds(Fft const&, ExecSpace const&, ParticleSet<Position> const&,
                             Fft::Grid const&);

}  // namespace shearwater::particles
