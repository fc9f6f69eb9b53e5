// SPDX-License-Identifier: BSD-3-Clause
// Run with SHEARWATER_CALL_LIMIT=1024, so that every loop over pieces takes several turns.
#include <numeric>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/parallel/sums.hpp"
#include "support.hpp"

using namespace shearwater;

TEST_CASE("the limit of one call comes from the environment", "[parallel][mpi]") {
  CHECK(parallel::call_limit() == 1024);
}

TEST_CASE("broadcast moves more than one call may", "[parallel][mpi]") {
  auto const& comm = test::world();
  std::vector<std::int64_t> values(1000, -1);
  if (comm.is_root()) std::iota(values.begin(), values.end(), std::int64_t{0});
  comm.broadcast(std::span(values));
  for (std::size_t i = 0; i < values.size(); ++i)
    REQUIRE(values[i] == static_cast<std::int64_t>(i));
  CHECK(comm.broadcast(comm.is_root() ? std::string(3000, 'x') : "") == std::string(3000, 'x'));
}

TEST_CASE("lists of numbers are summed place by place", "[parallel][mpi]") {
  auto const& comm = test::world();
  // 1024 bytes are 128 numbers: none, one call, one more number, several calls.
  for (std::size_t const count : {0, 128, 129, 1000}) {
    std::vector<std::int64_t> values(count);
    for (std::size_t i = 0; i < count; ++i)
      values[i] = (comm.rank() + 1) * (static_cast<std::int64_t>(i) + (std::int64_t{1} << 40));
    parallel::sum(comm, values);
    std::int64_t const ranks = std::int64_t{comm.size()} * (comm.size() + 1) / 2;
    for (std::size_t i = 0; i < count; ++i)
      REQUIRE(values[i] == ranks * (static_cast<std::int64_t>(i) + (std::int64_t{1} << 40)));
  }
}

TEST_CASE("all_gather keeps the order of ranks and takes rows of any number", "[parallel][mpi]") {
  auto const& comm = test::world();
  // Rank r brings r * 200 copies of r, so rank 0 brings none.
  std::vector<std::int32_t> const mine(static_cast<std::size_t>(comm.rank()) * 200, comm.rank());
  auto const all = comm.all_gather(std::span<std::int32_t const>(mine));
  std::size_t at = 0;
  for (int r = 0; r < comm.size(); ++r)
    for (int i = 0; i < r * 200; ++i) REQUIRE(all[at++] == r);
  CHECK(at == all.size());
}

TEST_CASE("an exchange brings every rank's rows in rank order", "[parallel][mpi]") {
  auto const& comm = test::world();
  int const size = comm.size(), me = comm.rank();
  // Rank r has 100 r + 50 s rows for rank s, so that some pairs take several pieces and some none.
  auto const rows = [](int r, int s) { return std::int64_t{100} * r + 50 * s; };
  std::vector<std::int64_t> send_counts, send;
  for (int s = 0; s < size; ++s) {
    send_counts.push_back(rows(me, s));
    for (std::int64_t i = 0; i < rows(me, s); ++i) send.push_back(1000000 * me + 10000 * s + i);
  }
  auto const receive_counts = comm.exchange_counts(send_counts);
  std::vector<std::int64_t> expected;
  for (int r = 0; r < size; ++r) {
    CHECK(receive_counts[static_cast<std::size_t>(r)] == rows(r, me));
    for (std::int64_t i = 0; i < rows(r, me); ++i) expected.push_back(1000000 * r + 10000 * me + i);
  }
  std::vector<std::int64_t> received(expected.size(), -1);
  comm.exchange(std::span<std::int64_t const>(send), send_counts, std::span(received),
                receive_counts);
  CHECK(received == expected);
}

TEST_CASE("control values are agreed", "[parallel][mpi]") {
  auto const& comm = test::world();
  int const size = comm.size();
  CHECK(comm.sum(std::int64_t{1}) == size);
  CHECK(comm.max(std::int64_t{comm.rank()}) == size - 1);
  CHECK(comm.min(std::int64_t{comm.rank()}) == 0);
  CHECK(comm.any(comm.rank() == size - 1));
  CHECK(comm.all(true));
  CHECK(comm.all(comm.is_root()) == (size == 1));
}

TEST_CASE("an error on one rank is thrown on all of them", "[parallel][mpi]") {
  auto const& comm = test::world();
  int const failing = comm.size() - 1;
  try {
    comm.together([&] {
      if (comm.rank() == failing) throw core::InputError("only this rank knows");
    });
    FAIL("nothing was thrown");
  } catch (core::Error const& error) {
    CHECK(error.code() == core::ExitCode::bad_input);
    CHECK(std::string(error.what()) == "only this rank knows");
  }
  CHECK_THROWS_WITH(comm.on_root([] { throw core::IoError("no space"); }), "no space");
}

TEST_CASE("shares cover everything once and differ by at most one row", "[parallel]") {
  for (std::int64_t const total : {0, 1, 7, 1000}) {
    std::int64_t next = 0;
    for (int r = 0; r < 3; ++r) {
      auto const share = parallel::share_of(total, r, 3);
      CHECK(share.first == next);
      CHECK((share.count == total / 3 || share.count == total / 3 + 1));
      for (std::int64_t i = 0; i < share.count; ++i)
        REQUIRE(parallel::owner_of(share.first + i, total, 3) == r);
      next += share.count;
    }
    CHECK(next == total);
  }
}

TEST_CASE("a rank alone has its own data back", "[parallel][mpi]") {
  auto const alone = parallel::Communicator::alone();
  CHECK(alone.size() == 1);
  CHECK(alone.is_root());
  CHECK(alone.sum(7) == 7);
  std::vector<std::int64_t> own{2, 7};
  parallel::sum(alone, own);
  CHECK(own == std::vector<std::int64_t>{2, 7});
  CHECK(alone.max(2.5) == 2.5);
  CHECK(alone.all(true));
  CHECK(!alone.any(false));
  CHECK(alone.node().size() == 1);
  alone.barrier();
  std::vector<std::int64_t> const mine{3, 1, 4};
  CHECK(alone.all_gather(std::span<std::int64_t const>(mine)) == mine);
  CHECK(alone.exchange_counts(std::vector<std::int64_t>{3}) == std::vector<std::int64_t>{3});
  std::vector<std::int64_t> got(3);
  alone.exchange(std::span<std::int64_t const>(mine), std::vector<std::int64_t>{3},
                 std::span<std::int64_t>(got), std::vector<std::int64_t>{3});
  CHECK(got == mine);
  alone.broadcast(std::span(got));
  CHECK(alone.broadcast(std::string("same")) == "same");
  CHECK_THROWS_WITH(alone.together([] { throw core::InputError("mine alone"); }),
                    ContainsSubstring("mine alone"));
}
