// SPDX-License-Identifier: BSD-3-Clause
// A whole simulation for tests: initial conditions, steps, and what is asked of the result.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "shearwater/particles/evolution.hpp"

namespace shearwater::test {

/// Modes, in the normalisation of draw_density, of the field delta(x, y, z), lengths in boxes.
inline particles::Fft::Grid field_of(particles::Fft const& fft,
                                     std::function<double(double, double, double)> const& delta) {
  auto const grid = fft.make_grid("test::field");
  auto const host = Kokkos::create_mirror_view(grid);
  auto const n = static_cast<double>(fft.side());
  for (std::int64_t i = 0; i < fft.own().count; ++i)
    for (std::int64_t j = 0; j < fft.side(); ++j)
      for (std::int64_t k = 0; k < fft.side(); ++k)
        host(i, j, k) =
            static_cast<float>(delta(static_cast<double>(fft.own().first + i) / n,
                                     static_cast<double>(j) / n, static_cast<double>(k) / n) /
                               (n * n * n));
  Kokkos::deep_copy(grid, host);
  fft.forward(ExecSpace(), grid);
  return grid;
}

struct Simulation {
  Simulation(parallel::Communicator const& comm, particles::BoxConfig const& box_config,
             std::int64_t factor)
      : box(box_config),
        fft(comm, box.particles),
        mesh(comm, box, {factor}),
        background(cosmology),
        slab(mesh.make_slab()) {}

  /// Particles of a field at scale factor `start`.
  void begin(particles::Fft::Grid const& field, double start, int order) {
    add_displaced(ExecSpace(), fft, box, {.scale_factor = start, .order = order}, background,
                  fft.modes(field), slab);
  }
  void begin(particles::InitialConfig const& initial) {
    auto const field = fft.make_grid("test::density");
    draw_density(fft, box, initial, cosmology::LinearPower(cosmology), fft.modes(field));
    begin(field, initial.scale_factor, static_cast<int>(initial.order));
  }
  void evolve(particles::StepConfig const& steps, double start) {
    auto evolution = start_evolution(steps, start);
    while (!evolution.finished()) evolution.step();
    evolution.synchronise();
  }
  particles::Evolution start_evolution(particles::StepConfig const& steps, double start,
                                       particles::Progress progress = {}) {
    return {mesh, ExecSpace(), slab, background, steps, steps.scale_factors(start), progress};
  }
  std::vector<particles::PowerBin> power() {
    return particles::measure_particle_power(mesh.fft(), ExecSpace(), box.side,
                                             mesh.deposit(ExecSpace(), slab));
  }
  /// Every particle of all ranks, sorted by id.
  std::vector<particles::Particle> snapshot() const {
    auto const& blocks = slab.blocks();
    Array1<particles::Particle> const packed("test::snapshot", slab.count());
    auto const host = Kokkos::create_mirror_view(packed);
    auto const begin = Kokkos::create_mirror_view_and_copy(HostSpace(), blocks.begin);
    auto const count = Kokkos::create_mirror_view_and_copy(HostSpace(), blocks.count);
    auto const position = Kokkos::create_mirror_view_and_copy(HostSpace(), blocks.position);
    auto const momentum = Kokkos::create_mirror_view_and_copy(HostSpace(), blocks.momentum);
    auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), blocks.id);
    std::int64_t at = 0;
    for (std::int64_t b = 0; b < blocks.blocks(); ++b)
      for (std::int64_t p = begin(b); p < begin(b) + count(b); ++p)
        host(at++) = {{position(0, p), position(1, p), position(2, p)},
                      {momentum(0, p), momentum(1, p), momentum(2, p)},
                      id(p)};
    auto all =
        slab.comm().all_gather(std::span<particles::Particle const>(host.data(), host.size()));
    std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
    return all;
  }

  particles::BoxConfig box;
  cosmology::Cosmology cosmology;
  particles::Fft fft;
  particles::ParticleMesh mesh;
  cosmology::Background background;
  particles::ParticleSlab slab;
};

}  // namespace shearwater::test
