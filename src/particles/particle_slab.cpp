// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/particle_slab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "routing.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::particles {
namespace {

/// Room beyond the particles that are there, for those that come.
constexpr double slack = 0.2;

/// Blocks of at most 32 planes, thin enough that each thread gets several. Few particles leave
/// thick ones, and what they touch stays in cache all the same, because they are nearly in the
/// order of the initial grid.
std::int64_t block_count(std::int64_t planes) {
  std::int64_t const threads = ExecSpace().concurrency();
  std::int64_t const thickness = std::clamp<std::int64_t>(planes / (4 * threads), 1, 32);
  return (planes + thickness - 1) / thickness;
}

/// Moves the particles of a block that are no longer in its planes to its end.
struct Partition {
  ParticleBlocks blocks;
  Array1<std::int64_t> leaving;
  static constexpr int bunch = 512;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t b) const {
    Position const low = blocks.plane_start(blocks.first_plane(b));
    Position const width = blocks.plane_start(blocks.first_plane(b + 1)) - low;
    std::int64_t const begin = blocks.begin(b), last = begin + blocks.count(b);
    std::int64_t end = last;
    // From the last bunch to the first: behind `end` all are leaving, between it and here none.
    for (std::int64_t above = last; above > begin; above -= bunch) {
      std::int64_t const first = above - begin < bunch ? begin : above - bunch;
      std::int16_t found[bunch];
      for (int i = outside(first, static_cast<int>(above - first), low, width, found); i-- > 0;)
        swap(first + found[i], --end);
    }
    leaving(b) = last - end;
  }
  /// Which of `count` particles lie outside; without branches, which could not be guessed.
  KOKKOS_INLINE_FUNCTION int outside(std::int64_t first, int count, Position low, Position width,
                                     std::int16_t* found) const {
    Position const* const x = &blocks.position(0, first);
    int total = 0;
    for (int i = 0; i < count; ++i) {
      found[total] = static_cast<std::int16_t>(i);
      // A block of all planes has width 2^32, which is 0: nothing leaves it.
      total += static_cast<Position>(x[i] - low) > static_cast<Position>(width - 1) ? 1 : 0;
    }
    return total;
  }
  KOKKOS_INLINE_FUNCTION void swap(std::int64_t p, std::int64_t q) const {
    Particle const last = blocks.get(q);
    blocks.set(q, blocks.get(p));
    blocks.set(p, last);
  }
};

/// Moves the blocks to other places in the same arrays, one array for each thread: first those that
/// move down, upwards, then those that move up, downwards. So no block is written over that is
/// still to be moved, because blocks keep their order.
struct Shift {
  ParticleBlocks blocks;
  Array1<std::int64_t> begin;  ///< (blocks + 1) new places
  std::int64_t count;          ///< blocks
  static constexpr int arrays = 7;

  KOKKOS_INLINE_FUNCTION void operator()(int array) const {
    if (array == 0)
      shift(&blocks.id(0));
    else if (array <= 3)
      shift(&blocks.position(array - 1, 0));
    else
      shift(&blocks.momentum(array - 4, 0));
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION void shift(T* data) const {
    for (std::int64_t b = 0; b < count; ++b)
      if (begin(b) < blocks.begin(b)) move(data, b);
    for (std::int64_t b = count; b-- > 0;)
      if (begin(b) > blocks.begin(b)) move(data, b);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION void move(T* data, std::int64_t b) const {
    T* const to = data + begin(b);
    T const* const from = data + blocks.begin(b);
    std::int64_t const size = blocks.count(b);
    KOKKOS_IF_ON_HOST((std::memmove(to, from, static_cast<std::size_t>(size) * sizeof(T));))
    KOKKOS_IF_ON_DEVICE((if (to < from) for (std::int64_t i = 0; i < size; ++i) to[i] = from[i];
                         else for (std::int64_t i = size; i-- > 0;) to[i] = from[i];))
  }
};

/// The same particles in the other arrays, at other places.
void move_particles(ParticleBlocks const& from, ParticleBlocks const& to) {
  Kokkos::parallel_for(
      "particles::move", Kokkos::RangePolicy<ExecSpace>(0, from.blocks()),
      KOKKOS_LAMBDA(std::int64_t b) {
        for (std::int64_t i = 0; i < from.count(b); ++i)
          to.set(to.begin(b) + i, from.get(from.begin(b) + i));
      });
  Kokkos::fence("particles::move");
}

/// Appends sorted(first(b)) to sorted(first(b + 1) - 1) to block b.
void append_to_blocks(ExecSpace const& space, ParticleBlocks const& blocks,
                      Array1<Particle> const& sorted, Array1<std::int64_t> const& first) {
  Kokkos::parallel_for(
      "particles::append", Kokkos::RangePolicy<ExecSpace>(space, 0, blocks.blocks()),
      KOKKOS_LAMBDA(std::int64_t b) {
        std::int64_t const end = blocks.begin(b) + blocks.count(b);
        for (std::int64_t i = first(b); i < first(b + 1); ++i)
          blocks.set(end + i - first(b), sorted(i));
        blocks.count(b) += first(b + 1) - first(b);
      });
  space.fence("particles::append");
}

}  // namespace

ParticleSlab::ParticleSlab(parallel::Communicator const& comm, std::int64_t mesh,
                           std::int64_t total)
    : comm_(comm) {
  if (comm.size() > mesh / 2)
    throw core::InputError(fmt::format(
        "a force mesh of {0}^3 on {1} ranks has slabs of fewer than 2 planes, which forces need: "
        "use at most {2} ranks, or a mesh of side {3} or more",
        mesh, comm.size(), mesh / 2, 2 * comm.size()));
  planes_ = parallel::share_of(mesh, comm.rank(), comm.size());
  std::int64_t const count = block_count(planes_.count);
  blocks_.mesh = mesh;
  Counts first, destination, needed;
  for (std::int64_t b = 0; b <= count; ++b)
    first.push_back(planes_.first + planes_.count * b / count);
  for (std::int64_t b = 0; b < count; ++b)
    needed.push_back(total *
                     (first[static_cast<std::size_t>(b) + 1] - first[static_cast<std::size_t>(b)]) /
                     mesh);
  for (std::int64_t plane = 0; plane < mesh; ++plane) {
    int const owner = parallel::owner_of(plane, mesh, comm.size());
    auto const block = std::upper_bound(first.begin(), first.end(), plane) - first.begin() - 1;
    destination.push_back(owner == comm.rank() ? block : count + owner);
  }
  blocks_.first_plane = to_device("particles::first_plane", first);
  destination_ = to_device("particles::destination", destination);
  blocks_.count = Array1<std::int64_t>("particles::count", count);
  set_layout(needed);
}

std::int64_t ParticleSlab::count() const {
  auto const counts = to_host(blocks_.count);
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::int64_t ParticleSlab::allocated_bytes() const {
  auto const bytes = [](auto const&... view) {
    return static_cast<std::int64_t>(
        ((view.span() * sizeof(typename std::decay_t<decltype(view)>::value_type)) + ...));
  };
  return bytes(blocks_.position, blocks_.momentum, blocks_.id, outgoing_, sorted_, destination_);
}

/// Gives each block room for `needed` and an even share of the slack: in the same arrays where they
/// suffice, because new ones cost more than all else that a step does with particles.
void ParticleSlab::set_layout(Counts const& needed) {
  auto const total = std::accumulate(needed.begin(), needed.end(), std::int64_t{0});
  auto const least = total + 16 * std::ssize(needed);
  auto capacity = static_cast<std::int64_t>(blocks_.position.extent(1));
  bool const fits = least <= capacity;
  if (!fits)
    capacity = std::max(least, static_cast<std::int64_t>(static_cast<double>(total) * (1 + slack)));
  std::int64_t const spare = (capacity - total) / std::ssize(needed);
  Counts begin(1, 0);
  for (auto const n : needed) begin.push_back(begin.back() + n + spare);
  auto const old = blocks_;
  blocks_.begin = to_device("particles::begin", begin);
  if (fits) {
    Kokkos::parallel_for("particles::shift", Kokkos::RangePolicy<ExecSpace>(0, Shift::arrays),
                         Shift{old, blocks_.begin, old.blocks()});
    Kokkos::fence("particles::shift");
    return;
  }
  auto const label = [](std::string const& name) {
    return Kokkos::view_alloc(Kokkos::WithoutInitializing, name);
  };
  blocks_.position = Array2<Position>(label("particles::position"), 3, capacity);
  blocks_.momentum = Array2<float>(label("particles::momentum"), 3, capacity);
  blocks_.id = Array1<std::uint64_t>(label("particles::id"), capacity);
  if (old.begin.extent(0) > 0) move_particles(old, blocks_);
}

void ParticleSlab::close_gaps() {
  Counts begin(1, 0);
  for (auto const n : to_host(blocks_.count)) begin.push_back(begin.back() + n);
  auto const places = to_device("particles::begin", begin);
  Kokkos::parallel_for("particles::shift", Kokkos::RangePolicy<ExecSpace>(0, Shift::arrays),
                       Shift{blocks_, places, blocks_.blocks()});
  Kokkos::fence("particles::shift");
  blocks_.begin = places;
  outgoing_ = sorted_ = {};
}

void ParticleSlab::make_room(Counts const& arriving) {
  auto const begin = to_host(blocks_.begin);
  auto needed = to_host(blocks_.count);
  bool fits = true;
  for (std::size_t b = 0; b < needed.size(); ++b) {
    needed[b] += arriving[b];
    fits = fits && needed[b] <= begin[b + 1] - begin[b];
  }
  if (!fits) set_layout(needed);
}

/// `sorted` begins with arriving[0] particles for block 0, and so on.
void ParticleSlab::append(ExecSpace const& space, Array1<Particle> const& sorted,
                          Counts const& arriving) {
  make_room(arriving);
  Counts first(1, 0);
  for (auto const n : arriving) first.push_back(first.back() + n);
  append_to_blocks(space, blocks_, sorted, to_device("particles::arriving", first));
}

/// Appends what stays on this rank, sends the rest and appends what comes.
void ParticleSlab::receive(ExecSpace const& space, Array1<Particle> const& sorted,
                           Counts const& totals) {
  auto const blocks = static_cast<std::size_t>(blocks_.blocks());
  Counts const local(totals.begin(), totals.begin() + static_cast<std::ptrdiff_t>(blocks));
  append(space, sorted, local);
  if (comm_.size() == 1) return;
  Counts const remote(totals.begin() + static_cast<std::ptrdiff_t>(blocks), totals.end());
  auto const coming = comm_.exchange_counts(remote);
  auto const stay = std::accumulate(local.begin(), local.end(), std::int64_t{0});
  auto const go = std::accumulate(remote.begin(), remote.end(), std::int64_t{0});
  auto const come = std::accumulate(coming.begin(), coming.end(), std::int64_t{0});
  auto const sent = Kokkos::create_mirror_view_and_copy(
      HostSpace(), Kokkos::subview(sorted, Kokkos::make_pair(stay, stay + go)));
  Array1<Particle> const arrived(
      Kokkos::view_alloc(Kokkos::WithoutInitializing, "particles::arrived"), come);
  auto const received = Kokkos::create_mirror_view(HostSpace(), arrived);
  comm_.exchange(std::span<Particle const>(sent.data(), sent.size()), remote,
                 std::span(received.data(), received.size()), coming);
  Kokkos::deep_copy(arrived, received);
  auto const counts = sort_by_destination(space, blocks_, ArraySource{arrived}, destination_,
                                          static_cast<std::int64_t>(totals.size()), sorted_);
  append(space, sorted_, {counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(blocks)});
}

void ParticleSlab::add(ExecSpace const& space, Array1<Particle> const& arriving) {
  auto const totals = sort_by_destination(space, blocks_, ArraySource{arriving}, destination_,
                                          blocks_.blocks() + comm_.size(), outgoing_);
  receive(space, outgoing_, totals);
}

void ParticleSlab::add_grid(ExecSpace const& space, Fft const& fft,
                            GridParticles const& particles) {
  // Plane by plane, so that only one is held twice; ranks with fewer planes bring none at the end.
  std::int64_t const size = fft.side() * fft.side(), own = fft.own().count;
  std::int64_t const turns = comm_.max(own);
  for (std::int64_t plane = 0; plane < turns; ++plane) {
    Array1<Particle> const batch("particles::grid_plane", plane < own ? size : 0);
    auto const id = static_cast<std::uint64_t>((fft.own().first + plane) * size);
    std::int64_t const first = plane * size;
    Kokkos::parallel_for(
        "particles::grid_plane", Kokkos::RangePolicy<ExecSpace>(space, 0, batch.extent_int(0)),
        KOKKOS_LAMBDA(std::int64_t i) {
          Particle particle{};
          for (int axis = 0; axis < 3; ++axis) {
            particle.position[axis] = particles.position(axis, first + i);
            particle.momentum[axis] = particles.momentum(axis, first + i);
          }
          particle.id = id + static_cast<std::uint64_t>(i);
          batch(i) = particle;
        });
    space.fence("particles::grid_plane");
    add(space, batch);
  }
}

void ParticleSlab::migrate(ExecSpace const& space) {
  auto const blocks = blocks_;
  Array1<std::int64_t> const leaving("particles::leaving", blocks.blocks());
  Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>> const all(space, 0,
                                                                              blocks.blocks());
  Kokkos::parallel_for("particles::partition", all, Partition{blocks, leaving});
  auto const totals = sort_by_destination(space, blocks, TailSource{blocks, leaving}, destination_,
                                          blocks.blocks() + comm_.size(), outgoing_);
  Kokkos::parallel_for(
      "particles::leave", all, KOKKOS_LAMBDA(std::int64_t b) { blocks.count(b) -= leaving(b); });
  space.fence("particles::leave");
  receive(space, outgoing_, totals);
}

void add_displaced(ExecSpace const& space, Fft const& fft, BoxConfig const& box,
                   InitialConfig const& initial, cosmology::Background const& background,
                   Fft::Modes field, ParticleSlab& slab) {
  LagrangianGrowth const growth(background, cosmology::SecondGrowth(background),
                                initial.scale_factor);
  slab.add_grid(space, fft,
                displace_grid(fft, space, box, growth, static_cast<int>(initial.order), field));
}

}  // namespace shearwater::particles
