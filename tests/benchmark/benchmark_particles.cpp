// SPDX-License-Identifier: BSD-3-Clause
// Particle-steps per second of the particle mesh: 256^3 particles, 256^3 cells, from a = 0.1 to 1
// in 10 steps, beside the plain form of the same step in the same run: clouds into one mesh for
// each thread, three gradients in Fourier space with an inverse transform each, three reads. It
// uses the same transforms. At least 1.6 times its rate is required; the goal is 110 million on 2
// cores. An argument gives another number of particles per side.
#include <Kokkos_Core.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numbers>

#include "shearwater/particles/particle_mesh.hpp"

using namespace shearwater;
using namespace shearwater::particles;

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
using Range = Kokkos::RangePolicy<Host>;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
/// Of all threads: what another program takes of the machine is not in it.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Time {
  double wall = seconds(), processor = processor_seconds();
  Time since(Time const& start) const { return {wall - start.wall, processor - start.processor}; }
};

/// What anyone would write: floats in cells, in the order of the initial grid.
class PlainMesh {
 public:
  PlainMesh(parallel::Communicator const& comm, BoxConfig const& box, GridParticles const& start)
      : n_(box.particles),
        cell_(static_cast<float>(box.side / static_cast<double>(n_))),
        count_(n_ * n_ * n_),
        fft_(comm, n_),
        x_("benchmark::x", 3, count_),
        p_("benchmark::p", 3, count_),
        modes_(fft_.make_grid("benchmark::modes")),
        force_(fft_.make_grid("benchmark::force")),
        copies_("benchmark::copies", Host().concurrency(), n_, n_, n_) {
    for (int axis = 0; axis < 3; ++axis)
      for (std::int64_t i = 0; i < count_; ++i) {
        x_(axis, i) =
            static_cast<float>(start.position(axis, i) * 0x1p-32 * static_cast<double>(n_));
        p_(axis, i) = start.momentum(axis, i);
      }
  }

  void step(float kick, float drift) {
    paint();
    fft_.forward(Host(), modes_);
    for (int axis = 0; axis < 3; ++axis) {
      gradient(axis);
      fft_.inverse(Host(), force_);
      read(axis, kick);
    }
    move(drift);
  }

 private:
  struct Cloud {
    std::int64_t cell[3][2];
    float weight[3][2];
  };
  Cloud cloud(std::int64_t p) const {
    Cloud c;
    for (int axis = 0; axis < 3; ++axis) {
      auto const cell = static_cast<std::int64_t>(x_(axis, p));
      c.cell[axis][0] = cell < n_ ? cell : 0;
      c.cell[axis][1] = c.cell[axis][0] + 1 < n_ ? c.cell[axis][0] + 1 : 0;
      c.weight[axis][1] = x_(axis, p) - static_cast<float>(cell);
      c.weight[axis][0] = 1 - c.weight[axis][1];
    }
    return c;
  }
  void paint() {
    int const threads = Host().concurrency();
    Kokkos::deep_copy(copies_, 0.0F);
    Kokkos::parallel_for("benchmark::paint", Range(0, threads), [=, this](std::int64_t t) {
      for (std::int64_t p = count_ * t / threads; p < count_ * (t + 1) / threads; ++p) {
        Cloud const c = cloud(p);
        for (int i = 0; i < 2; ++i)
          for (int j = 0; j < 2; ++j) {
            float const w = c.weight[0][i] * c.weight[1][j];
            float* const row = &copies_(t, c.cell[0][i], c.cell[1][j], 0);
            row[c.cell[2][0]] += w * c.weight[2][0];
            row[c.cell[2][1]] += w * c.weight[2][1];
          }
      }
    });
    Kokkos::parallel_for("benchmark::add", Range(0, n_ * n_), [=, this](std::int64_t row) {
      for (std::int64_t k = 0; k < n_; ++k) {
        float sum = 0;
        for (int t = 0; t < threads; ++t) sum += copies_(t, row / n_, row % n_, k);
        modes_(row / n_, row % n_, k) = sum;
      }
    });
  }
  void gradient(int axis) {
    auto const from = fft_.modes(modes_), to = fft_.modes(force_);
    auto const wave = [this](std::int64_t i) {
      return 2 * std::numbers::pi_v<float> * static_cast<float>(i <= n_ / 2 ? i : i - n_) /
             static_cast<float>(n_);
    };
    float const norm = 1 / static_cast<float>(count_);
    Kokkos::parallel_for("benchmark::gradient", Range(0, n_ * n_), [=, this](std::int64_t row) {
      float const kx = wave(row / n_), ky = wave(row % n_);
      for (std::int64_t k = 0; k <= n_ / 2; ++k) {
        float const kz = wave(k), square = kx * kx + ky * ky + kz * kz;
        float const along = axis == 0 ? kx : axis == 1 ? ky : kz;
        float const factor = square > 0 ? norm * along / square : 0;
        auto const mode = from(row / n_, row % n_, k);
        to(row / n_, row % n_, k) =
            Kokkos::complex<float>(-factor * mode.imag(), factor * mode.real());
      }
    });
  }
  void read(int axis, float kick) {
    Kokkos::parallel_for("benchmark::read", Range(0, count_), [=, this](std::int64_t p) {
      Cloud const c = cloud(p);
      float sum = 0;
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) {
          float const* const row = &force_(c.cell[0][i], c.cell[1][j], 0);
          sum += c.weight[0][i] * c.weight[1][j] *
                 (row[c.cell[2][0]] * c.weight[2][0] + row[c.cell[2][1]] * c.weight[2][1]);
        }
      p_(axis, p) += kick * cell_ * sum;
    });
  }
  void move(float drift) {
    auto const side = static_cast<float>(n_);
    for (int axis = 0; axis < 3; ++axis)
      Kokkos::parallel_for("benchmark::move", Range(0, count_), [=, this](std::int64_t p) {
        float x = x_(axis, p) + drift / cell_ * p_(axis, p);
        x = x < 0 ? x + side : x;
        x_(axis, p) = x >= side ? x - side : x;
      });
  }

  std::int64_t n_;
  float cell_;
  std::int64_t count_;
  Fft fft_;
  Kokkos::View<float**, Kokkos::LayoutRight, HostSpace> x_, p_;
  Fft::Grid modes_, force_;
  Kokkos::View<float****, Kokkos::LayoutRight, HostSpace> copies_;
};

GridParticles initial_particles(Fft const& fft, BoxConfig const& box,
                                cosmology::Background const& background) {
  auto const field = fft.make_grid("benchmark::field");
  InitialConfig const initial;
  draw_density(fft, box, initial, cosmology::LinearPower(background.cosmology()), fft.modes(field));
  LagrangianGrowth const growth(background, cosmology::SecondGrowth(background),
                                initial.scale_factor);
  return displace_grid(fft, ExecSpace(), box, growth, 2, fft.modes(field));
}

Time plain_time(parallel::Communicator const& comm, BoxConfig const& box,
                GridParticles const& start, std::vector<double> const& a,
                StepFactors const& factors) {
  PlainMesh plain(comm, box, start);
  Time const begin;
  for (std::size_t s = 0; s + 1 < a.size(); ++s)
    plain.step(static_cast<float>(factors.kick(a[s], a[s + 1], a[s])),
               static_cast<float>(factors.drift(a[s], a[s + 1], a[s])));
  return Time().since(begin);
}

/// Processor seconds of deposits with transforms, of kicks with drifts, and of moves between
/// blocks.
struct Parts {
  double solve = 0, kick_drift = 0, migrate = 0, wall = 0;
  double all() const { return solve + kick_drift + migrate; }
};

Parts our_time(ParticleMesh& mesh, ParticleSlab& slab, std::vector<double> const& a,
               StepFactors const& factors) {
  Parts parts;
  ExecSpace const space;
  double const start = seconds();
  for (std::size_t s = 0; s + 1 < a.size(); ++s) {
    double const begin = processor_seconds();
    mesh.solve(space, slab);
    double const solved = processor_seconds();
    mesh.kick_drift(space, slab, factors.kick(a[s], a[s + 1], a[s]),
                    factors.drift(a[s], a[s + 1], a[s]));
    double const moved = processor_seconds();
    slab.migrate(space);
    parts.solve += solved - begin;
    parts.kick_drift += moved - solved;
    parts.migrate += processor_seconds() - moved;
  }
  parts.wall = seconds() - start;
  return parts;
}

}  // namespace

int main(int argc, char** argv) {
  parallel::Environment const environment(argc, argv);
  Kokkos::ScopeGuard const guard(argc, argv);
  parallel::Communicator const comm(MPI_COMM_WORLD);
  std::int64_t const n = argc > 1 ? std::atoll(argv[1]) : 256;
  BoxConfig const box{static_cast<double>(n), n};
  cosmology::Background const background(cosmology::Cosmology{});
  StepFactors const factors(background, true);
  auto const a = StepConfig{.count = 10}.scale_factors(0.1);
  Fft const fft(comm, n);
  double const total = static_cast<double>(n * n * n), steps = 10;
  auto start = initial_particles(fft, box, background);
  Time const plain = plain_time(comm, box, start, a, factors);
  ParticleMesh mesh(comm, box, {1});
  auto slab = mesh.make_slab();
  slab.add_grid(ExecSpace(), fft, start);
  start = {};
  Parts const parts = our_time(mesh, slab, a, factors);
  double const bytes = static_cast<double>(mesh.allocated_bytes() + slab.allocated_bytes()) / total;
  auto const part = [&](double time) { return 1e9 * time / (total * steps); };
  std::printf("%lld^3 particles and cells, %d threads, 10 steps from a = 0.1 to 1\n",
              static_cast<long long>(n), Host().concurrency());
  double const threads = Host().concurrency(), work = 1e-6 * total * steps;
  double const ratio = plain.processor / parts.all();
  std::printf("plain form      %7.1f million particle-steps/s wall, %7.1f by processor time\n",
              work / plain.wall, work * threads / plain.processor);
  std::printf("particle mesh   %7.1f million particle-steps/s wall, %7.1f by processor time\n",
              work / parts.wall, work * threads / parts.all());
  std::printf("  %.2f times the plain form by wall time, %.2f by processor time\n",
              plain.wall / parts.wall, ratio);
  std::printf(
      "  processor ns a particle-step: deposit and transforms %.2f, kick and drift %.2f, "
      "migration %.2f; plain form %.2f\n",
      part(parts.solve), part(parts.kick_drift), part(parts.migrate), part(plain.processor));
  std::printf("  floor of memory traffic: 120 bytes a particle-step\n");
  std::printf("  %.1f bytes a particle in allocations (at most 64)\n", bytes);
  bool const good = ratio >= 1.6 && bytes <= 64;
  std::printf("%s: 1.6 times the plain form, 64 bytes a particle\n", good ? "met" : "MISSED");
  return good ? 0 : 1;
}
