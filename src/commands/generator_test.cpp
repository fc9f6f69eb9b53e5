// SPDX-License-Identifier: BSD-3-Clause
#include "generator_test.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "generator_job.hpp"
#include "held_out.hpp"
#include "judged_galaxies.hpp"
#include "model_verdict.hpp"
#include "orientation_file.hpp"
#include "shearwater/bridge/graph_source.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::commands {

void JudgedGraphs::describe(core::Fields& field) {
  field("file", file, "",
        "graphs of halos that the generator never saw, relative to the working folder; in a "
        "chain, to its own");
  field("box", box, "", "their box; the training must have left it out").between(0, 1e6);
}

GeneratorTestJob read_generator_test(core::Config& config, CommandLine const& line) {
  require_host(line);
  GeneratorTestJob job;
  if (!line.in.empty()) config.set("model", "path", absolute_path(line.in));
  job.test = config.read<inference::OrientationTestConfig>("calibrate");
  job.model = config.read<ModelConfig>("model");
  job.graphs = config.read<JudgedGraphs>("graphs");
  if (config.has("truth")) {
    job.truth = config.read<galaxies::OrientationConfig>("truth");
    job.truth->check("truth");
    if (job.truth->model == "tidal" || job.truth->satellite_radius_slope != 0)
      throw core::InputError(
          "[truth]: files of graphs hold neither tides nor radii of halos: give random or watson "
          "orientations without satellite_radius_slope");
  }
  job.graphs_file = artifact_path(line, job.graphs.file);
  job.file = output_path(config, line, "orientations.h5");
  config.refuse_unread();
  if (job.test.largest <= job.test.smallest)
    throw core::InputError(fmt::format("calibrate.largest = {:g}: must be above smallest = {:g}",
                                       job.test.largest, job.test.smallest));
  return job;
}

namespace {

/// Graphs of one call of the generator: bounds the memory.
constexpr std::int64_t block_graphs = 4096;

std::vector<float> generate(learn::GeneratorModel const& model, graph::HaloGraphs const& graphs,
                            std::vector<std::int64_t> const& rows, std::uint64_t seed,
                            std::int64_t draw) {
  std::vector<float> axes;
  for (std::int64_t done = 0; done < std::ssize(rows); done += block_graphs) {
    auto const count = std::min(block_graphs, std::ssize(rows) - done);
    auto const which =
        std::span(rows).subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(count));
    auto const batch = bridge::graph_batch(graphs, which, model.card().neighbours);
    auto const shapes = model.sample(batch, seed, draw);
    bool const frames = shapes.contains("frames");
    auto const& array = shapes.at(frames ? "frames" : "major");
    auto const* values = bridge::host_data<float>(array);
    std::int64_t const width = frames ? 9 : 3;
    for (std::int64_t i = 0; i < array.size(); i += width)
      axes.insert(axes.end(), values + i, values + i + 3);
  }
  return axes;
}

JudgedBox box_of(GeneratorTestJob const& job, std::string const& digest) {
  return {job.model.path, job.graphs_file, job.graphs.box, digest};
}

/// What is judged, and by what.
struct Judged {
  learn::GeneratorModel model;
  graph::HaloGraphs graphs;        ///< a part of the file
  std::vector<std::int64_t> rows;  ///< of `graphs`, this rank's
  inference::OrientedGalaxies galaxies;
  std::optional<TrueAxes> mock;
  HeldOut held_out{};  ///< what is known of the box
};

/// The graphs of the box that are this rank's, with those that stand between them in the file.
void read_share(parallel::Communicator const& comm, GeneratorTestJob const& job, Judged& judged) {
  graph::GraphFileReader const reader(job.graphs_file);
  auto& rows = judged.rows;
  rows = graphs_of_box(reader.boxes(), job.graphs.box, comm.rank(), comm.size(), job.graphs_file);
  // A rank without any reads one graph, which says what the file knows.
  auto const first = rows.empty() ? 0 : rows.front();
  judged.graphs = reader.read(first, rows.empty() ? 1 : rows.back() + 1 - first);
  for (auto& row : rows) row -= first;
}

/// Collective over comm.
Judged read_judged(parallel::Communicator const& comm, CommandLine const& line,
                   GeneratorTestJob const& job, std::string const& digest) {
  std::optional<Judged> judged;
  comm.together([&] {
    judged.emplace(
        Judged{learn::GeneratorModel(artifact_path(line, job.model.path), job.model.threads),
               {},
               {},
               {},
               {},
               {}});
    auto const& card = judged->model.card();
    if (card.label != "frames" && card.label != "major")
      throw core::InputError(fmt::format("{} generates {}, not orientations: name another model",
                                         job.model.path, card.label));
    read_share(comm, job, *judged);
    judged->held_out = held_out_by(card.lineage, box_of(job, digest));
    auto const& graphs = judged->graphs;
    judged->galaxies = judged_galaxies(graphs, judged->rows, job.graphs_file);
    if (job.truth) judged->mock.emplace(graphs, judged->rows, job.graphs_file);
  });
  // A rank without graphs must know the box as well.
  judged->galaxies.box_side = comm.max(judged->galaxies.box_side);
  return std::move(*judged);
}

/// Collective over comm; throws Stopped between two draws.
inference::OrientationTest draw_and_compare(parallel::Communicator const& comm,
                                            GeneratorTestJob const& job, Judged const& judged,
                                            core::RunControl const& control) {
  core::Progress progress("draw", "draws", job.test.draws * (job.truth ? 2 : 1));
  std::int64_t drawn = 0;
  auto const next = [&] {
    stop_if_asked(comm, control);
    progress.update(++drawn);
  };
  auto const seed = static_cast<std::uint64_t>(job.test.seed);
  inference::DrawAxes const truth = [&](std::int64_t draw) {
    if (!judged.mock) return stored_axes(judged.graphs, judged.rows, job.graphs_file);
    next();
    // Seeds of their own, beyond 32 bits: neither a catalogue's nor those of the generated draws.
    return judged.mock->draw(*galaxies::make_orienter(
        *job.truth, seed + ((static_cast<std::uint64_t>(draw) + 1) << 32U)));
  };
  inference::DrawAxes const generated = [&](std::int64_t draw) {
    next();
    std::vector<float> axes;
    comm.together([&] { axes = generate(judged.model, judged.graphs, judged.rows, seed, draw); });
    return axes;
  };
  return inference::test_orientations(comm, judged.galaxies, job.test, truth,
                                      job.truth ? job.test.draws : 1, generated);
}

/// What of a test goes to the model's card.
std::vector<std::string> figures_of(inference::OrientationTest const& test) {
  using Test = inference::OrientationTest;
  auto const angle = [](char const* name, double value, double truth) {
    return fmt::format("{} = {:.4f} ({:.4f} +- {:g})", name, value, truth, Test::angle_gate);
  };
  return {angle("mean_abs_cos_central", test.central.value, test.true_central.value),
          angle("mean_abs_cos_satellite", test.satellite.value, test.true_satellite.value),
          fmt::format("ed_ratio = {:.3f} to {:.3f} ({:g} to {:g})", test.ratio_min(),
                      test.ratio_max(), Test::ratio_low, Test::ratio_high),
          fmt::format("ed_worst_deviation = {:.2f} (at most {:g} standard errors)",
                      test.worst_deviation(), Test::deviation_gate),
          fmt::format("c2st = {:.3f} (at most {:g})", test.c2st, Test::c2st_gate)};
}

/// What a verdict is on: a short test does not take the place of a long one.
std::string judged_on(GeneratorTestJob const& job, std::string const& digest) {
  std::string truth = "stored";
  if (job.truth) {
    auto config = *job.truth;
    core::Fields fields;
    config.describe(fields);
    truth.clear();
    for (auto const& spec : fields.specs()) truth += spec->key() + "=" + spec->value_text() + "\n";
    truth = core::hash_text(truth);
  }
  return fmt::format("{}/{}, draws {}, rows {}, bins {}, truth {}", digest, job.graphs.box,
                     job.test.draws, job.test.rows, job.test.bins, truth);
}

void log_result(inference::OrientationTest const& test, std::string const& file, double seconds) {
  core::log_info(fmt::format(
      "{}: mean |cos| of centrals {:.4f} (true {:.4f}), of satellites {:.4f} (true {:.4f}); omega "
      "over the true one from {:.3f} to {:.3f} where it is measured; C2ST {:.3f}; {}",
      file, test.central.value, test.true_central.value, test.satellite.value,
      test.true_satellite.value, test.ratio_min(), test.ratio_max(), test.c2st,
      core::duration_text(seconds)));
}

}  // namespace

core::ExitCode calibrate_generator(parallel::Communicator const& comm, CommandLine const& line,
                                   core::Config config) {
  auto const job = read_generator_test(config, line);
  comm.on_root([&] {
    claim_file(job.file, line);
    protect_inputs({job.graphs_file}, job.file);
  });
  auto const digest = graphs_digest(comm, job.graphs_file);
  auto facts = model_facts(comm, job.model, line);
  auto const model_hash = facts.front().second;
  facts.emplace_back("graphs_digest", digest);
  // On the root: the verdict, beside the model.
  auto const keep = [&](std::string const& held_out, inference::OrientationTest const& test) {
    keep_verdict(artifact_path(line, job.model.path),
                 {"orientations", judged_on(job, digest), held_out, model_hash, test.passes(),
                  figures_of(test)});
  };
  if (is_finished(comm, line, job.file, "orientation_test", {config.resolved(), facts})) {
    // A stop may have come between the file and the verdict.
    comm.on_root([&] { keep(stored_held_out(job.file), read_orientation_test(job.file)); });
    return core::ExitCode::done;
  }
  core::Timer const timer;
  auto const control = run_control(line, job.file);
  auto const judged = read_judged(comm, line, job, digest);
  log_held_out(box_of(job, digest), judged.held_out);
  inference::OrientationTest test;
  try {
    test = draw_and_compare(comm, job, judged, control);
  } catch (Stopped const& stopped) {
    core::log_info(
        fmt::format("{}: stopped ({}) before all draws were made; none is kept: run "
                    "again, and it starts anew",
                    job.file, stopped.reason));
    return core::ExitCode::stopped;
  }
  auto provenance = core::make_provenance("calibrate", config.resolved(), comm.size());
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  provenance.origin.emplace_back(judged_box_fact, text_of(judged.held_out));
  provenance.add_run("seconds", fmt::format("{:.1f}", timer.seconds()));
  write_orientation_test(comm, job.file, test, provenance, line.overwrite);
  log_result(test, job.file, timer.seconds());
  comm.on_root([&] { keep(text_of(judged.held_out), test); });
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
