// SPDX-License-Identifier: BSD-3-Clause
// `--dry-run`: checks an input where nothing may be computed (a login node) and says what it will
// cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "cost.hpp"
#include "graph_job.hpp"
#include "halo_file.hpp"
#include "nbody_job.hpp"
#include "shearwater/core/log.hpp"
#include "sources.hpp"
#ifdef SHEARWATER_LEARN
#include "classifier_job.hpp"
#include "digit_job.hpp"
#include "generator_job.hpp"
#include "generator_test.hpp"
#include "models.hpp"
#include "results.hpp"
#endif

namespace shearwater::commands {

namespace {

/// Bytes of "4G", "512M" or plain bytes. Throws UsageError for anything else.
double memory_of(std::string const& text) {
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  std::string const unit = end;
  double const scale = unit == "" ? 1 : unit == "M" ? 1e6 : unit == "G" ? 1e9 : 0;
  if (!(value > 0) || scale == 0)
    throw core::UsageError(
        fmt::format("--mem-per-rank {}: expected a size such as 4G or 512M", text));
  return value * scale;
}

double example_bytes(bridge::ExampleShape const& shape) {
  double const pixels = static_cast<double>(shape.pixels * shape.pixels);
  double const channels =
      static_cast<double>(shape.channels * (shape.noise ? 2 : 1) + (shape.mask ? 1 : 0));
  return 4 * pixels * channels + 8 * static_cast<double>(shape.parameters) +
         4 * static_cast<double>(shape.summaries);
}

/// Seconds that one example takes on one core: known, or from a few of them on this machine.
double seconds_per_example(bridge::ExampleSource const& source) {
  if (auto const known = source.cost().seconds; known > 0) return known;
  constexpr std::int64_t trial = 4;
  source.examples(0, 1);
  core::Timer const timer;
  source.examples(0, trial);
  return timer.seconds() / trial;
}

Cost cost_of_maps(core::Config& config, CommandLine const& line) {
  auto const job = read_simulation(config, line);
  double const bytes = example_bytes(job.source->shape()),
               count = static_cast<double>(job.sets.count);
  return {base_memory + 32 * bytes + job.source->cost().bytes, bytes * count,
          seconds_per_example(*job.source) * count / static_cast<double>(line.ranks), false};
}

// Of a particle [bytes]: columns as read, with cells, sets, labels and members; without the
// columns, where those of a simulation serve; particles that a core finds groups of and measures in
// a second.
constexpr double particle_memory = 125, linked_memory = 75, particle_rate = 5e5;
// Of a cell of the tidal field's mesh: the modes of the density, a component, and the exchange of
// the transforms [bytes]; cells that a core makes the six components of in a second.
constexpr double tidal_memory = 24, tidal_rate = 1.5e7;

Cost cost_of_halos(core::Config& config, CommandLine const& line) {
  auto const job = read_halo_job(config, line);
  auto const header = io::read_snapshot_header(job.input, job.snapshot);
  check_cosmology(job.settings.counts, header);
  auto const particles = static_cast<double>(header.total);
  Cost cost;
  cost.memory_bytes = base_memory;
  double const cells = std::pow(static_cast<double>(tidal_mesh_of(job.settings.tidal, header)), 3);
  cost.shared_bytes = particle_memory * particles + tidal_memory * cells;
  // Halos hold about half of the particles, and the smallest are the most.
  cost.disk_bytes = halo_row_bytes(job.settings) * particles /
                    (4 * static_cast<double>(job.settings.halos.min_particles));
  cost.seconds = (particles / particle_rate +
                  static_cast<double>(job.settings.tidal.smoothing.size()) * cells / tidal_rate) /
                 static_cast<double>(line.ranks);
  return cost;
}

// Particles that a core moves by a step in a second.
constexpr double particle_step_rate = 5e6;

Cost cost_of_simulation(core::Config& config, CommandLine const& line) {
  auto const job = read_nbody_job(config, line);
  auto const size = size_of(job, linked_memory);
  Cost cost;
  cost.memory_bytes = base_memory + size.each;
  cost.shared_bytes = size.shared;
  cost.disk_bytes = size.disk;
  cost.seconds = static_cast<double>(job.total()) *
                 static_cast<double>(job.steps.count * (job.mesh.factor > 1 ? 2 : 1)) /
                 particle_step_rate / static_cast<double>(line.ranks);
  return cost;
}

/// Bytes of a galaxy in memory, in its catalogue's row, its graph and on the way, and in the file;
/// and of a sensor of a digit, of which a core makes and writes some in a second.
constexpr double node_memory = 700, node_disk = 100, sensor_memory = 48, sensor_disk = 24,
                 sensor_rate = 1e7;

Cost cost_of_graphs(core::Config& config, CommandLine const& line) {
  auto const job = read_graph_job(config, line);
  double const sensors =
      static_cast<double>((job.digits.train + job.digits.held_out) * job.digits.nodes);
  double galaxies = 0;
  for (auto const& path : job.table.galaxies)
    if (!is_awaited(line, path) && !job.columns_given && io::is_group_file(path))
      galaxies += static_cast<double>(
          io::read_subhalos(path, job.layout, job.units, 0, 1 << 30).total);  // of a row or none
  bool const digits = job.table.kind == "digits";
  if (digits)
    for (auto const& path : {job.digits.images, job.digits.labels}) require_there(line, path);
  Cost cost;
  cost.memory_bytes = base_memory;
  cost.shared_bytes = digits ? sensors * sensor_memory : galaxies * node_memory;
  cost.disk_bytes = digits ? sensors * sensor_disk : galaxies * node_disk;
  if (digits) cost.seconds = sensors / sensor_rate / static_cast<double>(line.ranks);
  cost.at_least = true;
  return cost;
}

#ifdef SHEARWATER_LEARN

// LibTorch's own resident size [bytes], and tensors of a stage's size that a block keeps for its
// backward pass (three normalised, activated and convolved maps each, and the sum).
constexpr double torch_memory = 4e8;
constexpr double tensors_per_block = 10;

double activation_bytes(learn::NetworkConfig const& network, double pixels) {
  if (!network.use_maps) return 0;
  double side = pixels / static_cast<double>(network.stem_stride);
  double bytes = 4 * side * side * static_cast<double>(network.stem_channels);
  for (std::size_t s = 0; s < network.stage_channels.size(); ++s) {
    if (s > 0) side = std::ceil(side / 2);
    bytes += 4 * side * side *
             static_cast<double>(network.stage_channels[s] * network.stage_blocks[s]) *
             tensors_per_block;
  }
  return bytes;
}

// Of a node and of an edge, tensors that a step of a generator keeps for its backward pass, in
// numbers of a message [bytes]; nodes that a core trains on in a second.
constexpr double node_tensors = 60, edge_tensors = 20, node_rate = 2.5e4;

Cost cost_of_generator(core::Config& config, CommandLine const& line) {
  auto const job = read_generator_job(config, line);
  job.train.check(static_cast<int>(line.ranks));
  auto const facts = check_graph_file(job);
  auto const& shape = facts.shape;
  double const nodes = shape.nodes_per_graph * static_cast<double>(job.train.shard_size);
  double const edges = job.graphs.neighbours > 0 ? static_cast<double>(job.graphs.neighbours)
                                                 : shape.nodes_per_graph;
  double const width = 4 * static_cast<double>(job.generator.message + 6 * job.generator.tensors);
  Cost cost;
  cost.memory_bytes = base_memory + torch_memory +
                      facts.bytes_per_node * static_cast<double>(facts.nodes) +
                      nodes * width * (node_tensors + edge_tensors * edges) *
                          static_cast<double>(job.generator.rounds);
  cost.disk_bytes = 1e7;
  cost.seconds = job.train.minutes > 0
                     ? job.train.minutes * 60
                     : nodes * static_cast<double>(job.train.shards * job.train.steps) / node_rate /
                           static_cast<double>(line.ranks);
  return cost;
}

// Graphs of a classifier: tensors of a node that a step keeps, in numbers of a layer; nodes that a
// core trains on in a second.
constexpr double classified_tensors = 12, classified_rate = 2e5;

Cost cost_of_classifier(core::Config& config, CommandLine const& line) {
  auto const job = read_classifier_job(config, line);
  job.train.check(static_cast<int>(line.ranks));
  auto const facts = check_classifier_file(job);
  double const nodes = facts.shape.nodes_per_graph * static_cast<double>(job.train.shard_size);
  double width = static_cast<double>(job.classifier.channels);
  for (auto const layer : job.classifier.layers)
    width += static_cast<double>(layer * (1 + job.classifier.directions));
  Cost cost;
  cost.memory_bytes = base_memory + torch_memory +
                      facts.bytes_per_node * static_cast<double>(facts.nodes) +
                      4 * nodes * width * classified_tensors;
  cost.disk_bytes = 1e7;
  cost.seconds = job.train.minutes > 0
                     ? job.train.minutes * 60
                     : nodes * static_cast<double>(job.train.shards * job.train.steps) /
                           classified_rate / static_cast<double>(line.ranks);
  return cost;
}

Cost cost_of_training(core::Config& config, CommandLine const& line) {
  if (config.has("classifier")) return cost_of_classifier(config, line);
  if (trains_generator(config)) return cost_of_generator(config, line);
  auto const job = read_training(config, line);
  job.train.check(static_cast<int>(line.ranks));
  auto const shape = job.source->shape();
  double const shard = static_cast<double>(job.train.shard_size);
  double const held_out = static_cast<double>(job.train.held_out) * example_bytes(shape);
  Cost cost;
  double const kept = static_cast<double>(job.train.examples) * example_bytes(shape);
  cost.memory_bytes = base_memory + torch_memory + job.source->cost().bytes + held_out +
                      kept / static_cast<double>(line.ranks) +
                      shard * (4 * example_bytes(shape) +
                               activation_bytes(job.network, static_cast<double>(shape.pixels)));
  cost.disk_bytes = 6e7;  // the model and two checkpoints of at most 5 MB of weights each
  double const per_step =
      shard * static_cast<double>(job.train.shards) * seconds_per_example(*job.source);
  cost.seconds = job.train.minutes > 0 ? job.train.minutes * 60
                                       : per_step * static_cast<double>(job.train.steps) /
                                             static_cast<double>(line.ranks);
  cost.at_least = job.train.minutes <= 0;
  return cost;
}

#endif

Cost cost_of(core::Config& config, CommandLine const& line) {
  if (line.command == "maps" && !config.has("catalogue")) return cost_of_maps(config, line);
  if (line.command == "nbody") return cost_of_simulation(config, line);
  if (line.command == "measure") return cost_of_measurement(config, line);
  if (line.command == "populate") return cost_of_population(config, line);
  if (line.command == "halos") return cost_of_halos(config, line);
  if (line.command == "graph") return cost_of_graphs(config, line);
#ifdef SHEARWATER_LEARN
  if (line.command == "train") return cost_of_training(config, line);
  if (line.command == "calibrate" && config.has("digit_test")) {
    read_digit_job(config, line);
    return {base_memory + torch_memory, 1e6, 0, true};
  }
  if (line.command == "calibrate" && config.has("graphs")) {
    auto const job = read_generator_test(config, line);
    double graphs = 0;  // of all boxes: how they are mixed in the file is not known here
    if (!is_awaited(line, job.graphs_file)) {
      auto const facts = bridge::graph_file_facts(job.graphs_file);
      graphs = facts.bytes_per_node * static_cast<double>(facts.nodes);
    }
    return {base_memory + torch_memory + graphs, 1e5, 0, true};
  }
  if (line.command == "calibrate") {
    auto const job = read_calibration(config, line);
    return {base_memory + torch_memory, static_cast<double>(job.calibration.simulations) * 64, 0,
            true};
  }
  if (line.command == "infer") {
    auto const job = read_inference(config, line);
    return {base_memory + torch_memory, static_cast<double>(job.infer.samples) * 200, 0, true};
  }
#endif
  return {base_memory, 0, 0, true};
}

void print_cost(Cost const& cost, CommandLine const& line) {
  double const needed = cost.memory_bytes + cost.shared_bytes / static_cast<double>(line.ranks);
  core::log_info(fmt::format(
      "{} {}: valid; on {} rank{}: {:.2f} GB of memory each, {:.3f} GB of disk, {}{}", line.command,
      line.target, line.ranks, line.ranks == 1 ? "" : "s", needed / 1e9, cost.disk_bytes / 1e9,
      cost.at_least ? "at least " : "about ", core::duration_text(cost.seconds)));
  if (line.mem_per_rank.empty()) return;
  double const memory = memory_of(line.mem_per_rank);
  // What every rank holds whole does not shrink with their number.
  if (memory <= cost.memory_bytes)
    throw core::InputError(fmt::format(
        "{} of memory per rank is too little on any number of ranks: {:.2f} GB are needed; "
        "use fewer, larger ranks per node{}",
        line.mem_per_rank, cost.memory_bytes / 1e9,
        line.command == "train" ? ", or a smaller train.shard_size" : ""));
  double const fewest = std::max(1.0, std::ceil(cost.shared_bytes / (memory - cost.memory_bytes)));
  if (static_cast<double>(line.ranks) < fewest)
    throw core::InputError(
        fmt::format("{} of memory per rank is too little on {} ranks: use at least {:.0f}",
                    line.mem_per_rank, line.ranks, fewest));
  core::log_info(fmt::format("fits in {} per rank; the fewest ranks that fit: {:.0f}",
                             line.mem_per_rank, fewest));
}

/// A file that a step reads and that is not there or still to be written anew, without which its
/// cost is not known; else "".
std::string missing_for_cost(CommandLine const& step, StepFiles const& files) {
  auto const missing = [&](std::string const& path) {
    return !path.empty() && (is_awaited(step, path) || !std::filesystem::exists(path));
  };
  if (missing(step.in)) return step.in;
  // What these cost is said by their keys.
  for (auto const* command : {"graph", "calibrate", "infer"})
    if (step.command == command) return "";
  auto const found = std::ranges::find_if(files.reads, missing);
  return found == files.reads.end() ? "" : *found;
}

}  // namespace

core::ExitCode plan(CommandLine const& line) {
  core::parse_time_limit(line.time_limit);
  // What `--set` of a chain changes is for its steps.
  bool const chain = line.command == "run";
  auto config = core::Config::from_file(line.target, chain ? std::vector<std::string>() : line.set);
  check_kind(config, line.command);
  if (chain) {
    auto const steps = read_chain(config, line);
    auto const files = check_chain(steps);
    require_inputs(steps, files);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto step = steps[i];
      step.dry_run = true;
      step.written = files[i].written;
      if (step.command == "report") continue;
      auto const missing = missing_for_cost(step, files[i]);
      if (missing.empty())
        plan(step);
      else
        core::log_info(fmt::format("{} {}: its cost is known when an earlier step has written {}",
                                   step.command, step.target, missing));
    }
    return core::ExitCode::done;
  }
  print_cost(cost_of(config, line), line);
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
