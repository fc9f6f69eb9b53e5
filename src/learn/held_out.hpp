// SPDX-License-Identifier: BSD-3-Clause
// The loss on examples that the training never sees.
#pragma once

#include <cstdint>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/parallel/communicator.hpp"
#include "shearwater/statistics/prior.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// Examples [0, count) of a source, in blocks of 64 that are divided among the ranks and kept.
class HeldOut {
 public:
  /// Collective over comm; throws on all ranks what the source throws on one.
  HeldOut(parallel::Communicator const& comm, bridge::ExampleSource const& source,
          std::int64_t count);
  /// Mean loss, summed in the order of the examples. Collective over comm.
  double loss(parallel::Communicator const& comm, Task& task) const;
  /// Mean ln |d theta / d u|: what turns the loss into that of the density in theta. Collective.
  double log_jacobian(parallel::Communicator const& comm, statistics::Prior const& prior) const;

 private:
  std::int64_t count_;
  std::vector<bridge::Batch> blocks_;
};

}  // namespace shearwater::learn
