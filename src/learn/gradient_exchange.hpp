// SPDX-License-Identifier: BSD-3-Clause
// Sums vectors over ranks in a fixed order, while the caller goes on computing.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::learn {

/// Element i of the result is the sum of the ranks' elements i by a binary tree over the rank:
/// (r0 + r1) + (r2 + r3), ... So the bits do not depend on how a vector is cut into pieces, and
/// with each rank holding the tree sum of its own shards, not on the number of ranks either. MPI
/// only moves numbers: each rank receives all ranks' values of its part of a piece, adds them, and
/// sends the sum to all.
class GradientExchange {
 public:
  /// Collective over comm (two duplicates, one for each phase: the nonblocking collectives of one
  /// communicator must start in the same order everywhere). comm.size() must be a power of two.
  explicit GradientExchange(parallel::Communicator const& comm);

  /// Starts the sum of data[0, count) in place; all ranks post the same counts in the same order.
  /// The data must not be touched before finish() returns. Pieces hold at most
  /// parallel::call_limit() bytes.
  void post(float* data, std::int64_t count);
  /// Lets posted sums advance; cheap. Never waits.
  void progress();
  /// Waits for all posted sums.
  void finish();

 private:
  struct Piece {
    float* data = nullptr;
    std::vector<int> counts, offsets;  ///< of each rank's part
    std::vector<int> received_counts, received_offsets;
    std::vector<float> received;  ///< all ranks' values of this rank's part
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void start(float* data, std::int64_t count);
  void add_and_gather(Piece& piece);

  parallel::Communicator scatter_, gather_;
  std::deque<Piece> pieces_;  // in the order of posting, which is also that of completion
  std::size_t added_ = 0;     // pieces [0, added_) are in their second phase
};

}  // namespace shearwater::learn
