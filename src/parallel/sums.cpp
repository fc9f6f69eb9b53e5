// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/parallel/sums.hpp"

#include <algorithm>

namespace shearwater::parallel {

void sum(Communicator const& comm, std::span<std::int64_t> values) {
  if (comm.size() == 1) return;
  std::size_t const most = std::max<std::size_t>(1, call_limit() / sizeof(std::int64_t));
  for (std::size_t first = 0; first < values.size(); first += most)
    check(MPI_Allreduce(MPI_IN_PLACE, values.data() + first,
                        static_cast<int>(std::min(most, values.size() - first)), MPI_INT64_T,
                        MPI_SUM, comm.raw()),
          "MPI_Allreduce");
}

}  // namespace shearwater::parallel
