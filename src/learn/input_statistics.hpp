// SPDX-License-Identifier: BSD-3-Clause
// Means and standard deviations of the network's inputs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// Mean and standard deviation of each map channel, noise channel and summary. A quantity that
/// never changes has sd 1.
struct InputStatistics {
  struct Moments {
    std::vector<float> mean, sd;
  };
  Moments maps, noise, summaries;
};

/// Measures examples [first, first + count) of `source`, in blocks of 64 that are summed in the
/// order of the examples, so that the result does not depend on the number of ranks. Collective
/// over comm. Throws on all ranks what `source` throws on one.
InputStatistics measure_inputs(parallel::Communicator const& comm,
                               bridge::ExampleSource const& source, std::int64_t first,
                               std::int64_t count);

}  // namespace shearwater::learn
