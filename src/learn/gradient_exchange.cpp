// SPDX-License-Identifier: BSD-3-Clause
#include "gradient_exchange.hpp"

#include <algorithm>
#include <bit>

#include "shearwater/core/error.hpp"

namespace shearwater::learn {

namespace {

/// values (parts, count) -> the first row holds the binary-tree sum of all rows.
void add_as_tree(std::vector<float>& values, int parts, int count) {
  for (int distance = 1; distance < parts; distance *= 2)
    for (int part = 0; part + distance < parts; part += 2 * distance) {
      float* sum = values.data() + static_cast<std::ptrdiff_t>(part) * count;
      float const* other = sum + static_cast<std::ptrdiff_t>(distance) * count;
      for (int i = 0; i < count; ++i) sum[i] += other[i];
    }
}

}  // namespace

GradientExchange::GradientExchange(parallel::Communicator const& comm)
    : scatter_(comm.raw()), gather_(comm.raw()) {
  core::require(std::has_single_bit(static_cast<unsigned>(comm.size())),
                "gradients are summed over a power of two of ranks");
}

void GradientExchange::post(float* data, std::int64_t count) {
  if (scatter_.size() == 1) return;
  auto const limit = static_cast<std::int64_t>(parallel::call_limit() / sizeof(float));
  for (std::int64_t first = 0; first < count; first += limit)
    start(data + first, std::min(limit, count - first));
  progress();
}

void GradientExchange::start(float* data, std::int64_t count) {
  Piece& piece = pieces_.emplace_back();
  piece.data = data;
  for (int rank = 0; rank < scatter_.size(); ++rank) {
    auto const share = parallel::share_of(count, rank, scatter_.size());
    piece.counts.push_back(static_cast<int>(share.count));
    piece.offsets.push_back(static_cast<int>(share.first));
  }
  auto const mine = piece.counts[static_cast<std::size_t>(scatter_.rank())];
  for (int rank = 0; rank < scatter_.size(); ++rank) {
    piece.received_counts.push_back(mine);
    piece.received_offsets.push_back(rank * mine);
  }
  piece.received.resize(static_cast<std::size_t>(mine) * static_cast<std::size_t>(scatter_.size()));
  parallel::check(
      MPI_Ialltoallv(piece.data, piece.counts.data(), piece.offsets.data(), MPI_FLOAT,
                     piece.received.data(), piece.received_counts.data(),
                     piece.received_offsets.data(), MPI_FLOAT, scatter_.raw(), &piece.request),
      "MPI_Ialltoallv");
}

void GradientExchange::add_and_gather(Piece& piece) {
  auto const rank = static_cast<std::size_t>(gather_.rank());
  add_as_tree(piece.received, gather_.size(), piece.counts[rank]);
  parallel::check(MPI_Iallgatherv(piece.received.data(), piece.counts[rank], MPI_FLOAT, piece.data,
                                  piece.counts.data(), piece.offsets.data(), MPI_FLOAT,
                                  gather_.raw(), &piece.request),
                  "MPI_Iallgatherv");
}

void GradientExchange::progress() {
  // Second phases start strictly in the order of the pieces, whichever first phase ends earlier.
  while (added_ < pieces_.size()) {
    int done = 0;
    parallel::check(MPI_Test(&pieces_[added_].request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (!done) return;
    add_and_gather(pieces_[added_++]);
  }
}

void GradientExchange::finish() {
  while (added_ < pieces_.size()) {
    parallel::check(MPI_Wait(&pieces_[added_].request, MPI_STATUS_IGNORE), "MPI_Wait");
    add_and_gather(pieces_[added_++]);
  }
  for (auto& piece : pieces_)
    parallel::check(MPI_Wait(&piece.request, MPI_STATUS_IGNORE), "MPI_Wait");
  pieces_.clear();
  added_ = 0;
}

}  // namespace shearwater::learn
