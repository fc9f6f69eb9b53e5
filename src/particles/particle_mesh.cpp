// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/particle_mesh.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"
#include "stencil.hpp"

namespace shearwater::particles {
namespace {

constexpr std::int64_t ghosts_below = 1, ghosts_above = 2;
using Blocks = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
using Rows = Kokkos::RangePolicy<ExecSpace>;

/// The mesh while clouds are added: whole numbers in the same memory.
std::uint32_t* as_counts(Fft::Grid const& mesh) {
  return reinterpret_cast<std::uint32_t*>(mesh.data());
}

/// One block; those of one colour touch no common cells.
struct Deposit {
  MeshShape shape;
  ParticleBlocks blocks;
  std::uint32_t* mass;
  std::int64_t colour;
  float unit;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t index) const {
    std::int64_t const b = 2 * index + colour;
    std::int64_t const end = blocks.begin(b) + blocks.count(b);
    for (std::int64_t first = blocks.begin(b); first < end; first += kBunch) {
      int const count = static_cast<int>(end - first < kBunch ? end - first : kBunch);
      add_bunch(shape, mass, CellBunch(shape, blocks, first, count), count, unit);
    }
  }
};

struct KickDrift {
  MeshShape shape;
  ParticleBlocks blocks;
  float const* potential;
  float kick, drift;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t b) const {
    std::int64_t const end = blocks.begin(b) + blocks.count(b);
    for (std::int64_t first = blocks.begin(b); first < end; first += kBunch) {
      int const count = static_cast<int>(end - first < kBunch ? end - first : kBunch);
      CellBunch const cells(shape, blocks, first, count);
      ForceBunch force;
      bunch_force(shape, potential, cells, count, force);
      advance(0, first, count, force.x);
      advance(1, first, count, force.y);
      advance(2, first, count, force.z);
    }
  }
  KOKKOS_INLINE_FUNCTION void advance(int axis, std::int64_t first, int count,
                                      float const* force) const {
    Position* const position = &blocks.position(axis, first);
    float* const momentum = &blocks.momentum(axis, first);
    for (int p = 0; p < count; ++p) {
      momentum[p] += kick * force[p];
      position[p] += static_cast<Position>(static_cast<std::int32_t>(drift * momentum[p]));
    }
  }
};

/// Turns whole numbers into the overdensity, with what fell on the padding folded back; returns the
/// sum of the numbers.
std::uint64_t to_overdensity(ExecSpace const& space, Fft::Grid const& mesh, double mean) {
  std::int64_t const side = mesh.extent_int(1);
  auto const level = static_cast<float>(mean), scale = static_cast<float>(1 / mean);
  std::uint64_t sum = 0;
  Kokkos::parallel_reduce(
      "particles::to_overdensity", Rows(space, 0, mesh.extent_int(0) * side),
      KOKKOS_LAMBDA(std::int64_t item, std::uint64_t & total) {
        float* const row = &mesh(item / side, item % side, 0);
        auto const whole = [row](std::int64_t k) {
          return Kokkos::bit_cast<std::uint32_t>(row[k]);
        };
        row[0] = Kokkos::bit_cast<float>(whole(0) + whole(side));
        std::uint64_t row_sum = 0;
        for (std::int64_t k = 0; k < side; ++k) {
          std::uint32_t const value = whole(k);
          row_sum += value;
          row[k] = (static_cast<float>(value) - level) * scale;
        }
        total += row_sum;
      },
      sum);
  return sum;
}

/// The influence function by the absolute wave numbers along the three axes.
struct Influence {
  Array1<float> slope_product, slope_square, wave_square, window;

  KOKKOS_INLINE_FUNCTION float operator()(std::int64_t kx, std::int64_t ky, std::int64_t kz) const {
    kx = kx < 0 ? -kx : kx, ky = ky < 0 ? -ky : ky;
    float const slopes = slope_square(kx) + slope_square(ky) + slope_square(kz);
    float const product = slope_product(kx) + slope_product(ky) + slope_product(kz);
    float const waves = wave_square(kx) + wave_square(ky) + wave_square(kz);
    float const windows = window(kx) * window(ky) * window(kz);
    // Where all differences vanish, at zero and in the corners, there is no force.
    return slopes > 0 ? -product * windows / (slopes * waves) : 0.0F;
  }
};

Influence make_influence(std::int64_t side) {
  auto const size = static_cast<std::size_t>(side / 2 + 1);
  Influence result{Array1<float>("particles::slope_product", size),
                   Array1<float>("particles::slope_square", size),
                   Array1<float>("particles::wave_square", size),
                   Array1<float>("particles::window", size)};
  auto const mirror = [](auto const& view) { return Kokkos::create_mirror_view(view); };
  auto const slope_product = mirror(result.slope_product),
             slope_square = mirror(result.slope_square);
  auto const wave_square = mirror(result.wave_square), window = mirror(result.window);
  for (std::int64_t k = 0; k <= side / 2; ++k) {
    double const wave = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(side);
    double const slope = k == side / 2 ? 0 : std::sin(wave), half = std::sin(wave / 2);
    // The cloud's window squared, and the sum of it over all aliases.
    double const cloud = k == 0 ? 1 : std::pow(2 * half / wave, 4);
    double const aliases = 1 - 2 * half * half / 3;
    // The difference of two points times that of four: sin(w) (1 + 2/3 sin^2(w/2)). Exact slopes in
    // its place would raise waves near the Nyquist wavenumber without bound, and noise with them.
    slope_product(k) = static_cast<float>(slope * slope * (1 + 2 * half * half / 3));
    slope_square(k) = static_cast<float>(slope * slope);
    wave_square(k) = static_cast<float>(wave * wave);
    // Divided by the number of cells, which the transforms multiply by.
    window(k) = static_cast<float>(cloud / (aliases * aliases) / static_cast<double>(side));
  }
  Kokkos::deep_copy(result.slope_product, slope_product);
  Kokkos::deep_copy(result.slope_square, slope_square);
  Kokkos::deep_copy(result.wave_square, wave_square);
  Kokkos::deep_copy(result.window, window);
  return result;
}

/// Sends `count` planes that begin at storage plane `from` to the rank `shift` above, in a ring,
/// and returns those that come from the rank as far below.
template <class T>
Kokkos::View<T*, HostSpace> ring(parallel::Communicator const& comm, Fft::Grid const& mesh,
                                 std::int64_t from, std::int64_t count, int shift) {
  auto const planes = Kokkos::create_mirror_view_and_copy(
      HostSpace(),
      Kokkos::subview(mesh, Kokkos::make_pair(from, from + count), Kokkos::ALL, Kokkos::ALL));
  auto const size = static_cast<std::int64_t>(planes.size());
  std::vector<std::int64_t> send(static_cast<std::size_t>(comm.size()), 0), receive = send;
  auto const at = [&](int offset) {
    return static_cast<std::size_t>((comm.rank() + offset + comm.size()) % comm.size());
  };
  send[at(shift)] = size;
  receive[at(-shift)] = size;
  Kokkos::View<T*, HostSpace> result(
      Kokkos::view_alloc(Kokkos::WithoutInitializing, "particles::ghosts"), size);
  comm.exchange(std::span<T const>(reinterpret_cast<T const*>(planes.data()), planes.size()), send,
                std::span<T>(result.data(), result.size()), receive);
  return result;
}

/// Writes planes that came to storage planes from `to` on.
void put_planes(Fft::Grid const& mesh, std::int64_t to,
                Kokkos::View<float*, HostSpace> const& planes) {
  std::int64_t const size = mesh.extent_int(1) * mesh.extent_int(2);
  Kokkos::View<float*, MemorySpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>> const target(
      mesh.data() + to * size, planes.size());
  Kokkos::deep_copy(target, planes);
}

void add_plane(ExecSpace const& space, std::uint32_t* plane,
               Kokkos::View<std::uint32_t*, HostSpace> const& arrived) {
  auto const other = Kokkos::create_mirror_view_and_copy(MemorySpace(), arrived);
  Kokkos::parallel_for(
      "particles::add_plane", Rows(space, 0, other.extent_int(0)),
      KOKKOS_LAMBDA(std::int64_t i) { plane[i] += other(i); });
  space.fence("particles::add_plane");
}

/// Repeats the first two columns behind the last, where forces near the end of a row look.
void fill_padding(ExecSpace const& space, Fft::Grid const& mesh) {
  std::int64_t const side = mesh.extent_int(1);
  Kokkos::parallel_for(
      "particles::fill_padding", Rows(space, 0, mesh.extent_int(0) * side),
      KOKKOS_LAMBDA(std::int64_t item) {
        float* const row = &mesh(item / side, item % side, 0);
        row[side] = row[0];
        row[side + 1] = row[1];
      });
  space.fence("particles::fill_padding");
}

}  // namespace

void MeshConfig::describe(core::Fields& key) {
  key("factor", factor, "", "cells of the force mesh along a side for each particle along it")
      .between(1, 3);
}

ParticleMesh::ParticleMesh(parallel::Communicator const& comm, BoxConfig const& box,
                           MeshConfig const& mesh)
    : box_(box), fft_(comm, box.particles * mesh.factor) {
  allocate();
}

void ParticleMesh::allocate() {
  mesh_ = Fft::Grid("particles::mesh", ghosts_below + fft_.own().count + ghosts_above, fft_.side(),
                    fft_.side() + 2);
}

ParticleSlab ParticleMesh::make_slab() const {
  return {fft_.comm(), fft_.side(), box_.particles * box_.particles * box_.particles};
}

std::int64_t ParticleMesh::allocated_bytes() const {
  return static_cast<std::int64_t>(mesh_.size() * sizeof(float)) + fft_.buffer_bytes();
}

Fft::Grid ParticleMesh::own_planes() const {
  return Kokkos::subview(mesh_, Kokkos::make_pair(ghosts_below, ghosts_below + fft_.own().count),
                         Kokkos::ALL, Kokkos::ALL);
}

void ParticleMesh::add_clouds(ExecSpace const& space, ParticleSlab const& particles, float unit) {
  Kokkos::deep_copy(space, mesh_, 0.0F);
  MeshShape const shape{fft_.side(), fft_.own().first};
  auto const& blocks = particles.blocks();
  // A block touches its own planes and the one above: every second one can go at a time.
  for (std::int64_t const colour : {0, 1})
    Kokkos::parallel_for("particles::deposit", Blocks(space, 0, (blocks.blocks() + 1 - colour) / 2),
                         Deposit{shape, blocks, as_counts(mesh_), colour, unit});
  space.fence("particles::deposit");
  std::int64_t const above = ghosts_below + fft_.own().count;
  auto const arrived = ring<std::uint32_t>(fft_.comm(), mesh_, above, 1, 1);
  add_plane(space, as_counts(mesh_) + ghosts_below * shape.plane(), arrived);
}

Fft::Grid ParticleMesh::deposit(ExecSpace const& space, ParticleSlab const& particles) {
  core::require(particles.blocks().mesh == fft_.side(), "the slab is one of this mesh");
  double const total = static_cast<double>(fft_.comm().sum(particles.count()));
  if (mesh_.size() == 0) allocate();
  auto const own = own_planes();
  // Where a cell holds more than 2^32 units, the sum over all cells lacks 2^32: try coarser ones.
  for (int bits = 18; bits >= 10; bits -= 4) {
    double const unit = std::exp2(bits);
    add_clouds(space, particles, static_cast<float>(unit));
    double const cells = std::pow(static_cast<double>(fft_.side()), 3);
    auto const sum = to_overdensity(space, own, total * unit / cells);
    auto const found = static_cast<double>(fft_.comm().sum(static_cast<std::int64_t>(sum)));
    if (std::abs(found - total * unit) < 0x1p31) return own;
  }
  throw core::NumericsError(fmt::format(
      "a cell of the {}^3 force mesh holds more than 4 million particles: raise mesh.factor, or "
      "look for positions that are all alike",
      fft_.side()));
}

void ParticleMesh::exchange_ghosts(ExecSpace const& space) {
  fill_padding(space, own_planes());
  std::int64_t const count = fft_.own().count;
  auto const& comm = fft_.comm();
  put_planes(mesh_, 0, ring<float>(comm, mesh_, count, 1, 1));
  put_planes(mesh_, ghosts_below + count, ring<float>(comm, mesh_, ghosts_below, ghosts_above, -1));
}

void ParticleMesh::solve(ExecSpace const& space, ParticleSlab const& particles) {
  fft_.filter(space, deposit(space, particles), make_influence(fft_.side()));
  exchange_ghosts(space);
}

void ParticleMesh::kick_drift(ExecSpace const& space, ParticleSlab const& particles, double kick,
                              double drift) const {
  auto const& blocks = particles.blocks();
  // The bunches hold -2 grad phi per cell, with phi in cells squared.
  double const cell = box_.side / static_cast<double>(fft_.side());
  Kokkos::parallel_for("particles::kick_drift", Blocks(space, 0, blocks.blocks()),
                       KickDrift{{fft_.side(), fft_.own().first},
                                 blocks,
                                 mesh_.data(),
                                 static_cast<float>(kick * cell / 2),
                                 static_cast<float>(drift * 0x1p32 / box_.side)});
  space.fence("particles::kick_drift");
}

}  // namespace shearwater::particles
