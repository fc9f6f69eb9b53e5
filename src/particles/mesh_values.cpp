// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/mesh_values.hpp"

#include <fmt/format.h>

#include <numeric>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/particles/cloud_density.hpp"

namespace shearwater::particles {
namespace {

void check_points(double box_side, std::vector<double> const& points) {
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!(points[i] >= 0 && points[i] <= box_side))
      throw core::InputError(
          fmt::format("point {} has a coordinate of {:g} Mpc/h: points must be within [0, {:g}]; "
                      "wrap them into the box",
                      i / 3, points[i], box_side));
}

/// values(q): linear along y and z in the plane of asked(q).
void read_planes(ExecSpace const& space, Array1<PlanePoint> const& asked, double box_side,
                 std::int64_t first_plane, MeshPoints::Fft::Grid const& grid,
                 Array1<double> const& values) {
  std::int64_t const side = grid.extent_int(1);
  Kokkos::parallel_for(
      "particles::read_planes",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(asked.extent(0))),
      KOKKOS_LAMBDA(std::int64_t q) {
        auto const plane = asked(q).plane - first_plane;
        auto const y = MeshPlace::of(asked(q).y, box_side, side),
                   z = MeshPlace::of(asked(q).z, box_side, side);
        std::int64_t const row = (y.node + 1) % side, column = (z.node + 1) % side;
        double const near = (1 - z.part) * grid(plane, y.node, z.node) +
                            z.part * grid(plane, y.node, column),
                     far = (1 - z.part) * grid(plane, row, z.node) +
                           z.part * grid(plane, row, column);
        values(q) = (1 - y.part) * near + y.part * far;
      });
  space.fence("particles::read_planes");
}

}  // namespace

MeshPoints::MeshPoints(Fft const& fft, double box_side, std::vector<double> const& points)
    : fft_(fft), box_side_(box_side) {
  auto const& comm = fft.comm();
  comm.together([&] { check_points(box_side, points); });
  std::int64_t const side = fft.side();
  // Two questions for each point: of the plane below it, and of the one above.
  std::vector<PlanePoint> questions;
  std::vector<std::size_t> owner;
  sent_.assign(static_cast<std::size_t>(comm.size()), 0);
  for (std::size_t p = 0; p < points.size() / 3; ++p) {
    auto const x = MeshPlace::of(points[3 * p], box_side, side);
    part_.push_back(x.part);
    for (std::int64_t const plane : {x.node, (x.node + 1) % side}) {
      questions.push_back({plane, points[3 * p + 1], points[3 * p + 2]});
      owner.push_back(static_cast<std::size_t>(parallel::owner_of(plane, side, comm.size())));
      ++sent_[owner.back()];
    }
  }
  std::vector<std::int64_t> next(sent_.size(), 0);
  std::partial_sum(sent_.begin(), sent_.end() - 1, next.begin() + 1);
  std::vector<PlanePoint> leaving(questions.size());
  for (std::size_t q = 0; q < questions.size(); ++q) {
    auto const place = static_cast<std::size_t>(next[owner[q]]++);
    leaving[place] = questions[q];
    (q % 2 == 0 ? below_ : above_).push_back(place);
  }
  received_ = comm.exchange_counts(sent_);
  asked_ = Array1<PlanePoint>("particles::asked",
                              std::accumulate(received_.begin(), received_.end(), std::int64_t{0}));
  auto const arriving = Kokkos::create_mirror_view(asked_);
  comm.exchange<PlanePoint>(leaving, sent_, std::span(arriving.data(), arriving.size()), received_);
  Kokkos::deep_copy(asked_, arriving);
}

std::vector<double> MeshPoints::values(ExecSpace const& space, Fft::Grid const& grid) const {
  Array1<double> const answers("particles::answers", asked_.extent(0));
  read_planes(space, asked_, box_side_, fft_.own().first, grid, answers);
  auto const leaving = Kokkos::create_mirror_view_and_copy(HostSpace(), answers);
  std::vector<double> back(2 * part_.size());
  fft_.comm().exchange<double>(std::span<double const>(leaving.data(), leaving.size()), received_,
                               back, sent_);
  std::vector<double> result;
  for (std::size_t p = 0; p < part_.size(); ++p)
    result.push_back((1 - part_[p]) * back[below_[p]] + part_[p] * back[above_[p]]);
  return result;
}

}  // namespace shearwater::particles
