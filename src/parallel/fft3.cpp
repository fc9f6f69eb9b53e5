// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/parallel/fft3.hpp"

#include <fmt/format.h>

#include "fft3_plans.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::parallel {

template <class Real>
Fft3<Real>::Fft3(Communicator const& comm, std::int64_t side) : comm_(comm), side_(side) {
  if (side < 2 || side > 32768 || side % 2 != 0)
    throw core::InputError(fmt::format(
        "a grid of {0}^3 cannot be transformed: its side must be even and between 2 and 32768",
        side));
  if (comm.size() > side)
    throw core::InputError(fmt::format(
        "a grid of {0}^3 cannot be divided among {1} ranks, because each needs a plane of its own: "
        "use at most {0} ranks, or a grid of side {1} or more",
        side, comm.size()));
  own_ = share_of(side, comm.rank(), comm.size());
  plans_ = std::make_shared<Plans>(side, own_.count, comm.size() > 1);
}

template <class Real>
typename Fft3<Real>::Grid Fft3<Real>::make_grid(std::string const& label) const {
  return Grid(label, own_.count, side_, side_ + 2);
}

template <class Real>
typename Fft3<Real>::Modes Fft3<Real>::modes(Grid const& grid) const {
  check_grid(grid);
  return Modes(reinterpret_cast<Kokkos::complex<Real>*>(grid.data()), side_, own_.count,
               side_ / 2 + 1);
}

template <class Real>
std::int64_t Fft3<Real>::buffer_bytes() const {
  return plans_->bytes();
}

template <class Real>
void Fft3<Real>::check_grid(Grid const& grid) const {
  core::require(grid.extent_int(0) == own_.count && grid.extent_int(1) == side_ &&
                    grid.extent_int(2) == side_ + 2 && grid.span_is_contiguous(),
                "grids are (own planes, side, side + 2)");
}

template <class Real>
void Fft3<Real>::forward(ExecSpace const& space, Grid const& grid) const {
  planes_forward(space, grid);
  to_rows(space, grid);
  lines(space, grid, Lines::forward, {});
}

template <class Real>
void Fft3<Real>::inverse(ExecSpace const& space, Grid const& grid) const {
  lines(space, grid, Lines::inverse, {});
  to_planes(space, grid);
  planes_inverse(space, grid);
}

namespace {

/// How many modes this rank gives to, or takes from, each rank.
std::vector<std::int64_t> mode_counts(std::int64_t side, std::int64_t own, int ranks) {
  std::vector<std::int64_t> counts;
  for (int r = 0; r < ranks; ++r)
    counts.push_back(own * share_of(side, r, ranks).count * (side / 2 + 1));
  return counts;
}

template <class View>
auto span_of(View const& view) {
  return std::span(view.data(), view.size());
}

}  // namespace

// Between the two forms the block of rank r, (own planes, rows of r, kz), is contiguous in the
// buffer on the side of the planes, and already in place on the side of the rows.
template <class Real>
void Fft3<Real>::to_rows(ExecSpace const& space, Grid const& grid) const {
  if (comm_.size() == 1) return;
  Modes const planes(modes(grid).data(), own_.count, side_, side_ / 2 + 1);
  plans_->for_each_block(comm_, side_, own_.count, [&](Share const& rows, Modes const& block) {
    auto const range = Kokkos::make_pair(rows.first, rows.first + rows.count);
    Kokkos::deep_copy(space, block, Kokkos::subview(planes, Kokkos::ALL, range, Kokkos::ALL));
  });
  space.fence("parallel::fft3_to_rows");
  auto const counts = mode_counts(side_, own_.count, comm_.size());
  auto const send = Kokkos::create_mirror_view_and_copy(HostSpace(), plans_->buffer);
  auto const received = Kokkos::create_mirror_view(HostSpace(), modes(grid));
  comm_.exchange(std::span<Kokkos::complex<Real> const>(span_of(send)), counts, span_of(received),
                 counts);
  if (received.data() != modes(grid).data()) Kokkos::deep_copy(space, modes(grid), received);
}

template <class Real>
void Fft3<Real>::to_planes(ExecSpace const& space, Grid const& grid) const {
  if (comm_.size() == 1) return;
  space.fence("parallel::fft3_to_planes");
  auto const counts = mode_counts(side_, own_.count, comm_.size());
  auto const send = Kokkos::create_mirror_view_and_copy(HostSpace(), modes(grid));
  auto const received = Kokkos::create_mirror_view(HostSpace(), plans_->buffer);
  comm_.exchange(std::span<Kokkos::complex<Real> const>(span_of(send)), counts, span_of(received),
                 counts);
  if (received.data() != plans_->buffer.data()) Kokkos::deep_copy(space, plans_->buffer, received);
  Modes const planes(modes(grid).data(), own_.count, side_, side_ / 2 + 1);
  plans_->for_each_block(comm_, side_, own_.count, [&](Share const& rows, Modes const& block) {
    auto const range = Kokkos::make_pair(rows.first, rows.first + rows.count);
    Kokkos::deep_copy(space, Kokkos::subview(planes, Kokkos::ALL, range, Kokkos::ALL), block);
  });
}

#ifdef KOKKOS_ENABLE_CUDA

template <class Real>
void Fft3<Real>::planes_forward(ExecSpace const& space, Grid const& grid) const {
  check_grid(grid);
  plans_->run(space, plans_->forward_planes, grid.data(), CUFFT_FORWARD);
}

template <class Real>
void Fft3<Real>::planes_inverse(ExecSpace const& space, Grid const& grid) const {
  plans_->run(space, plans_->inverse_planes, grid.data(), CUFFT_INVERSE);
}

template <class Real>
void Fft3<Real>::lines(ExecSpace const& space, Grid const& grid, Lines which,
                       LineWork const&) const {
  check_grid(grid);
  plans_->run_lines(space, grid.data(), which == Lines::forward ? CUFFT_FORWARD : CUFFT_INVERSE);
}

#else

template <class Real>
void Fft3<Real>::planes_forward(ExecSpace const& space, Grid const& grid) const {
  check_grid(grid);
  auto const plans = plans_;
  Kokkos::parallel_for("parallel::fft3_planes",
                       Kokkos::RangePolicy<ExecSpace>(space, 0, own_.count),
                       [=](std::int64_t i) { plans->forward_plane(&grid(i, 0, 0)); });
}

template <class Real>
void Fft3<Real>::planes_inverse(ExecSpace const& space, Grid const& grid) const {
  auto const plans = plans_;
  Kokkos::parallel_for("parallel::fft3_planes",
                       Kokkos::RangePolicy<ExecSpace>(space, 0, own_.count),
                       [=](std::int64_t i) { plans->inverse_plane(&grid(i, 0, 0)); });
}

template <class Real>
void Fft3<Real>::lines(ExecSpace const& space, Grid const& grid, Lines which,
                       LineWork const& work) const {
  auto const plans = plans_;
  auto const all = modes(grid);
  std::int64_t const side = side_, half = side / 2 + 1, stride = own_.count * half;
  std::int64_t const blocks = (half + Plans::lanes - 1) / Plans::lanes, first_row = own_.first;
  Kokkos::Experimental::UniqueToken<ExecSpace> const token(space);
  plans->make_scratch(token.size());
  Kokkos::parallel_for("parallel::fft3_lines",
                       Kokkos::RangePolicy<ExecSpace>(space, 0, own_.count * blocks),
                       [=, this, &work](std::int64_t item) {
                         std::int64_t const row = item / blocks, kz = item % blocks * Plans::lanes;
                         std::int64_t const width = std::min<std::int64_t>(Plans::lanes, half - kz);
                         auto const thread = token.acquire();
                         auto* const scratch = plans->scratch_of(thread);
                         auto* const source = all.data() + row * half + kz;
                         for (std::int64_t i = 0; i < side; ++i)
                           std::copy_n(source + i * stride, width, scratch + i * width);
                         if (which != Lines::inverse) plans->line_forward(scratch, width);
                         if (work) work({scratch, signed_wave(first_row + row), kz, width});
                         if (which != Lines::forward) plans->line_inverse(scratch, width);
                         for (std::int64_t i = 0; i < side; ++i)
                           std::copy_n(scratch + i * width, width, source + i * stride);
                         token.release(thread);
                       });
}

#endif

template class Fft3<float>;
template class Fft3<double>;

}  // namespace shearwater::parallel
