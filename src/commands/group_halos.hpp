// SPDX-License-Identifier: BSD-3-Clause
// Halos of our own catalogues, and columns of halos on their way to kernels.
#pragma once

#include <memory>
#include <vector>

#include "host_halos.hpp"

namespace shearwater::commands {

/// What a block of halos is made of; empty for what is not known.
struct HaloColumnsInMemory {
  std::vector<std::int64_t> id;
  std::vector<double> mass, position;
  std::vector<float> velocity, scale_factor, axes, axis_ratios, tidal_values, tidal_axes, secondary;
};
/// Rows of three numbers.
template <class T>
Array2<T> triples_on_device(char const* label, std::vector<T> const& values) {
  Array2<T> result(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)),
                   values.size() / 3, 3);
  Array1<T> const flat(result.data(), result.size());
  Kokkos::deep_copy(flat,
                    Kokkos::View<T const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        values.data(), values.size()));
  return result;
}

/// Keyed by id.
galaxies::HaloBlock on_device(HaloColumnsInMemory const& columns);

/// Axes and ratios become NaN, as unknown ones are, unless 1 >= b/a >= c/a > 0; so does an axis
/// that is not of length 1.
void forget_impossible_shapes(HaloColumnsInMemory& columns);

/// Frames (n, 3, 3) of major axes (n, 3) of any length; those of length 0 are not known: NaN. The
/// other two axes, which catalogues of other codes do not tell, are NaN.
std::vector<float> frames_about(std::vector<float> const& major);

/// Null for a file of another program.
std::unique_ptr<HostHalos> open_groups(HostJob const& job, bool wants_tides);

}  // namespace shearwater::commands
