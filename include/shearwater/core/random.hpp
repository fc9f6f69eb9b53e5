// SPDX-License-Identifier: BSD-3-Clause
// Counter-based random numbers: a draw is a function of (seed, purpose, global index, draw number)
// alone, so that simulated data do not depend on ranks, threads or the order of work.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace shearwater::core {

/// What a stream of numbers is for. Two purposes never share numbers. The values are part of the
/// meaning of a seed: append, never renumber.
enum class Purpose : std::uint32_t {
  parameters = 1,        ///< draws from the prior
  field = 2,             ///< modes of a Gaussian field
  noise = 3,             ///< shape noise of pixels
  mask = 4,              ///< random masks
  initial_weights = 5,   ///< network weights
  posterior = 6,         ///< samples of a posterior
  calibration = 7,       ///< choices of a calibration test (tie breaks, jitter)
  bootstrap = 8,         ///< resampling for error bars
  shuffle = 9,           ///< order of examples
  observation = 10,      ///< simulated data of toy tasks
  augmentation = 11,     ///< flips and shifts of training maps
  initial_density = 12,  ///< modes of the density field of a box
  line_of_sight = 13,    ///< how a repeated box is turned and shifted along a light cone
  box = 14,              ///< seeds of the boxes that simulated maps are seen through
  subsample = 15,        ///< particles that are written to a smaller file
  occupation = 16,       ///< how many galaxies a halo holds
  satellite = 17,        ///< where satellites are and how they move
  orientation = 18,      ///< axes of galaxies
  redshift_error = 19,   ///< photometric errors
  generator = 20,        ///< what a generator of shapes starts from
  sensors = 21,          ///< places of sensors
  hold_out = 22,         ///< which examples are kept from the training
  host_axes = 23         ///< axes of halos that a simulation does not resolve
};

/// Philox4x32-10 (Salmon et al. 2011): four independent 32-bit words for one counter.
std::array<std::uint32_t, 4> philox(std::uint64_t seed, Purpose purpose, std::uint64_t index,
                                    std::uint32_t draw);

/// A sequence of numbers for one (seed, purpose, index). Cheap to make; copies go on separately.
class Stream {
 public:
  Stream(std::uint64_t seed, Purpose purpose, std::uint64_t index)
      : seed_(seed), index_(index), purpose_(purpose) {}
  std::uint32_t bits();
  std::uint64_t bits64();
  double uniform();                          ///< in (0, 1), 53 bits
  double normal();                           ///< mean 0, variance 1 (Box-Muller)
  std::uint64_t below(std::uint64_t bound);  ///< in [0, bound), bias below 2^-64 bound

 private:
  std::uint64_t seed_, index_;
  std::array<std::uint32_t, 4> block_{};
  double spare_ = 0;
  Purpose purpose_;
  std::uint32_t draw_ = 0;
  int used_ = 4;
  bool has_spare_ = false;
};

/// Fills `out` with normals (mean 0, variance 1, float32): element i is a function of (seed,
/// purpose, index, first + i) alone, the same bits from the vector path and from the scalar one.
/// `first` must be a multiple of 4.
void fill_normals(std::uint64_t seed, Purpose purpose, std::uint64_t index, std::uint64_t first,
                  std::span<float> out);

}  // namespace shearwater::core
