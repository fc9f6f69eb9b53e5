// SPDX-License-Identifier: BSD-3-Clause
// Lists of whole numbers summed over ranks.
#pragma once

#include <cstdint>
#include <span>

#include "shearwater/parallel/communicator.hpp"

namespace shearwater::parallel {

/// Collective over comm: each number becomes the sum of the ranks' numbers at its place, on all of
/// them. `values` has one length on all ranks, and none may overflow.
void sum(Communicator const& comm, std::span<std::int64_t> values);

}  // namespace shearwater::parallel
