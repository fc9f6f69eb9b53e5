// SPDX-License-Identifier: BSD-3-Clause
#include "classifier_job.hpp"

#include <memory>

#include "shearwater/graph/graph_file.hpp"

namespace shearwater::commands {

ClassifierJob read_classifier_job(core::Config& config, CommandLine const& line) {
  ClassifierJob job;
  if (!line.in.empty()) config.set("graphs", "file", absolute_path(line.in));
  job.graphs = config.read<bridge::GraphsConfig>("graphs");
  job.graphs.file = config.path_from(job.graphs.file);
  job.classifier = config.read<learn::ClassifierConfig>("classifier");
  job.train = config.read<learn::TrainConfig>("train");
  job.train.start_from = config.path_from(job.train.start_from);
  if (line.device != "auto") job.train.device = line.device;
  job.folder = output_path(config, line, "classifier");
  config.refuse_unread();
  if (job.graphs.file.empty())
    throw core::InputError("graphs.file is not given: name a file of graphs, there or by --in");
  return job;
}

bridge::GraphFileFacts check_classifier_file(ClassifierJob const& job) {
  auto facts = bridge::graph_file_facts(job.graphs.file);
  if (facts.shape.value_names.empty())
    throw core::InputError(job.graphs.file +
                           ": its graphs hold no values, which a classifier tells them apart by: "
                           "take those that `shearwater graph` makes of digits");
  job.train.check_examples(facts.graphs);
  return facts;
}

learn::TrainResult run_classifier_job(parallel::Communicator const& comm, ClassifierJob const& job,
                                      std::string const& digest, core::RunControl const& control,
                                      learn::TrainOutput const& output) {
  comm.on_root([&] { check_classifier_file(job); });
  std::unique_ptr<bridge::GraphSource> source;
  comm.together([&] {
    source = std::make_unique<bridge::GraphSource>(graph::read_graphs(job.graphs.file), job.graphs,
                                                   job.train.held_out,
                                                   static_cast<std::uint64_t>(job.train.seed));
  });
  return learn::train_classifier(comm, job.classifier, job.train, *source, digest, control, output);
}

}  // namespace shearwater::commands
