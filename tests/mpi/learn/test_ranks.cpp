// SPDX-License-Identifier: BSD-3-Clause
// The same weights, bit for bit, on every number of ranks that divides the shards.
#include <cstring>
#include <fstream>

#include "catch.hpp"
#include "generator_fixture.hpp"
#include "shearwater/core/error.hpp"
#include "support.hpp"
#include "training_fixture.hpp"

namespace {

using namespace shearwater;

/// Calls action(comm) on the first `size` ranks of the world; the others wait. What it throws is
/// thrown after all have come back.
template <class Action>
void on_ranks(int size, Action&& action) {
  MPI_Comm part = MPI_COMM_NULL;
  bool const inside = test::world().rank() < size;
  MPI_Comm_split(test::world().raw(), inside ? 0 : MPI_UNDEFINED, 0, &part);
  if (inside) action(parallel::Communicator(part));
  if (inside) MPI_Comm_free(&part);
  test::world().barrier();
}

/// Numbers of ranks up to the world's that divide four shards.
std::vector<int> rank_counts() {
  std::vector<int> counts;
  for (int const size : {1, 2, 4})
    if (size <= test::world().size()) counts.push_back(size);
  return counts;
}

class FailingSource : public test::ToyMapSource {
 public:
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override {
    // Example 300 lies in the last shard of a step: one rank alone makes it.
    if (first <= 300 && 300 < first + static_cast<std::uint64_t>(count))
      throw core::NumericsError("example 300 is broken");
    return test::ToyMapSource::examples(first, count);
  }
};

}  // namespace

TEST_CASE("weights have the same bits on 1, 2 and 4 ranks, with and without overlap",
          "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  std::vector<std::string> folders;
  for (int const size : rank_counts())
    for (bool const overlap : {true, false}) {
      training.train.overlap = training.train.prefetch = overlap;
      folders.push_back(scratch.file(std::to_string(size) + (overlap ? "with" : "without")));
      on_ranks(size,
               [&](parallel::Communicator const& comm) { training.run(comm, folders.back()); });
    }
  if (!test::world().is_root()) return;
  for (auto const& folder : folders)
    CHECK(test::weights_of(folder) == test::weights_of(folders.front()));
}

TEST_CASE("GANs and flows of values have the same bits on 1, 2 and 4 ranks, resumed or not",
          "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator training;
  training.generator.kind = GENERATE("gan", "flow");
  training.generator.layer = GENERATE("directional", "equivariant");
  bool const values = training.generator.kind == "flow";
  if (values && training.generator.layer == "equivariant") return;
  training.generator.generator_layers = training.generator.critic_layers = {8};
  training.generator.directions = 2;
  training.generator.critic_steps = 2;
  training.generator.blocks = {1, 1};
  training.train.beta1 = values ? 0.9 : 0;
  if (values) training.generator.label = "values";
  training.values = values;
  std::vector<std::string> folders;
  for (int const size : rank_counts()) {
    folders.push_back(scratch.file(std::to_string(size)));
    on_ranks(size, [&](parallel::Communicator const& comm) { training.run(comm, folders.back()); });
  }
  // Stopped after the first step, which is the critic's.
  folders.push_back(scratch.file("resumed"));
  if (test::world().is_root()) {
    std::filesystem::create_directories(folders.back());
    std::ofstream(folders.back() + "/stop") << "";
  }
  test::world().barrier();
  on_ranks(1, [&](parallel::Communicator const& comm) {
    CHECK(training.run(comm, folders.back(), false, core::RunControl(folders.back())).stopped);
    std::filesystem::remove(folders.back() + "/stop");
  });
  on_ranks(rank_counts().back(),
           [&](parallel::Communicator const& comm) { training.run(comm, folders.back(), true); });
  if (!test::world().is_root()) return;
  for (auto const& folder : folders)
    CHECK(test::weights_of(folder) == test::weights_of(folders.front()));
}

TEST_CASE("kept examples and bfloat16 keep the bits, half-shards do not", "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.train.examples = 96;
  training.train.precision = "bfloat16";
  for (int const size : rank_counts())
    on_ranks(size, [&](parallel::Communicator const& comm) {
      training.run(comm, scratch.file(std::to_string(size)));
    });
  training.train.shards = 8;
  training.train.shard_size = 4;
  on_ranks(1,
           [&](parallel::Communicator const& comm) { training.run(comm, scratch.file("half")); });
  if (!test::world().is_root()) return;
  for (int const size : rank_counts())
    CHECK(test::weights_of(scratch.file("1")) ==
          test::weights_of(scratch.file(std::to_string(size))));
  CHECK(test::weights_of(scratch.file("1")) != test::weights_of(scratch.file("half")));
}

TEST_CASE("a training resumes on another number of ranks with the same bits", "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallTraining const training;
  auto const whole = scratch.file("whole"), parts = scratch.file("parts");
  on_ranks(1, [&](parallel::Communicator const& comm) { training.run(comm, whole); });
  if (test::world().is_root()) {
    std::filesystem::create_directories(parts);
    std::ofstream(parts + "/stop") << "";
  }
  test::world().barrier();
  bool resume = false;
  for (int const size : rank_counts()) {
    on_ranks(size, [&](parallel::Communicator const& comm) {
      CHECK(training.run(comm, parts, resume, core::RunControl(parts)).stopped);
    });
    resume = true;
  }
  if (test::world().is_root()) std::filesystem::remove(parts + "/stop");
  test::world().barrier();
  on_ranks(1, [&](parallel::Communicator const& comm) { training.run(comm, parts, true); });
  if (test::world().is_root()) CHECK(test::weights_of(whole) == test::weights_of(parts));
}

TEST_CASE("an error of one rank is thrown on all", "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallTraining const training;
  FailingSource const source;
  auto const size = rank_counts().back();
  on_ranks(size, [&](parallel::Communicator const& comm) {
    CHECK_THROWS_WITH(learn::train(comm, training.network, training.train, training.prior, source,
                                   core::RunControl(), {scratch.file("failing"), false, ""}),
                      ContainsSubstring("example 300 is broken"));
  });
}

TEST_CASE("a number of ranks that does not divide the shards is refused", "[learn][mpi]") {
  if (test::world().size() != 3) return;
  test::ScratchFolder const scratch;
  test::SmallTraining const training;
  CHECK_THROWS_WITH(training.run(test::world(), scratch.file("three")),
                    ContainsSubstring("use 1, 2, 4"));
}

TEST_CASE("generators have the same weights and samples on 1, 2 and 4 ranks", "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  small.kind.frames = true;
  std::vector<std::string> hashes;
  for (int const size : rank_counts()) {
    auto const folder = scratch.file("generator" + std::to_string(size));
    on_ranks(size, [&](parallel::Communicator const& comm) { small.run(comm, folder); });
    hashes.push_back(test::weights_of(folder));
    CHECK(hashes.back() == hashes.front());
  }
  // Each rank samples other graphs: what a node gets depends on none of that.
  learn::GeneratorModel const model(scratch.file("generator1"));
  auto const source = small.source();
  auto const own = model.sample(source.examples(50, 1), 3, 1);
  auto const among = model.sample(
      source.examples(static_cast<std::uint64_t>(50 - test::world().rank()), 20), 3, 1);
  std::int64_t before = 0;
  for (auto example = 50 - test::world().rank(); example < 50; ++example)
    before += source.examples(static_cast<std::uint64_t>(example), 1).at("row").extents[0];
  CHECK(std::memcmp(bridge::host_data<float>(among.at("frames")) + 9 * before,
                    bridge::host_data<float>(own.at("frames")),
                    static_cast<std::size_t>(own.at("frames").size()) * 4) == 0);
}

TEST_CASE("a model to start from that is not there is refused on all ranks", "[learn][mpi]") {
  test::ScratchFolder const scratch;
  test::SmallGenerator small;
  small.train.start_from = scratch.file("nothing");
  CHECK_THROWS_AS(small.run(test::world(), scratch.file("model")), core::Error);
}
