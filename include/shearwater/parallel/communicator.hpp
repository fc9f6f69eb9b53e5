// SPDX-License-Identifier: BSD-3-Clause
// MPI with checked calls. Only main and the tests' main name the world; everything else is passed a
// Communicator.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace shearwater::parallel {

/// Starts MPI (thread level FUNNELED at least) and ends it. Made once, in main.
class Environment {
 public:
  Environment(int& argc, char**& argv);
  ~Environment();
  Environment(Environment const&) = delete;
  Environment& operator=(Environment const&) = delete;
};

/// Throws InternalError naming `call` and MPI's own text when `status` is not MPI_SUCCESS.
void check(int status, char const* call);

/// Most bytes that one MPI or HDF5 call moves: 2^30, or SHEARWATER_CALL_LIMIT bytes (the tests set
/// 1 kB so that every loop over pieces really loops).
std::size_t call_limit();

/// A duplicated communicator: our messages cannot meet those of other libraries. Copies share it.
class Communicator {
 public:
  /// Collective over `comm`: duplicates it.
  explicit Communicator(MPI_Comm comm);
  /// This rank alone. No call of it reaches MPI: it serves any thread, and a program that has not
  /// started MPI.
  static Communicator alone() { return {}; }

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }
  MPI_Comm raw() const { return comm_ ? *comm_ : MPI_COMM_SELF; }

  /// Collective: the ranks that share this rank's node, in rank order.
  Communicator node() const;

  /// Collective: waits for all.
  void barrier() const;
  /// Collective: true when `value` is true on every rank (any rank).
  bool all(bool value) const;
  bool any(bool value) const;
  std::int64_t sum(std::int64_t value) const;
  std::int64_t max(std::int64_t value) const;
  std::int64_t min(std::int64_t value) const;
  double max(double value) const;

  /// Collective: bytes of `root` to all, in pieces of call_limit().
  void broadcast_bytes(std::span<std::byte> data, int root = 0) const;
  template <class T>
  void broadcast(std::span<T> data, int root = 0) const {
    broadcast_bytes(std::as_writable_bytes(data), root);
  }
  /// Collective: root's text on all ranks.
  std::string broadcast(std::string text, int root = 0) const;

  /// Collective: concatenates the ranks' rows in rank order, on every rank. Rows may differ in
  /// number.
  std::vector<std::byte> all_gather_bytes(std::span<std::byte const> mine) const;
  template <class T>
  std::vector<T> all_gather(std::span<T const> mine) const {
    auto const bytes = all_gather_bytes(std::as_bytes(mine));
    std::vector<T> all(bytes.size() / sizeof(T));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(all.data()));
    return all;
  }

  /// Collective: `send` holds send_counts[r] elements for each rank r, in rank order; `receive`
  /// gets receive_counts[r] from each, in rank order. The counts of the two sides must agree.
  template <class T>
  void exchange(std::span<T const> send, std::span<std::int64_t const> send_counts,
                std::span<T> receive, std::span<std::int64_t const> receive_counts) const {
    exchange_bytes(std::as_bytes(send), send_counts, std::as_writable_bytes(receive),
                   receive_counts, sizeof(T));
  }
  /// Collective: one number from each rank to each: element r of the result is what rank r had for
  /// this one.
  std::vector<std::int64_t> exchange_counts(std::span<std::int64_t const> mine) const;

  /// Collective: to[r] holds the rows for rank r, as many as there are; returns those that came for
  /// this rank, in rank order.
  template <class Row>
  std::vector<Row> deliver(std::vector<std::vector<Row>> const& to) const {
    std::vector<Row> leaving;
    std::vector<std::int64_t> sent;
    for (auto const& rows : to) {
      leaving.insert(leaving.end(), rows.begin(), rows.end());
      sent.push_back(std::ssize(rows));
    }
    auto const received = exchange_counts(sent);
    std::vector<Row> arrived(static_cast<std::size_t>(
        std::accumulate(received.begin(), received.end(), std::int64_t{0})));
    exchange<Row>(leaving, sent, arrived, received);
    return arrived;
  }

  /// Collective: runs `action` on rank 0 alone; an Error there is thrown on every rank with its
  /// code.
  void on_root(std::function<void()> const& action) const;
  /// Collective: runs `action` on every rank; an Error on any rank is thrown on all (the lowest
  /// failing rank's message), so that nobody waits in the next collective call for ever.
  void together(std::function<void()> const& action) const;

 private:
  Communicator() = default;
  bool is_alone() const { return comm_ == nullptr; }
  template <class T>
  T reduce(T value, MPI_Datatype type, MPI_Op operation) const;
  void exchange_bytes(std::span<std::byte const> send, std::span<std::int64_t const> send_counts,
                      std::span<std::byte> receive, std::span<std::int64_t const> receive_counts,
                      std::size_t element) const;

  std::shared_ptr<MPI_Comm> comm_;  ///< null: alone
  int rank_ = 0, size_ = 1;
};

/// The rows [first, first + count) of `total` that `rank` of `size` owns: contiguous, in rank
/// order, sizes differ by at most one.
struct Share {
  std::int64_t first = 0, count = 0;
};
Share share_of(std::int64_t total, int rank, int size);

/// The rank that owns row `index` of `total`.
int owner_of(std::int64_t index, std::int64_t total, int size);

}  // namespace shearwater::parallel
