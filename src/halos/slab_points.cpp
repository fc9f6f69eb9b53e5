// SPDX-License-Identifier: BSD-3-Clause
#include "slab_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/particles/check_positions.hpp"

namespace shearwater::halos {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// Most particles of one rank, with the copies from other slabs.
constexpr std::size_t most_rows = 3'000'000'000;

using Rows = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;

/// One coordinate's range over this rank's particles.
template <class T>
void coordinate_range(ExecSpace const& space, Array2<T const> positions, int axis, double& low,
                      double& high) {
  Kokkos::MinMaxScalar<double> range{infinite, -infinite};
  Kokkos::parallel_reduce(
      "halos::coordinate_range", Rows(space, 0, static_cast<std::int64_t>(positions.extent(0))),
      KOKKOS_LAMBDA(std::int64_t row, Kokkos::MinMaxScalar<double> & r) {
        auto const x = static_cast<double>(positions(row, axis));
        r.min_val = x < r.min_val ? x : r.min_val;
        r.max_val = x > r.max_val ? x : r.max_val;
      },
      Kokkos::MinMax<double>(range));
  low = range.min_val;
  high = range.max_val;
}

/// What a particle takes along to its slab, or its copy to another.
template <class T>
struct Traveller {
  T x[3];
  std::uint32_t image;
  std::int64_t id;
};

/// Travellers by destination, in the order of the rows.
template <class T>
struct Crowd {
  std::vector<std::vector<Traveller<T>>> to;
  std::vector<std::vector<std::uint32_t>> rows;
  explicit Crowd(int ranks)
      : to(static_cast<std::size_t>(ranks)), rows(static_cast<std::size_t>(ranks)) {}
  void add(int rank, std::uint32_t row, Traveller<T> const& traveller) {
    to[static_cast<std::size_t>(rank)].push_back(traveller);
    rows[static_cast<std::size_t>(rank)].push_back(row);
  }
};

template <class T>
std::vector<Traveller<T>> travel(parallel::Communicator const& comm, Crowd<T> const& crowd,
                                 Route& route) {
  std::vector<Traveller<T>> leaving;
  route.rows.clear();
  route.sent.clear();
  for (std::size_t r = 0; r < crowd.to.size(); ++r) {
    leaving.insert(leaving.end(), crowd.to[r].begin(), crowd.to[r].end());
    route.rows.insert(route.rows.end(), crowd.rows[r].begin(), crowd.rows[r].end());
    route.sent.push_back(std::ssize(crowd.to[r]));
  }
  route.received = comm.exchange_counts(route.sent);
  std::int64_t total = 0;
  for (auto const count : route.received) total += count;
  std::vector<Traveller<T>> arriving(static_cast<std::size_t>(total));
  comm.exchange<Traveller<T>>(leaving, route.sent, arriving, route.received);
  return arriving;
}

/// The slabs of x.
struct Slabs {
  double low, width;
  int count;
  bool periodic;

  double edge(int slab) const { return low + width * slab; }
  int owner(double x) const {
    return std::clamp(static_cast<int>(std::floor((x - low) / width)), 0, count - 1);
  }
  /// Calls visit(rank, image) for every slab below x's own that ends at most `reach` below x.
  template <class Visit>
  void below(double x, double reach, Visit visit) const {
    int const own = owner(x);
    for (int k = 1; k <= count; ++k) {
      int const slab = own - k;
      if ((slab < 0 && !periodic) || x - reach > edge(slab + 1)) return;
      visit((slab + count) % count, slab < 0 ? 1U : 0U);
    }
  }
};

template <class T>
void move_to_slabs(parallel::Communicator const& comm, Slabs const& slabs,
                   Array2<T const> positions, Array1<std::int64_t const> ids, SlabPoints<T>& slab) {
  auto const x = Kokkos::create_mirror_view_and_copy(HostSpace(), positions);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), ids);
  Crowd<T> crowd(comm.size());
  for (std::uint32_t row = 0; row < x.extent(0); ++row)
    crowd.add(slabs.owner(static_cast<double>(x(row, 0))), row,
              {{x(row, 0), x(row, 1), x(row, 2)}, 0, id(row)});
  auto const here = travel(comm, crowd, slab.moved);
  Array2<T> const own(Kokkos::view_alloc("halos::own", Kokkos::WithoutInitializing), here.size(),
                      3);
  Array1<std::int64_t> const own_ids(
      Kokkos::view_alloc("halos::own_ids", Kokkos::WithoutInitializing), here.size());
  auto const own_host = Kokkos::create_mirror_view(own);
  auto const ids_host = Kokkos::create_mirror_view(own_ids);
  for (std::size_t row = 0; row < here.size(); ++row) {
    for (std::size_t a = 0; a < 3; ++a) own_host(row, a) = here[row].x[a];
    ids_host(row) = here[row].id;
  }
  Kokkos::deep_copy(own, own_host);
  Kokkos::deep_copy(own_ids, ids_host);
  slab.points.own = own;
  slab.ids = own_ids;
}

/// The copies from the slabs above this one.
template <class T>
Array1<Copy<T>> copies_from_above(parallel::Communicator const& comm, Slabs const& slabs,
                                  double reach, SlabPoints<T>& slab) {
  auto const x = Kokkos::create_mirror_view_and_copy(HostSpace(), slab.points.own);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), slab.ids);
  Crowd<T> crowd(comm.size());
  for (std::uint32_t row = 0; row < x.extent(0); ++row)
    slabs.below(static_cast<double>(x(row, 0)), reach, [&](int rank, std::uint32_t image) {
      crowd.add(rank, row, {{x(row, 0), x(row, 1), x(row, 2)}, image, id(row)});
    });
  auto const here = travel(comm, crowd, slab.copied);
  Array1<Copy<T>> const copies("halos::copies", here.size());
  auto const host = Kokkos::create_mirror_view(copies);
  for (std::size_t c = 0; c < here.size(); ++c)
    host(c) = {{here[c].x[0], here[c].x[1], here[c].x[2]}, foreign, here[c].image, here[c].id};
  Kokkos::deep_copy(copies, host);
  return copies;
}

/// Rows, with up to seven images of a few of them, are numbered by 32 bits.
template <class T>
void check_rows(Points<T> const& points) {
  auto const rows = points.own.extent(0) + points.copies.extent(0);
  if (rows > most_rows)
    throw core::InputError(
        fmt::format("a slab holds {} particles with copies, but at most {} fit on one rank: use "
                    "more ranks",
                    rows, most_rows));
}

/// Axes, as bits, along which the point is at most `reach` above the box's lower face.
template <class T>
KOKKOS_FUNCTION std::uint32_t low_axes(Point<T> const& point, int first_axis, double reach) {
  std::uint32_t axes = 0;
  for (int a = first_axis; a < 3; ++a)
    if (static_cast<double>(point.x[a]) <= reach) axes |= 1U << a;
  return axes;
}

/// Images of one point near the faces of `axes`: one along each set of them.
KOKKOS_INLINE_FUNCTION std::uint32_t image_count(std::uint32_t axes) {
  return (1U << ((axes & 1U) + (axes >> 1 & 1U) + (axes >> 2 & 1U))) - 1;
}

/// Adds images of the points near the lower faces, in any order: they name their sources.
template <class T>
void add_images(ExecSpace const& space, int first_axis, double reach, SlabPoints<T>& slab) {
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>;
  auto const points = slab.points;
  auto const ids = slab.ids;
  std::uint32_t total = 0;
  Kokkos::parallel_reduce(
      "halos::count_images", Policy(space, 0, points.size()),
      KOKKOS_LAMBDA(std::uint32_t row, std::uint32_t & sum) {
        sum += image_count(low_axes(points.at(row), first_axis, reach));
      },
      total);
  auto const before = static_cast<std::uint32_t>(points.copies.extent(0));
  Array1<Copy<T>> const copies("halos::copies", before + total);
  Kokkos::deep_copy(Kokkos::subview(copies, Kokkos::pair<std::size_t, std::size_t>(0, before)),
                    points.copies);
  Kokkos::View<std::uint32_t, MemorySpace> const next("halos::next_image");
  Kokkos::deep_copy(next, before);
  Kokkos::parallel_for(
      "halos::make_images", Policy(space, 0, points.size()), KOKKOS_LAMBDA(std::uint32_t row) {
        auto const point = points.at(row);
        std::uint32_t const axes = low_axes(point, first_axis, reach), own = points.own_size();
        if (axes == 0) return;
        std::int64_t const id = row < own ? ids(row) : points.copies(row - own).id;
        std::uint32_t at = Kokkos::atomic_fetch_add(&next(), image_count(axes));
        for (std::uint32_t set = axes; set != 0; set = (set - 1) & axes)
          copies(at++) = {{point.x[0], point.x[1], point.x[2]}, row, point.image | set, id};
      });
  slab.points.copies = copies;
}

}  // namespace

template <class T>
Frame find_frame(parallel::Communicator const& comm, ExecSpace const& space,
                 Array2<T const> positions, double box_side) {
  comm.together([&] { particles::check_positions<T>(space, positions, box_side); });
  if (box_side > 0) return {{0, 0, 0}, {box_side, box_side, box_side}, box_side};
  Frame frame{{0, 0, 0}, {0, 0, 0}, infinite};
  for (int a = 0; a < 3; ++a) {
    coordinate_range<T>(space, positions, a, frame.low[a], frame.high[a]);
    frame.low[a] = -comm.max(-frame.low[a]);
    frame.high[a] = comm.max(frame.high[a]);
  }
  return frame;
}

template <class T>
SlabPoints<T> gather_slab(parallel::Communicator const& comm, ExecSpace const& space,
                          Array2<T const> positions, Array1<std::int64_t const> ids,
                          Frame const& frame, double length) {
  // A little more than the length: rounding may not lose a pair, and one too many costs nothing.
  double const reach = length * (1 + 1e-6);
  bool const periodic = std::isfinite(frame.period);
  SlabPoints<T> slab{};
  for (int a = 0; a < 3; ++a) {
    slab.low[a] = frame.low[a];
    slab.high[a] = frame.high[a] + (periodic ? reach : 0);
  }
  slab.points.own = positions;
  slab.ids = ids;
  if (comm.size() > 1) {
    double const width = (frame.high[0] - frame.low[0]) / comm.size();
    // Without extent in x all particles belong to the first rank.
    Slabs const slabs{frame.low[0], width > 0 ? width : 1.0, comm.size(), periodic};
    move_to_slabs(comm, slabs, positions, ids, slab);
    slab.points.copies = copies_from_above(comm, slabs, reach, slab);
    slab.low[0] = slabs.edge(comm.rank());
    slab.high[0] = slabs.edge(comm.rank() + 1) + reach;
  }
  comm.together([&] { check_rows(slab.points); });
  if (periodic) add_images(space, comm.size() > 1 ? 1 : 0, reach, slab);
  return slab;
}

template Frame find_frame(parallel::Communicator const&, ExecSpace const&, Array2<float const>,
                          double);
template Frame find_frame(parallel::Communicator const&, ExecSpace const&, Array2<double const>,
                          double);
template SlabPoints<float> gather_slab(parallel::Communicator const&, ExecSpace const&,
                                       Array2<float const>, Array1<std::int64_t const>,
                                       Frame const&, double);
template SlabPoints<double> gather_slab(parallel::Communicator const&, ExecSpace const&,
                                        Array2<double const>, Array1<std::int64_t const>,
                                        Frame const&, double);

}  // namespace shearwater::halos
