// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/checkpoint.hpp"
#include "shearwater/io/safetensors.hpp"
#include "support.hpp"
#include "training_fixture.hpp"
#include "training_start.hpp"
#include "training_state.hpp"

namespace {

using namespace shearwater;

/// Examples with a NaN in those from `from` to before `to`.
class BrokenSource : public test::ToyMapSource {
 public:
  explicit BrokenSource(std::uint64_t from = 301, std::uint64_t to = UINT64_MAX)
      : from_(from), to_(to) {}
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override {
    auto batch = test::ToyMapSource::examples(first, count);
    if (first >= from_ && first < to_)
      bridge::host_data<float>(batch.at("summaries"))[0] = std::numeric_limits<float>::quiet_NaN();
    return batch;
  }

 private:
  std::uint64_t from_, to_;
};

template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (core::Error const& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a resumed training ends with the bits of one that never stopped", "[learn][unit]") {
  test::ScratchFolder const scratch;
  for (std::int64_t const examples : {0, 64}) {  // always new ones, and kept ones
    test::SmallTraining training;
    training.train.examples = examples;
    auto const whole = scratch.file("whole" + std::to_string(examples));
    auto const parts = scratch.file("parts" + std::to_string(examples));
    auto const result = training.run(test::world(), whole);
    REQUIRE(result.steps == 12);

    // A file named stop ends each run after one step, or while the kept examples are made.
    int runs = 0;
    for (bool stopped = true; stopped; ++runs) {
      REQUIRE(runs < 20);
      std::filesystem::create_directories(parts);
      if (runs < 4)
        std::ofstream(parts + "/stop") << "";
      else
        std::filesystem::remove(parts + "/stop");
      stopped = training.run(test::world(), parts, runs > 0, core::RunControl(parts)).stopped;
    }
    CHECK(runs == 5);
    CHECK(test::weights_of(whole) == test::weights_of(parts));
  }
}

TEST_CASE("a training with other settings does not resume a checkpoint", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("model");
  test::SmallTraining training;
  training.run(test::world(), folder);
  CHECK_THAT(message_of([&] { training.run(test::world(), folder); }),
             ContainsSubstring("model.safetensors"));
  training.train.learning_rate = 1e-4;
  CHECK_THAT(message_of([&] { training.run(test::world(), folder, true); }),
             ContainsSubstring("other settings"));
}

TEST_CASE("another build resumes a checkpoint, and a foreign file is none", "[learn][unit]") {
  auto const hash = [](std::string const& table, std::string const& program) {
    return learn::settings_hash(
        {"[" + table + "]\nprogram = \"" + program + "\"\nlabel = \"major\"\n"}, {});
  };
  CHECK(hash("card", "1.0 (a)") == hash("card", "1.0 (b)"));
  CHECK(hash("examples", "1.0 (a)") == hash("examples", "1.0 (b)"));
  CHECK(hash("network", "1.0 (a)") != hash("network", "1.0 (b)"));

  test::ScratchFolder const scratch;
  auto const write = [&](std::string const& name, std::map<std::string, std::string> metadata) {
    io::TensorFile file;
    file.metadata = std::move(metadata);
    for (auto const* array : {"weights", "running", "average", "first", "second", "best",
                              "best_running", "counts", "numbers"})
      file.tensors.push_back({array, std::string(array) == "counts" ? "I64" : "F32", {0}, {}});
    io::CheckpointWriter writer(scratch.file(name), 3);
    io::write_safetensors(writer.file("state.safetensors"), file);
    writer.commit();
    learn::TrainingState state;
    return message_of(
        [&] { learn::load_checkpoint(test::world(), scratch.file(name), "hash", state); });
  };
  CHECK_THAT(write("foreign", {{"format", "pt"}}),
             ContainsSubstring("no checkpoint of a training"));
  CHECK_THAT(write("other", {{"settings_hash", "another"}}), ContainsSubstring("other settings"));
  CHECK_THAT(write("empty", {{"settings_hash", "hash"}}), ContainsSubstring("lacks numbers"));
}

TEST_CASE("keys of speed and place do not keep a training from its checkpoint", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("model");
  test::SmallTraining training;
  auto const train = [&](std::string const& input, bool resume) {
    return learn::train(test::world(), training.network, training.train, training.prior,
                        training.source, core::RunControl(folder), {folder, resume, input});
  };
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/stop") << "";
  CHECK(train("[train]\noverlap = true\nbucket_kb = 1\n[output]\npath = \"a\"\n", false).stopped);
  std::filesystem::remove(folder + "/stop");
  training.train.overlap = training.train.prefetch = false;
  training.train.checkpoint_every = 3;
  auto const result =
      train("[output]\npath = \"b\"\n[train]\nbucket_kb = 2\noverlap = false\n", true);
  CHECK(result.steps == training.train.steps);
  CHECK_THAT(message_of([&] { train("[train]\nseed = 2\n", true); }),
             ContainsSubstring("other settings"));
}

TEST_CASE("neither overlap nor prefetching nor the bucket size changes a bit", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.run(test::world(), scratch.file("a"));
  training.train.prefetch = training.train.overlap = false;
  training.train.bucket_kb = 1000;
  training.run(test::world(), scratch.file("b"));
  training.train.shards = 8;
  training.train.shard_size = 4;
  training.run(test::world(), scratch.file("c"));
  CHECK(test::weights_of(scratch.file("a")) == test::weights_of(scratch.file("b")));
  // The same examples in half-shards: other batch statistics and roundings.
  CHECK(test::weights_of(scratch.file("a")) != test::weights_of(scratch.file("c")));
}

TEST_CASE("a small set of examples is learnt by heart", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.network.norm = "group";
  training.network.norm_groups = 2;
  training.network.layers = {64, 64};
  training.train.examples = 32;
  training.train.steps = 300;
  training.train.held_out_every = 50;
  training.train.learning_rate = 1e-2;
  auto const result = training.run(test::world(), scratch.file("model"));
  // 32 pairs of parameters: the loss starts at the prior's 1 + ln 2 pi = 2.84 nats and falls far
  // below what new examples allow.
  CHECK(result.curve.front().loss < 2.84);
  CHECK(result.curve.back().loss < -1.0);
  CHECK(result.curve.back().loss < result.held_out - 1.0);
}

TEST_CASE("early stopping keeps the best averaged weights", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.network.layers = {64, 64};
  training.train.examples = 32;
  training.train.steps = 1000;
  training.train.held_out_every = 20;
  training.train.learning_rate = 1e-2;
  training.train.patience = 3;
  auto const result = training.run(test::world(), scratch.file("model"));
  REQUIRE(result.converged_early);
  CHECK(result.steps < 1000);
  double best = result.curve.front().held_out;
  for (auto const& point : result.curve) best = std::min(best, point.held_out);
  CHECK(result.held_out == best);
}

TEST_CASE("a length in minutes becomes a number of steps", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.train.steps = 0;
  training.train.minutes = 0.01;
  auto const result = training.run(test::world(), scratch.file("model"));
  CHECK(result.steps == result.total_steps);
  CHECK(result.steps >= 10);
}

TEST_CASE("what goes wrong in a training is said in one clear message", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  BrokenSource const broken;
  auto const nan = message_of([&] {
    learn::train(test::world(), training.network, training.train, training.prior, broken,
                 core::RunControl(), {scratch.file("nan"), false, ""});
  });
  CHECK_THAT(nan, ContainsSubstring("not finite at step 7 (seed 1"));
  CHECK_THAT(nan, ContainsSubstring("lower train.learning_rate"));

  // Of the held-out examples alone: no gradient sees them, but they judge the weights.
  BrokenSource const judge(0, 100);
  auto const held_out = message_of([&] {
    learn::train(test::world(), training.network, training.train, training.prior, judge,
                 core::RunControl(), {scratch.file("held_out"), false, ""});
  });
  CHECK_THAT(held_out, ContainsSubstring("the held-out loss is") &&
                           ContainsSubstring("in the first train.held_out = 100 examples"));
  CHECK_FALSE(std::filesystem::exists(scratch.file("held_out") + "/model.safetensors"));

  training.train.device = "cuda";
  CHECK_THAT(message_of([&] { training.run(test::world(), scratch.file("cuda")); }),
             ContainsSubstring("use device = \"cpu\""));
  training.train.device = "cpu";
  training.train.steps = 0;
  CHECK_THAT(message_of([&] { training.run(test::world(), scratch.file("none")); }),
             ContainsSubstring("give one of them"));
  training.train.steps = 5;
  training.train.shards = 6;
  CHECK_THAT(message_of([&] { training.run(test::world(), scratch.file("six")); }),
             ContainsSubstring("power of two"));
}

TEST_CASE("a source with too few examples is refused before any work", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.train.held_out = 100;
  training.train.statistics_examples = 40;  // a step takes 32
  training.network.use_maps = training.network.mask_channel = training.network.noise_channel =
      false;
  auto const train = [&](std::int64_t size) {
    test::LinearGaussianSource const source(2, size);
    return learn::train(test::world(), training.network, training.train, training.prior, source,
                        core::RunControl(),
                        {scratch.file("model" + std::to_string(size)), false, ""});
  };
  CHECK_THAT(message_of([&] { train(139); }),
             ContainsSubstring("holds 139 examples, but 140 are needed: train.held_out = 100") &&
                 ContainsSubstring("make more examples or lower these keys"));
  CHECK(!std::filesystem::exists(scratch.file("model139")));
  CHECK(train(140).steps == training.train.steps);
  training.train.examples = 65;  // three steps of 32
  CHECK_THAT(message_of([&] { train(195); }), ContainsSubstring("but 196 are needed"));
  CHECK(train(196).steps == training.train.steps);
}

TEST_CASE("kept examples that are counted in minutes end with their file", "[learn][unit]") {
  test::ScratchFolder const scratch;
  test::SmallTraining training;
  training.network.use_maps = training.network.mask_channel = training.network.noise_channel =
      false;
  training.train.examples_minutes = 1e6;
  test::LinearGaussianSource const source(2, 100 + 10 * 32);
  auto const result = learn::train(test::world(), training.network, training.train, training.prior,
                                   source, core::RunControl(), {scratch.file("model"), false, ""});
  CHECK(result.steps == training.train.steps);
}

TEST_CASE("a device without room ends the training with an input/output error", "[learn][unit]") {
  if (!std::filesystem::exists("/dev/full")) return;
  test::ScratchFolder const scratch;
  test::SmallTraining const training;
  std::filesystem::create_directories(scratch.file("model"));
  // Named as io's temporary files are.
  std::string host(256, '\0');
  REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  std::filesystem::create_symlink("/dev/full", scratch.file("model/training.csv.") + host.c_str() +
                                                   "." + std::to_string(getpid()) + ".tmp");
  try {
    training.run(test::world(), scratch.file("model"));
    FAIL("no error");
  } catch (core::Error const& error) {
    CHECK(error.code() == core::ExitCode::io);
    CHECK_THAT(error.what(), ContainsSubstring("No space left on device"));
  }
}
