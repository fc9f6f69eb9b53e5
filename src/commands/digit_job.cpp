// SPDX-License-Identifier: BSD-3-Clause
#include "digit_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "digit_file.hpp"
#include "generator_job.hpp"
#include "held_out.hpp"
#include "model_verdict.hpp"
#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "shearwater/learn/classifier.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::commands {

void DigitGraphs::describe(core::Fields& field) {
  field("file", file, "", "graphs of pictures, with their classes");
  field("box", box, "", "the held-out ones; the others were trained on").between(0, 1e6);
}

void JudgeConfig::describe(core::Fields& field) {
  field("path", path, "", "folder of the classifier that looks at the pictures");
}

DigitJob read_digit_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  DigitJob job;
  if (!line.in.empty()) config.set("model", "path", absolute_path(line.in));
  job.test = config.read<inference::DigitTestConfig>("digit_test");
  job.model = config.read<ModelConfig>("model");
  job.graphs = config.read<DigitGraphs>("graphs");
  job.judge = config.read<JudgeConfig>("classifier");
  job.graphs_file = artifact_path(line, job.graphs.file);
  job.file = output_path(config, line, "digit_test.h5");
  config.refuse_unread();
  return job;
}

namespace {

using inference::ClassifiedPictures;

/// Graphs between two looks at whether to stop.
constexpr std::int64_t block_graphs = 250;

/// What judges and what is judged.
struct Judged {
  learn::GeneratorModel model;
  learn::GraphClassifier judge;
  graph::HaloGraphs graphs;
  std::vector<std::int64_t> training, held_out;  ///< rows of `graphs`
  HeldOut known{}, known_to_judge{};             ///< of the held-out ones
};

/// The held-out pictures beside what `model`, a generator or its judge, learned from.
JudgedBox box_of(DigitJob const& job, std::string const& model, std::string const& digest) {
  return {model, job.graphs_file, job.graphs.box, digest};
}

void check(Judged const& judged, DigitJob const& job) {
  auto const& names = judged.graphs.value_names;
  if (names.size() != 1 || judged.model.card().values != names)
    throw core::InputError(fmt::format(
        "{} makes {}, the graphs of {} hold {}: a test of digits needs one value of a node, the "
        "same in both",
        job.model.path, fmt::join(judged.model.card().values, ", "), job.graphs_file,
        fmt::join(names, ", ")));
  if (judged.held_out.empty() || judged.training.empty())
    throw core::InputError(fmt::format(
        "graphs.box = {}: {} graphs of {} are in it and {} are not; some of both are needed",
        job.graphs.box, judged.held_out.size(), job.graphs_file, judged.training.size()));
}

/// Collective over comm.
Judged read_judged(parallel::Communicator const& comm, CommandLine const& line, DigitJob const& job,
                   std::string const& digest) {
  std::optional<Judged> judged;
  comm.together([&] {
    judged.emplace(
        Judged{learn::GeneratorModel(artifact_path(line, job.model.path), job.model.threads),
               learn::GraphClassifier(artifact_path(line, job.judge.path), job.model.threads),
               graph::read_graphs(job.graphs_file),
               {},
               {},
               {},
               {}});
    for (std::int64_t g = 0; g < judged->graphs.graphs(); ++g)
      (judged->graphs.box[static_cast<std::size_t>(g)] == job.graphs.box ? judged->held_out
                                                                         : judged->training)
          .push_back(g);
    check(*judged, job);
    judged->known = held_out_by(judged->model.card().lineage, box_of(job, job.model.path, digest));
    judged->known_to_judge =
        held_out_by(judged->judge.card().lineage, box_of(job, job.judge.path, digest));
  });
  return std::move(*judged);
}

/// Pictures by number; alone, each a function of the number.
using MakePictures = std::function<bridge::Batch(std::int64_t first, std::int64_t count)>;

void append(bridge::Batch const& batch, char const* name, std::vector<float>& all) {
  auto const& array = batch.at(name);
  auto const* values = bridge::host_data<float>(array);
  all.insert(all.end(), values, values + array.size());
}

/// `count` pictures and what the judge says of them. Collective over comm: each rank makes its
/// share, the first one gets all, the others nothing. Throws Stopped between two blocks.
ClassifiedPictures look_at(parallel::Communicator const& comm, core::RunControl const& control,
                           learn::GraphClassifier const& judge, char const* what,
                           std::int64_t count, MakePictures const& make) {
  auto const share = parallel::share_of(count, comm.rank(), comm.size());
  auto const longest = parallel::share_of(count, 0, comm.size()).count;
  ClassifiedPictures mine;
  core::Progress progress(what, "pictures", longest);
  for (std::int64_t done = 0; done < longest; done += block_graphs) {
    stop_if_asked(comm, control);
    comm.together([&] {
      auto const rows = std::min(block_graphs, share.count - done);
      if (rows <= 0) return;
      auto const batch = make(share.first + done, rows);
      auto const found = judge.classify(batch);
      append(batch, "values", mine.values);
      append(found, "features", mine.features);
      append(found, "probabilities", mine.probabilities);
    });
    progress.update(std::min(done + block_graphs, longest));
  }
  auto const gather = [&](std::vector<float>& values) {
    std::vector<std::vector<float>> to(static_cast<std::size_t>(comm.size()));
    to[0] = std::move(values);
    return comm.deliver(to);
  };
  ClassifiedPictures all;
  all.values = gather(mine.values);
  all.features = gather(mine.features);
  all.probabilities = gather(mine.probabilities);
  return all;
}

/// The places of the first held-out graph, `count` times, with room for values.
bridge::Batch empty_pictures(Judged const& judged, std::int64_t count) {
  std::vector<std::int64_t> const which(static_cast<std::size_t>(count), judged.held_out[0]);
  return bridge::graph_batch(judged.graphs, which, judged.judge.card().neighbours);
}

bridge::Batch generated(Judged const& judged, std::uint64_t seed, std::int64_t first,
                        std::int64_t count) {
  auto batch = empty_pictures(judged, count);
  auto const one = bridge::graph_batch(judged.graphs, std::vector{judged.held_out[0]},
                                       judged.model.card().neighbours);
  float* to = bridge::host_data<float>(batch.at("values"));
  for (std::int64_t i = 0; i < count; ++i) {
    auto const made = judged.model.sample(one, seed, first + i).at("values");
    to = std::copy_n(bridge::host_data<float>(made), made.size(), to);
  }
  return batch;
}

std::vector<double> places_of(Judged const& judged) {
  std::vector<double> places;
  auto const g = static_cast<std::size_t>(judged.held_out[0]);
  for (auto node = judged.graphs.begin[g]; node < judged.graphs.begin[g + 1]; ++node)
    for (std::int64_t axis = 0; axis < 2; ++axis)
      places.push_back(
          static_cast<double>(judged.graphs.position[static_cast<std::size_t>(3 * node + axis)]));
  return places;
}

std::vector<float> values_of(graph::HaloGraphs const& graphs,
                             std::vector<std::int64_t> const& rows) {
  std::vector<float> values;
  for (auto const g : rows) {
    auto const* begin = &graphs.begin[static_cast<std::size_t>(g)];
    values.insert(values.end(), graphs.values.begin() + begin[0], graphs.values.begin() + begin[1]);
  }
  return values;
}

std::vector<std::int64_t> classes_of(graph::HaloGraphs const& graphs,
                                     std::vector<std::int64_t> const& rows) {
  std::vector<std::int64_t> classes;
  for (auto const g : rows) classes.push_back(graphs.host[static_cast<std::size_t>(g)]);
  return classes;
}

/// Collective over comm.
DigitFile compare(parallel::Communicator const& comm, DigitJob const& job, Judged const& judged,
                  core::RunControl const& control) {
  auto const seed = static_cast<std::uint64_t>(job.test.seed);
  DigitFile file;
  file.places = places_of(judged);
  auto held_out =
      look_at(comm, control, judged.judge, "classify", std::ssize(judged.held_out),
              [&](std::int64_t first, std::int64_t count) {
                return bridge::graph_batch(
                    judged.graphs,
                    std::span(judged.held_out)
                        .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                    judged.judge.card().neighbours);
              });
  held_out.classes = classes_of(judged.graphs, judged.held_out);
  auto const made = look_at(comm, control, judged.judge, "generate and classify", job.test.samples,
                            [&](std::int64_t first, std::int64_t count) {
                              return generated(judged, seed, first, count);
                            });
  auto const blobs =
      look_at(comm, control, judged.judge, "classify blobs",
              std::min(job.test.samples, (std::ssize(judged.held_out) + 1) / 2),
              [&](std::int64_t first, std::int64_t count) {
                auto batch = empty_pictures(judged, count);
                std::ranges::copy(inference::blob_pictures(file.places, first, count, seed),
                                  bridge::host_data<float>(batch.at("values")));
                return batch;
              });
  comm.on_root([&] {
    ClassifiedPictures training;
    training.values = values_of(judged.graphs, judged.training);
    training.classes = classes_of(judged.graphs, judged.training);
    file.test = inference::test_digits(job.test, training, held_out, made, blobs);
    // Nobody knows which pictures the generator could have copied.
    if (judged.known == HeldOut::other_file) file.test.forget_nearest();
    file.real = first_pictures(held_out.values, file.nodes());
    file.generated = first_pictures(made.values, file.nodes());
  });
  share_with_all(comm, file);
  return file;
}

/// What of a test goes to the model's card.
std::vector<std::string> figures_of(inference::DigitTest const& test) {
  using Test = inference::DigitTest;
  return {fmt::format("mean_max_softmax = {:.3f} (at least {:g})", test.mean_max_softmax,
                      Test::softmax_gate),
          fmt::format("class_chi2_per_dof = {:.2f} (below {:g})", test.class_chi2_per_dof,
                      Test::chi2_gate),
          fmt::format("frechet_ratio_noise = {:.4f} (at most {:g})", test.frechet_ratio_noise(),
                      Test::noise_gate),
          fmt::format("frechet_ratio_held_out = {:.2f} (at most {:g})",
                      test.frechet_ratio_held_out(), Test::held_out_gate),
          fmt::format("c2st = {:.3f} (at most {:g})", test.c2st, Test::c2st_gate),
          test.nearest_known() ? fmt::format("nearest_ratio = {:.3f} (at least {:g})",
                                             test.nearest_ratio(), Test::nearest_gate)
                               : "nearest_ratio is not known: another file"};
}

/// What a verdict is on: a short test does not take the place of a long one.
std::string judged_on(DigitJob const& job, std::string const& digest,
                      std::string const& classifier_hash) {
  return fmt::format("{}/{}, samples {}, seed {}, width {}, classifier {}", digest, job.graphs.box,
                     job.test.samples, job.test.seed, job.test.c2st_width, classifier_hash);
}

void log_result(inference::DigitTest const& test, std::string const& file, double seconds) {
  auto const verdict = [](bool passes) { return passes ? "passed" : "FAILED"; };
  core::log_info(fmt::format(
      "{}: mean largest probability {:.3f}, classes' chi-square {:.2f} per degree of freedom "
      "({}); Frechet distance {:.4f} of the blobs', {:.2f} of another half's ({}); C2ST {:.3f} "
      "({}); distance to the nearest training picture {:.3f} of the held-out ones' ({}); "
      "classifier {:.4f}; {}",
      file, test.mean_max_softmax, test.class_chi2_per_dof, verdict(test.classes_pass()),
      test.frechet_ratio_noise(), test.frechet_ratio_held_out(), verdict(test.frechet_passes()),
      test.c2st, verdict(test.c2st_passes()), test.nearest_ratio(),
      test.nearest_known() ? verdict(test.nearest_passes()) : "not known", test.classifier_accuracy,
      core::duration_text(seconds)));
}

}  // namespace

core::ExitCode calibrate_digits(parallel::Communicator const& comm, CommandLine const& line,
                                core::Config config) {
  auto const job = read_digit_job(config, line);
  comm.on_root([&] {
    claim_file(job.file, line);
    protect_inputs({job.graphs_file}, job.file);
  });
  auto const digest = graphs_digest(comm, job.graphs_file);
  auto const classifier_hash = from_root(comm, [&] {
    return core::hash_file(artifact_path(line, job.judge.path) + "/model.safetensors");
  });
  auto facts = model_facts(comm, job.model, line);
  auto const model_hash = facts.front().second;
  facts.emplace_back("graphs_digest", digest);
  facts.emplace_back("classifier_hash", classifier_hash);
  // On the root: the verdict, beside the model.
  auto const keep = [&](std::string const& held_out, inference::DigitTest const& test) {
    keep_verdict(artifact_path(line, job.model.path),
                 {"digits", judged_on(job, digest, classifier_hash), held_out, model_hash,
                  test.passes(), figures_of(test)});
  };
  if (is_finished(comm, line, job.file, "digit_test", {config.resolved(), facts})) {
    // A stop may have come between the file and the verdict.
    comm.on_root([&] { keep(stored_held_out(job.file), read_digit_test(job.file).test); });
    return core::ExitCode::done;
  }
  core::Timer const timer;
  auto const control = run_control(line, job.file);
  auto const judged = read_judged(comm, line, job, digest);
  log_held_out(box_of(job, job.model.path, digest), judged.known);
  log_held_out(box_of(job, job.judge.path, digest), judged.known_to_judge);
  DigitFile file;
  try {
    file = compare(comm, job, judged, control);
  } catch (Stopped const& stopped) {
    core::log_info(
        fmt::format("{}: stopped ({}) before all pictures were looked at; none is kept: "
                    "run again, and it starts anew",
                    job.file, stopped.reason));
    return core::ExitCode::stopped;
  }
  auto provenance = core::make_provenance("calibrate", config.resolved(), comm.size());
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.origin.emplace_back(judged_box_fact, text_of(judged.known));
  provenance.add_run("seconds", fmt::format("{:.1f}", timer.seconds()));
  write_digit_test(comm, job.file, file, provenance, line.overwrite);
  log_result(file.test, job.file, timer.seconds());
  comm.on_root([&] { keep(text_of(judged.known), file.test); });
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
