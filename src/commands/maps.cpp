// SPDX-License-Identifier: BSD-3-Clause
// `shearwater maps INPUT.toml`: simulated maps into one file, or a shape catalogue into maps.
#include <fmt/format.h>

#include <algorithm>

#include "catalogue.hpp"
#include "commands.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/map_file.hpp"
#include "sources.hpp"

namespace shearwater::commands {

namespace {

/// Sets that one rank makes between two collective writes.
constexpr std::int64_t block_sets = 16;

io::MapFileShape file_shape(bridge::ExampleShape const& example, std::int64_t count, double width) {
  return {count, example.channels,         example.pixels,           example.parameter_names,
          width, example.mask ? count : 0, example.noise ? count : 0};
}

template <class T>
std::span<T const> values_of(bridge::Batch const& batch, char const* name) {
  auto const found = batch.find(name);
  if (found == batch.end()) return {};
  return {bridge::host_data<T>(found->second), static_cast<std::size_t>(found->second.size())};
}

/// Why the sets were not all written; "" when they were. All ranks write the same number of times,
/// some of them no rows at the end.
std::string write_sets(parallel::Communicator const& comm, bridge::ExampleSource const& source,
                       SetConfig const& sets, core::RunControl const& control,
                       io::MapFileWriter& file) {
  auto const shape = source.shape();
  auto const share = parallel::share_of(sets.count, comm.rank(), comm.size());
  auto const longest = parallel::share_of(sets.count, 0, comm.size()).count;
  core::Progress progress("maps", "sets", longest);
  for (std::int64_t done = 0; done < longest; done += block_sets) {
    if (auto const reason = reason_to_stop(comm, control); !reason.empty()) return reason;
    auto const rows = std::clamp<std::int64_t>(share.count - done, 0, block_sets);
    auto const first = share.first + std::min(done, share.count);
    bridge::Batch batch;
    comm.together([&] {
      if (rows > 0) batch = source.examples(static_cast<std::uint64_t>(sets.first + first), rows);
    });
    file.write(first, values_of<double>(batch, "parameters"), values_of<float>(batch, "maps"));
    if (shape.mask) file.write_mask(first, values_of<float>(batch, "mask"));
    if (shape.noise) file.write_noise(first, values_of<float>(batch, "noise"));
    progress.update(std::min(done + block_sets, longest));
  }
  return "";
}

}  // namespace

core::ExitCode maps(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  if (config.has("catalogue")) return maps_from_catalogue(comm, config, line);
  auto const job = read_simulation(config, line);
  comm.on_root([&] {
    claim_file(job.file, line);
    protect_inputs(job.inputs, job.file);
  });
  auto const facts = hashes_of(comm, job.inputs);
  if (is_finished(comm, line, job.file, "maps", {config.resolved(), facts}))
    return core::ExitCode::done;
  auto const control = run_control(line, job.file);
  auto const shape = job.source->shape();
  auto provenance = core::make_provenance("maps", config.resolved(), comm.size());
  for (auto const& [name, value] : facts) provenance.add_origin(name, value);
  io::MapFileWriter file(comm, job.file, file_shape(shape, job.sets.count, job.width), provenance,
                         line.overwrite ? io::Existing::replace : io::Existing::refuse);
  auto const stopped = write_sets(comm, *job.source, job.sets, control, file);
  if (!stopped.empty()) {
    core::log_info(fmt::format(
        "{}: stopped ({}) before all {} sets were made; unfinished maps are not kept: run again, "
        "and it starts anew",
        job.file, stopped, job.sets.count));
    return core::ExitCode::stopped;
  }
  file.commit();
  core::log_info(fmt::format("{}: {} sets of {} maps", job.file, job.sets.count, shape.channels));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
