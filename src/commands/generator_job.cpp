// SPDX-License-Identifier: BSD-3-Clause
#include "generator_job.hpp"

#include <fmt/format.h>

#include "models.hpp"
#include "shearwater/graph/graph_file.hpp"

namespace shearwater::commands {

void TrainingDataConfig::describe(core::Fields& field) {
  field("redshift", redshift, "", "of the training data, for the model's card; -1: not known")
      .between(-1, 1100);
  field("resolution", resolution, "Msun/h", "mass of a particle there, likewise").at_least(-1);
}

bool trains_generator(core::Config const& config) {
  return config.has("graphs") || config.has("generator");
}

bridge::GraphsConfig read_graphs_table(core::Config& config, CommandLine const& line) {
  if (!line.in.empty()) config.set("graphs", "file", absolute_path(line.in));
  auto graphs = config.read<bridge::GraphsConfig>("graphs");
  graphs.file = config.path_from(graphs.file);
  return graphs;
}

std::unique_ptr<bridge::GraphSource> open_graphs(parallel::Communicator const& comm,
                                                 bridge::GraphsConfig const& graphs,
                                                 learn::TrainConfig const& train) {
  std::unique_ptr<bridge::GraphSource> source;
  comm.together([&] {
    source = std::make_unique<bridge::GraphSource>(graph::read_graphs(graphs.file), graphs,
                                                   train.held_out,
                                                   static_cast<std::uint64_t>(train.seed));
  });
  return source;
}

GeneratorJob read_generator_job(core::Config& config, CommandLine const& line) {
  GeneratorJob job;
  job.graphs = read_graphs_table(config, line);
  job.generator = config.read<learn::GeneratorConfig>("generator");
  job.generator.refuse_unused();
  job.train = read_train_table(config, line);
  job.data = config.read<TrainingDataConfig>("training_data");
  job.folder = output_path(config, line, "model");
  config.refuse_unread();
  protect_start(job.train, job.folder);
  if (job.graphs.file.empty())
    throw core::InputError(
        "graphs.file is not given: name a file of halo graphs, there or by --in");
  return job;
}

bridge::GraphFileFacts check_graph_file(GeneratorJob const& job) {
  auto facts = bridge::graph_file_facts(job.graphs.file);
  job.generator.check(facts.shape);
  job.generator.refuse_unused(job.generator.resolved_label(facts.shape));
  job.train.check_examples(facts.graphs);
  return facts;
}

std::string graphs_digest(parallel::Communicator const& comm, std::string const& file) {
  return from_root(comm, [&] { return io::digest(file); });
}

learn::TrainResult run_generator_job(parallel::Communicator const& comm, GeneratorJob const& job,
                                     std::string const& digest, core::RunControl const& control,
                                     learn::TrainOutput const& output) {
  learn::GeneratorCard card;
  card.redshift = job.data.redshift;
  card.resolution = job.data.resolution;
  card.lineage = learn::lineage_of(digest, job.graphs.held_out_boxes);
  comm.on_root([&] { check_graph_file(job); });
  auto const source = open_graphs(comm, job.graphs, job.train);
  return learn::train_generator(comm, job.generator, job.train, *source, card, control, output);
}

}  // namespace shearwater::commands
