// SPDX-License-Identifier: BSD-3-Clause
// `shearwater graph INPUT.toml`: the galaxies of halos as graphs to learn orientations from, or
// pictures of digits as graphs.
#include <fmt/format.h>

#include "graph_job.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

/// Collective: the files that are read, and what is in them; of a set of several files the one that
/// is named.
core::Provenance::Facts sources_of(parallel::Communicator const& comm, GraphJob const& job) {
  core::Provenance::Facts facts;
  auto const add = [&](std::string const& name, std::vector<std::string> const& paths) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      facts.emplace_back(fmt::format("{}_{}", name, i), absolute_path(paths[i]));
      facts.emplace_back(fmt::format("{}_{}_hash", name, i),
                         from_root(comm, [&] { return io::content_hash(paths[i]); }));
    }
  };
  if (job.table.kind == "digits")
    add("digits", {job.digits.images, job.digits.labels});
  else
    add("galaxies", job.table.galaxies);
  add("halos", job.table.halos);
  return facts;
}

void print_report(graph::GraphReport const& report, graph::GraphConfig const& config) {
  if (report.no_galaxies > 0)
    core::log_info(fmt::format("left out: {} rows that are no galaxies (SubhaloFlag = 0)",
                               report.no_galaxies));
  for (std::size_t f = 0; f < graph::fault_count; ++f)
    if (report.faults[f] > 0)
      core::log_warning(fmt::format("left out: {} galaxies {}", report.faults[f],
                                    graph::fault_text(static_cast<graph::Fault>(f))));
  if (report.small_halos > 0)
    core::log_info(fmt::format("left out: {} halos with fewer than {} galaxies", report.small_halos,
                               config.min_nodes));
  if (report.large_halos > 0)
    core::log_warning(fmt::format("{}: {} halos with more than {} galaxies",
                                  config.too_large == "cut" ? "cut" : "left out",
                                  report.large_halos, config.max_nodes));
}

}  // namespace

core::ExitCode graph(parallel::Communicator const& comm, CommandLine const& line) {
  auto changed = line;
  if (!line.in.empty())
    changed.set.push_back(fmt::format("graphs.galaxies=[\"{}\"]", absolute_path(line.in)));
  auto config = read_input(comm, changed);
  auto const job = read_graph_job(config, line);
  comm.on_root([&] { claim_file(job.output, line); });
  auto const facts = sources_of(comm, job);
  if (is_finished(comm, line, job.output, "halo_graphs", {config.resolved(), facts}))
    return core::ExitCode::done;
  auto const control = run_control(line, job.output);
  graph::HaloGraphs graphs;
  graph::GraphReport report;
  auto const pause = [&] { stop_if_asked(comm, control); };
  try {
    if (job.table.kind == "digits")
      graphs = graph::make_digit_graphs(comm, job.digits, pause);
    else
      graphs = graph::make_galaxy_graphs(comm, job.table.graphs, read_boxes(comm, job), report);
    pause();
  } catch (Stopped const& stopped) {
    core::log_warning(fmt::format(
        "stopped ({}) before the graphs were written: they are made anew by the next run",
        stopped.reason));
    return core::ExitCode::stopped;
  }
  print_report(report, job.table.graphs);
  auto provenance = core::make_provenance("graph", config.resolved(), comm.size());
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  graph::write_graphs(comm, job.output, graphs, provenance,
                      line.overwrite ? io::Existing::replace : io::Existing::refuse);
  core::log_info(fmt::format("{}: {} graphs of {} nodes", job.output, comm.sum(graphs.graphs()),
                             comm.sum(graphs.nodes())));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
