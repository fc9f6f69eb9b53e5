// SPDX-License-Identifier: BSD-3-Clause
// Steps per second of the default network on 128x128 maps, without the simulator: started by
// compare_training.py on different ranks and threads.
//   benchmark_training THREADS STEPS
#include <Kokkos_Core.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/learn/train.hpp"
#include "shearwater/parallel/communicator.hpp"
#include "shearwater/statistics/prior.hpp"

namespace {

using namespace shearwater;

/// White noise: what the values are does not change the time of a step.
class NoiseSource : public bridge::ExampleSource {
 public:
  bridge::ExampleShape shape() const override {
    bridge::ExampleShape shape;
    shape.parameters = 2;
    shape.channels = 1;
    shape.pixels = 128;
    shape.summaries = 121;
    return shape;
  }
  std::int64_t size() const override { return 0; }
  bridge::Batch examples(std::uint64_t first, std::int64_t count) const override {
    bridge::Batch batch;
    auto fill = [&](char const* name, std::vector<std::int64_t> extents) {
      auto array = bridge::allocate(bridge::ElementType::float32, std::move(extents));
      core::fill_normals(1, core::Purpose::noise, first, 0,
                         {bridge::host_data<float>(array), static_cast<std::size_t>(array.size())});
      batch.emplace(name, array);
    };
    fill("maps", {count, 1, 128, 128});
    fill("summaries", {count, 121});
    auto theta = bridge::allocate(bridge::ElementType::float64, {count, 2});
    core::Stream stream(1, core::Purpose::parameters, first);
    for (std::int64_t i = 0; i < 2 * count; ++i)
      bridge::host_data<double>(theta)[i] = stream.normal();
    batch.emplace("parameters", theta);
    return batch;
  }
};

}  // namespace

int main(int argc, char** argv) {
  parallel::Environment const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  parallel::Communicator const world(MPI_COMM_WORLD);
  core::set_log_rank(1);  // no progress lines
  if (argc != 3) return 64;
  learn::TrainConfig config;
  config.threads = std::atoll(argv[1]);
  config.steps = std::atoll(argv[2]);
  config.examples = 1024;
  config.held_out = 64;
  config.statistics_examples = 64;
  config.held_out_every = 1000000;
  config.checkpoint_every = 0;
  config.precision = "auto";
  std::vector<statistics::ParameterPrior> parameters(2);
  parameters[0].name = "a";
  parameters[1].name = "b";
  std::string name =
      (std::filesystem::temp_directory_path() / "shearwater-benchmark-XXXXXX").string();
  if (world.is_root() && mkdtemp(name.data()) == nullptr) return 74;
  auto const folder = world.broadcast(name);
  auto const result =
      learn::train(world, learn::NetworkConfig{}, config, statistics::Prior(parameters),
                   NoiseSource(), core::RunControl(), {folder, false, ""});
  if (world.is_root()) {
    std::printf("steps_per_second %.4f exposed %.4f\n", result.steps_per_second,
                result.exposed_seconds / result.seconds);
    std::filesystem::remove_all(folder);
  }
}
