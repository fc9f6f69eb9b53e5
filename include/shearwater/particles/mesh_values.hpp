// SPDX-License-Identifier: BSD-3-Clause
// Values between the nodes of a mesh, at places that any rank may ask for.
#pragma once

#include <vector>

#include "shearwater/parallel/fft3.hpp"

namespace shearwater::particles {

/// A point in a plane of nodes, y and z in Mpc/h.
struct PlanePoint {
  std::int64_t plane;
  double y, z;
};

/// The way of this rank's points to the planes of a periodic mesh and of values back, for several
/// meshes. A value is linear along each axis between the nodes, which are at multiples of a cell:
/// a wave k is lowered by at most (k cell)^2 / 8 of itself along an axis.
class MeshPoints {
 public:
  using Fft = parallel::Fft3<double>;

  /// Collective over the ranks of fft. points: (n, 3) in [0, box_side] [Mpc/h]; throws InputError
  /// for others.
  MeshPoints(Fft const& fft, double box_side, std::vector<double> const& points);

  /// Collective: the values of a grid of fft at this rank's points, in their order.
  std::vector<double> values(ExecSpace const& space, Fft::Grid const& grid) const;

 private:
  Fft fft_;
  double box_side_;
  Array1<PlanePoint> asked_;                   ///< for planes of this rank
  std::vector<std::int64_t> sent_, received_;  ///< to and from each rank
  /// Of each point: how far it is from the plane below to the one above, and the places of its
  /// two questions in the order sent.
  std::vector<double> part_;
  std::vector<std::size_t> below_, above_;
};

}  // namespace shearwater::particles
