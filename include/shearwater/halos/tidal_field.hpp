// SPDX-License-Identifier: BSD-3-Clause
// The tidal tensor of the matter in a periodic box: on a mesh, and at the places of halos.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "shearwater/halos/principal_axes.hpp"
#include "shearwater/particles/mesh_values.hpp"
#include "shearwater/particles/particle_set.hpp"

namespace shearwater::halos {

/// T_xx, T_yy, T_zz, T_xy, T_xz, T_yz, dimensionless.
using TidalTensor = std::array<double, 6>;

/// Matter falls in along the axis of a positive eigenvalue, the first one fastest.
PrincipalAxes tidal_axes(TidalTensor const& tensor);

/// The even mesh with about one cell for each of `particles` in the box.
std::int64_t tidal_mesh(std::int64_t particles);

/// T_ij = d_i d_j laplacian^-1 delta, smoothed by a Gaussian of radius R:
///   T_ij(k) = (k_i k_j / k^2) delta(k) exp(-k^2 R^2 / 2),
/// whose trace is the overdensity smoothed alike. Modes at the Nyquist wavenumber of the mesh,
/// whose sign is not known, and the mean are zero. R has the unit of the box, Mpc/h.
class TidalField {
 public:
  using Fft = parallel::Fft3<double>;
  /// What the overdensity on the mesh was smoothed by, to be undone.
  enum class Window { none, clouds };

  /// Collective over the ranks of fft. overdensity: a grid of fft, whose memory is used on.
  TidalField(Fft const& fft, ExecSpace const& space, double box_side, Fft::Grid const& overdensity,
             Window window);

  /// Collective over comm: of particles in any order and on any rank, on a mesh of `mesh` cells
  /// along a side. Throws InputError for a mesh that Fft3 refuses and particles that
  /// particles::deposit_clouds does.
  template <class T>
  static TidalField of_particles(parallel::Communicator const& comm, ExecSpace const& space,
                                 particles::ParticleSet<T> const& particles, std::int64_t mesh);

  /// Collective: T_ij on the mesh, i and j from 0 to 2.
  Fft::Grid component(ExecSpace const& space, int i, int j, double smoothing) const;
  /// Collective: the smoothed overdensity on the mesh, the trace of the tensor.
  Fft::Grid overdensity(ExecSpace const& space, double smoothing) const;
  /// Collective: result[p * smoothings + s] at this rank's points, (n, 3) in [0, box_side], linear
  /// between the nodes of the mesh. The same bits on any number of ranks. Throws InputError for
  /// other points, and for a smoothing that is not between a cell of the mesh and half the box.
  std::vector<TidalTensor> at(ExecSpace const& space, std::vector<double> const& points,
                              std::vector<double> const& smoothings) const;

 private:
  Fft fft_;
  double box_side_;
  Fft::Grid density_;  ///< its modes, divided by the number of cells
};

/// Throws InputError with the remedy for a smoothing [Mpc/h] that a mesh of `mesh` cells along a
/// box of `box_side` cannot have: below a cell, or more than half the box.
void check_smoothing(double smoothing, double box_side, std::int64_t mesh);

}  // namespace shearwater::halos
