// SPDX-License-Identifier: BSD-3-Clause
#include "classifier_job.hpp"

#include "generator_job.hpp"
#include "models.hpp"

namespace shearwater::commands {

ClassifierJob read_classifier_job(core::Config& config, CommandLine const& line) {
  ClassifierJob job;
  job.graphs = read_graphs_table(config, line);
  job.classifier = config.read<learn::ClassifierConfig>("classifier");
  job.train = read_train_table(config, line);
  job.folder = output_path(config, line, "classifier");
  config.refuse_unread();
  protect_start(job.train, job.folder);
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
  auto const source = open_graphs(comm, job.graphs, job.train);
  return learn::train_classifier(comm, job.classifier, job.train, *source,
                                 learn::lineage_of(digest, job.graphs.held_out_boxes), control,
                                 output);
}

}  // namespace shearwater::commands
