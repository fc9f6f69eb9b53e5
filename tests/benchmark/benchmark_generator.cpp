// SPDX-License-Identifier: BSD-3-Clause
// A generator of orientations trained on galaxies whose distribution is known: time, accuracy, and
// galaxies sampled a second beside the goal of 20,000 on two cores.
//   benchmark_generator [KEY=VALUE]...   keys of [generator] and [train], graphs, frames, threads
#include <Kokkos_Core.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "alignment_rows.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/learn/generator.hpp"
#include "shearwater/statistics/c2st.hpp"

namespace {

using namespace shearwater;

struct Options {
  std::int64_t graphs = 22000, frames = 0, threads = 1, tests = 12000;
  void describe(core::Fields& field) {
    field("graphs", graphs, "", "trained on").at_least(100);
    field("frames", frames, "", "1: frames and axis ratios").between(0, 1);
    field("threads", threads, "", "of the sampling").at_least(1);
    field("tests", tests, "", "graphs that are sampled").at_least(100);
  }
};

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void sample(parallel::Communicator const& world, std::string const& folder, Options const& options,
            test::WatsonGraphs const& kind) {
  learn::GeneratorModel const model(folder, options.threads);
  auto const graphs = kind.make(1'000'000, options.tests);
  auto const batch = test::whole_batch(graphs, model.card().neighbours);
  auto const n = static_cast<double>(graphs.nodes());
  model.sample(batch, 1, 0);
  core::Timer const timer;
  double const before = processor_seconds();
  auto const result = model.sample(batch, 1, 1);
  double const used = processor_seconds() - before, seconds = timer.seconds();
  bool const frames = options.frames > 0;
  float const* axes = bridge::host_data<float>(result.at(frames ? "frames" : "major"));
  float const* truth = frames ? graphs.frames.data() : graphs.major.data();
  auto const made = test::alignment_rows(graphs, axes, frames ? 9 : 3);
  auto const known = test::alignment_rows(graphs, truth, frames ? 9 : 3);
  auto const mean = test::mean_cosines(made), exact = test::mean_cosines(known);
  auto const rows = std::min<std::size_t>(10000, graphs.id.size()) * 4;
  double const c2st = statistics::c2st({known.data(), rows}, {made.data(), rows}, 4, 3);
  double const per_core = n / used;
  if (!world.is_root()) return;
  std::printf("central %.4f (%.4f), satellite %.4f (%.4f), C2ST %.4f\n", mean.central,
              exact.central, mean.satellite, exact.satellite, c2st);
  std::printf(
      "%.0f galaxies/s by the clock; %.0f a second of one core, goal 10000; %.0f kFLOP each, "
      "%.2f GFLOP/s\n",
      n / seconds, per_core, 1e-3 * model.operations_per_galaxy(),
      1e-9 * per_core * model.operations_per_galaxy());
}

/// Trains as the arguments say, and samples.
void run(parallel::Communicator const& world, int argc, char** argv) {
  std::vector<std::string> overrides = {"train.steps=3000", "train.shard_size=64",
                                        "train.learning_rate=3e-3", "train.held_out=512",
                                        "train.statistics_examples=512"};
  for (int i = 1; i < argc; ++i) overrides.emplace_back(argv[i]);
  auto config =
      core::Config::from_text("[generator]\n[train]\n[benchmark]\n", "arguments", overrides);
  auto const generator = config.read<learn::GeneratorConfig>("generator");
  auto const train = config.read<learn::TrainConfig>("train");
  auto const options = config.read<Options>("benchmark");
  config.refuse_unread();
  test::WatsonGraphs kind;
  kind.frames = options.frames > 0;
  bridge::GraphSource const source(kind.make(0, options.graphs), {}, train.held_out, 1);
  auto const folder = (std::filesystem::temp_directory_path() /
                       ("shearwater_benchmark_generator_" + std::to_string(getpid())))
                          .string();
  double const before = processor_seconds();
  auto const result = learn::train_generator(world, generator, train, source, {},
                                             core::RunControl(), {folder, false, ""});
  if (world.is_root()) {
    std::printf("%lld galaxies, %lld weights, %lld steps in %.1f s (%.1f s of processor)\n",
                static_cast<long long>(source.graphs().nodes()),
                static_cast<long long>(result.weights), static_cast<long long>(result.steps),
                result.seconds, processor_seconds() - before);
    for (auto const& point : result.curve)
      std::printf("step %lld loss %.5f held out %.5f\n", static_cast<long long>(point.step),
                  point.loss, point.held_out);
  }
  sample(world, folder, options, kind);
  if (world.is_root()) std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  parallel::Environment const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  parallel::Communicator const world(MPI_COMM_WORLD);
  core::set_log_rank(1);  // no progress lines
  try {
    run(world, argc, argv);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "benchmark_generator: %s\n", error.what());
    return 1;
  }
  return 0;
}
