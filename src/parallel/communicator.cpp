// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/parallel/communicator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "shearwater/core/error.hpp"

namespace shearwater::parallel {

Environment::Environment(int& argc, char**& argv) {
  // Started without mpirun, Open MPI would start a daemon beside the program, which goes on, and
  // takes a core, when the program is killed. It is needed for MPI_Comm_spawn alone.
  setenv("OMPI_MCA_ess_singleton_isolated", "1", /*overwrite=*/0);
  // Pointers into files that ranks share, which nothing here uses, would be kept in a folder that
  // the end of any other program without mpirun removes; their lack is then reported as an error.
  setenv("OMPI_MCA_sharedfp", "^sm", /*overwrite=*/0);
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_FUNNELED)
    throw core::InternalError("this MPI offers no thread support (MPI_THREAD_FUNNELED is needed)");
}

Environment::~Environment() { MPI_Finalize(); }

void check(int status, char const* call) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw core::InternalError(fmt::format("{} failed: {}", call, std::string(text, text + length)));
}

std::size_t call_limit() {
  static std::size_t const limit = [] {
    char const* text = std::getenv("SHEARWATER_CALL_LIMIT");
    std::size_t const all = std::size_t{1} << 30;
    if (text == nullptr) return all;
    auto const asked = std::strtoull(text, nullptr, 10);
    return asked == 0 ? all : std::min<std::size_t>(asked, all);
  }();
  return limit;
}

Communicator::Communicator(MPI_Comm comm) {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  comm_ = std::shared_ptr<MPI_Comm>(new MPI_Comm(copy), [](MPI_Comm* owned) {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (finalized == 0) MPI_Comm_free(owned);
    delete owned;
  });
  check(MPI_Comm_rank(copy, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(copy, &size_), "MPI_Comm_size");
}

Communicator Communicator::node() const {
  if (is_alone()) return *this;
  MPI_Comm shared = MPI_COMM_NULL;
  check(MPI_Comm_split_type(raw(), MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &shared),
        "MPI_Comm_split_type");
  Communicator result(shared);
  check(MPI_Comm_free(&shared), "MPI_Comm_free");
  return result;
}

void Communicator::barrier() const {
  if (!is_alone()) check(MPI_Barrier(raw()), "MPI_Barrier");
}

template <class T>
T Communicator::reduce(T value, MPI_Datatype type, MPI_Op operation) const {
  if (is_alone()) return value;
  T result{};
  check(MPI_Allreduce(&value, &result, 1, type, operation, raw()), "MPI_Allreduce");
  return result;
}

bool Communicator::all(bool value) const { return min(value ? 1 : 0) == 1; }
bool Communicator::any(bool value) const { return max(std::int64_t{value ? 1 : 0}) == 1; }
std::int64_t Communicator::sum(std::int64_t value) const {
  return reduce(value, MPI_INT64_T, MPI_SUM);
}
std::int64_t Communicator::max(std::int64_t value) const {
  return reduce(value, MPI_INT64_T, MPI_MAX);
}
std::int64_t Communicator::min(std::int64_t value) const {
  return reduce(value, MPI_INT64_T, MPI_MIN);
}
double Communicator::max(double value) const { return reduce(value, MPI_DOUBLE, MPI_MAX); }

void Communicator::broadcast_bytes(std::span<std::byte> data, int root) const {
  if (is_alone()) return;
  std::size_t const piece = call_limit();
  for (std::size_t first = 0; first < data.size(); first += piece) {
    auto const count = static_cast<int>(std::min(piece, data.size() - first));
    check(MPI_Bcast(data.data() + first, count, MPI_BYTE, root, raw()), "MPI_Bcast");
  }
}

std::string Communicator::broadcast(std::string text, int root) const {
  auto length = static_cast<std::int64_t>(text.size());
  broadcast(std::span(&length, 1), root);
  text.resize(static_cast<std::size_t>(length));
  broadcast(std::span(text.data(), text.size()), root);
  return text;
}

std::vector<std::byte> Communicator::all_gather_bytes(std::span<std::byte const> mine) const {
  if (is_alone()) return {mine.begin(), mine.end()};
  auto const count = static_cast<std::int64_t>(mine.size());
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size_));
  check(MPI_Allgather(&count, 1, MPI_INT64_T, counts.data(), 1, MPI_INT64_T, raw()),
        "MPI_Allgather");
  std::int64_t total = 0;
  for (auto const c : counts) total += c;
  std::vector<std::byte> all(static_cast<std::size_t>(total));
  std::size_t first = 0;
  for (int source = 0; source < size_; ++source) {
    auto const length = static_cast<std::size_t>(counts[static_cast<std::size_t>(source)]);
    auto const part = std::span(all).subspan(first, length);
    if (source == rank_) std::copy(mine.begin(), mine.end(), part.begin());
    broadcast_bytes(part, source);
    first += length;
  }
  return all;
}

std::vector<std::int64_t> Communicator::exchange_counts(std::span<std::int64_t const> mine) const {
  core::require(std::ssize(mine) == size_, "one count for each rank");
  std::vector<std::int64_t> theirs(mine.begin(), mine.end());
  if (is_alone()) return theirs;
  check(MPI_Alltoall(mine.data(), 1, MPI_INT64_T, theirs.data(), 1, MPI_INT64_T, raw()),
        "MPI_Alltoall");
  return theirs;
}

void Communicator::exchange_bytes(std::span<std::byte const> send,
                                  std::span<std::int64_t const> send_counts,
                                  std::span<std::byte> receive,
                                  std::span<std::int64_t const> receive_counts,
                                  std::size_t element) const {
  auto const starts = [&](std::span<std::int64_t const> counts, std::size_t total) {
    core::require(std::ssize(counts) == size_, "one count for each rank");
    std::vector<std::size_t> first(1, 0);
    for (auto const c : counts)
      first.push_back(first.back() + static_cast<std::size_t>(c) * element);
    core::require(first.back() == total, "the counts of an exchange add up to its elements");
    return first;
  };
  auto const from = starts(send_counts, send.size()), to = starts(receive_counts, receive.size());
  if (is_alone()) {
    std::copy(send.begin(), send.end(), receive.begin());
    return;
  }
  std::size_t const piece = call_limit();
  auto const length = [&](std::span<std::size_t const> first, int rank, std::size_t done) {
    auto const r = static_cast<std::size_t>(rank);
    std::size_t const bytes = first[r + 1] - first[r];
    return done < bytes ? static_cast<int>(std::min(piece, bytes - done)) : 0;
  };
  // In turn d everybody sends to the rank d above and receives from the rank d below. The pieces of
  // a pair are met one by one; a side that has no more names nobody.
  for (int turn = 0; turn < size_; ++turn) {
    int const above = (rank_ + turn) % size_, below = (rank_ + size_ - turn) % size_;
    for (std::size_t done = 0;; done += piece) {
      int const out = length(from, above, done), in = length(to, below, done);
      if (out == 0 && in == 0) break;
      check(MPI_Sendrecv(send.data() + from[static_cast<std::size_t>(above)] + done, out, MPI_BYTE,
                         out > 0 ? above : MPI_PROC_NULL, 0,
                         receive.data() + to[static_cast<std::size_t>(below)] + done, in, MPI_BYTE,
                         in > 0 ? below : MPI_PROC_NULL, 0, raw(), MPI_STATUS_IGNORE),
            "MPI_Sendrecv");
    }
  }
}

void Communicator::on_root(std::function<void()> const& action) const {
  together([&] {
    if (is_root()) action();
  });
}

void Communicator::together(std::function<void()> const& action) const {
  std::int64_t code = 0;
  std::string message;
  try {
    action();
  } catch (std::exception const& error) {
    auto const known = core::as_error(error);
    code = static_cast<std::int64_t>(known.code());
    message = known.what();
  }
  std::int64_t const first_failed = min(code == 0 ? std::int64_t{size_} : std::int64_t{rank_});
  if (first_failed == size_) return;
  broadcast(std::span(&code, 1), static_cast<int>(first_failed));
  throw core::Error(static_cast<core::ExitCode>(code),
                    broadcast(message, static_cast<int>(first_failed)));
}

Share share_of(std::int64_t total, int rank, int size) {
  std::int64_t const base = total / size, rest = total % size;
  std::int64_t const extra = std::min<std::int64_t>(rank, rest);
  return {rank * base + extra, base + (rank < rest ? 1 : 0)};
}

int owner_of(std::int64_t index, std::int64_t total, int size) {
  std::int64_t const base = total / size, rest = total % size;
  std::int64_t const longer = rest * (base + 1);  // rows of the ranks that own one more
  return static_cast<int>(index < longer ? index / (base + 1) : rest + (index - longer) / base);
}

}  // namespace shearwater::parallel
