// SPDX-License-Identifier: BSD-3-Clause
#include "slab_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>

#include "host_columns.hpp"
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
void coordinate_range(ExecSpace const& space, Strided2<T const> positions, int axis, double& low,
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

/// Rows by destination, in their order.
class Destinations {
 public:
  explicit Destinations(int ranks) : count_(static_cast<std::size_t>(ranks), 0) {}
  /// First all rows are counted, then all are listed.
  void count(int rank) { ++count_[static_cast<std::size_t>(rank)]; }
  /// Returns how many there are.
  std::size_t begin_listing() {
    std::int64_t total = 0;
    for (auto const count : count_) {
      next_.push_back(total);
      total += count;
    }
    rows_.resize(static_cast<std::size_t>(total));
    return rows_.size();
  }
  /// The place of the row on the way.
  std::size_t list(int rank, std::uint32_t row) {
    auto const at = static_cast<std::size_t>(next_[static_cast<std::size_t>(rank)]++);
    rows_[at] = row;
    return at;
  }
  /// Collective over comm.
  Route route(parallel::Communicator const& comm) {
    auto received = comm.exchange_counts(count_);
    return {std::move(rows_), std::move(count_), std::move(received)};
  }

 private:
  std::vector<std::int64_t> count_, next_;
  std::vector<std::uint32_t> rows_;
};

/// Collective over comm: what of(i) says of the i-th row on its way, where it arrives.
template <class Value, class Of>
std::vector<Value> carry(parallel::Communicator const& comm, Route const& route, Of of) {
  std::vector<Value> leaving(route.rows.size());
  for (std::size_t i = 0; i < leaving.size(); ++i) leaving[i] = of(i);
  std::vector<Value> arriving(static_cast<std::size_t>(
      std::accumulate(route.received.begin(), route.received.end(), std::int64_t{0})));
  comm.exchange<Value>(leaving, route.sent, arriving, route.received);
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

/// Column by column, so that little is held twice.
template <class T>
void move_to_slabs(parallel::Communicator const& comm, Slabs const& slabs, double unit,
                   Strided2<T const> positions, Array1<std::int64_t const> ids,
                   SlabPoints<T>& slab) {
  auto const x = host_columns<T>(positions);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), ids);
  auto const owner = [&](std::uint32_t row) {
    return slabs.owner(particles::coordinate(x(row, 0), unit));
  };
  auto const rows = static_cast<std::uint32_t>(x.extent(0));
  Destinations destinations(comm.size());
  for (std::uint32_t row = 0; row < rows; ++row) destinations.count(owner(row));
  destinations.begin_listing();
  for (std::uint32_t row = 0; row < rows; ++row) destinations.list(owner(row), row);
  slab.moved = destinations.route(comm);
  auto const& route = slab.moved;
  auto const here = carry<std::int64_t>(comm, route, [&](auto i) { return id(route.rows[i]); });
  Array2<T> const own(Kokkos::view_alloc("halos::own", Kokkos::WithoutInitializing), here.size(),
                      3);
  slab.ids = to_device("halos::own_ids", here);
  auto const host = Kokkos::create_mirror_view(own);
  for (std::size_t a = 0; a < 3; ++a) {
    auto const column = carry<T>(comm, route, [&](auto i) { return x(route.rows[i], a); });
    for (std::size_t row = 0; row < column.size(); ++row) host(row, a) = column[row];
  }
  Kokkos::deep_copy(own, host);
  slab.points.own = own;
}

/// The copies from the slabs above this one.
template <class T>
Array1<Copy<T>> copies_from_above(parallel::Communicator const& comm, Slabs const& slabs,
                                  double unit, double reach, SlabPoints<T>& slab) {
  auto const x = host_columns<T>(slab.points.own);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), slab.ids);
  auto const for_copies = [&](auto visit) {
    for (std::uint32_t row = 0; row < x.extent(0); ++row)
      slabs.below(particles::coordinate(x(row, 0), unit), reach,
                  [&](int rank, std::uint32_t image) { visit(rank, row, image); });
  };
  Destinations destinations(comm.size());
  for_copies([&](int rank, std::uint32_t, std::uint32_t) { destinations.count(rank); });
  std::vector<std::uint32_t> images(destinations.begin_listing());
  for_copies([&](int rank, std::uint32_t row, std::uint32_t image) {
    images[destinations.list(rank, row)] = image;
  });
  slab.copied = destinations.route(comm);
  auto const& route = slab.copied;
  auto const here = carry<Copy<T>>(comm, route, [&](auto i) {
    auto const row = route.rows[i];
    return Copy<T>{{x(row, 0), x(row, 1), x(row, 2)}, foreign, images[i], id(row)};
  });
  return to_device("halos::copies", here);
}

/// Rows, with up to seven images of a few of them, are numbered by 32 bits.
template <class T>
void check_rows(Points<T> const& points) {
  auto const rows = points.own.extent(0) + points.copies.extent(0);
  if (rows > most_rows)
    throw core::InputError(fmt::format(
        "one rank holds {} particles with copies of others, but at most {} fit on one: use "
        "more ranks",
        rows, most_rows));
}

/// Axes, as bits, along which the point is at most `reach` above the box's lower face.
template <class T>
KOKKOS_FUNCTION std::uint32_t low_axes(Point<T> const& point, int first_axis, double unit,
                                       double reach) {
  std::uint32_t axes = 0;
  for (int a = first_axis; a < 3; ++a)
    if (particles::coordinate(point.x[a], unit) <= reach) axes |= 1U << a;
  return axes;
}

/// Images of one point near the faces of `axes`: one along each set of them.
KOKKOS_INLINE_FUNCTION std::uint32_t image_count(std::uint32_t axes) {
  return (1U << ((axes & 1U) + (axes >> 1 & 1U) + (axes >> 2 & 1U))) - 1;
}

/// Adds images of the points near the lower faces, in any order: they name their sources.
template <class T>
void add_images(ExecSpace const& space, int first_axis, double unit, double reach,
                SlabPoints<T>& slab) {
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::uint32_t>>;
  auto const points = slab.points;
  auto const ids = slab.ids;
  std::uint32_t total = 0;
  Kokkos::parallel_reduce(
      "halos::count_images", Policy(space, 0, points.size()),
      KOKKOS_LAMBDA(std::uint32_t row, std::uint32_t & sum) {
        sum += image_count(low_axes(points.at(row), first_axis, unit, reach));
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
        std::uint32_t const axes = low_axes(point, first_axis, unit, reach),
                            own = points.own_size();
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
                 Strided2<T const> positions, double box_side, double unit) {
  comm.together([&] { particles::check_positions<T>(space, positions, box_side); });
  if (box_side > 0) return {{0, 0, 0}, {box_side, box_side, box_side}, box_side, unit};
  core::require(!std::is_integral_v<T>, "whole numbers count parts of a box");
  Frame frame{{0, 0, 0}, {0, 0, 0}, infinite, unit};
  for (int a = 0; a < 3; ++a) {
    coordinate_range<T>(space, positions, a, frame.low[a], frame.high[a]);
    frame.low[a] = -comm.max(-frame.low[a]);
    frame.high[a] = comm.max(frame.high[a]);
  }
  return frame;
}

template <class T>
SlabPoints<T> gather_slab(parallel::Communicator const& comm, ExecSpace const& space,
                          Strided2<T const> positions, Array1<std::int64_t const> ids,
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
    // Each time before rows are numbered.
    comm.together([&] { check_rows(slab.points); });
    move_to_slabs(comm, slabs, frame.unit, positions, ids, slab);
    comm.together([&] { check_rows(slab.points); });
    slab.points.copies = copies_from_above(comm, slabs, frame.unit, reach, slab);
    slab.low[0] = slabs.edge(comm.rank());
    slab.high[0] = slabs.edge(comm.rank() + 1) + reach;
  }
  comm.together([&] { check_rows(slab.points); });
  if (periodic) add_images(space, comm.size() > 1 ? 1 : 0, frame.unit, reach, slab);
  return slab;
}

template Frame find_frame(parallel::Communicator const&, ExecSpace const&, Strided2<float const>,
                          double, double);
template Frame find_frame(parallel::Communicator const&, ExecSpace const&, Strided2<double const>,
                          double, double);
template Frame find_frame(parallel::Communicator const&, ExecSpace const&,
                          Strided2<particles::Position const>, double, double);
template SlabPoints<float> gather_slab(parallel::Communicator const&, ExecSpace const&,
                                       Strided2<float const>, Array1<std::int64_t const>,
                                       Frame const&, double);
template SlabPoints<double> gather_slab(parallel::Communicator const&, ExecSpace const&,
                                        Strided2<double const>, Array1<std::int64_t const>,
                                        Frame const&, double);
template SlabPoints<particles::Position> gather_slab(parallel::Communicator const&,
                                                     ExecSpace const&,
                                                     Strided2<particles::Position const>,
                                                     Array1<std::int64_t const>, Frame const&,
                                                     double);

}  // namespace shearwater::halos
