// SPDX-License-Identifier: BSD-3-Clause
// What galaxies cost: `populate` and `measure`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include "cost.hpp"
#include "measure_job.hpp"
#include "populate_job.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/io/galaxy_file.hpp"
#include "shearwater/io/table.hpp"
#include "spectra_job.hpp"

namespace shearwater::commands {

namespace {

// Columns as read, as a sample, as sent and as sorted of a galaxy [bytes]; ordered pairs that a
// core sums over in a second.
constexpr double pair_memory = 700, pair_rate = 1.5e8;

// Of a galaxy in the field [bytes]; galaxies that a core reads and sums in a second.
constexpr double field_memory = 80, field_rate = 2e6;
// Pixels of a map that are transformed, with its part of the sums over modes, in a second.
constexpr double pixel_rate = 2e7;

// Halos of a catalogue that are looked at for an estimate, and galaxies that a core makes and
// writes in a second.
constexpr std::int64_t trial_halos = 200000;
constexpr double galaxy_rate = 1.5e6;
// Of a galaxy of a block and of its halo, in kernels and on the way to the file [bytes].
constexpr double populated_memory = 500, halo_memory = 200;
// Of a catalogue of another code that every rank holds, for each byte of its file: its columns in
// double precision, beside those as they are read.
constexpr double listed_memory = 3;

Cost cost_of_spectra(core::Config& config, CommandLine const& line) {
  auto const job = read_spectra_job(config, line);
  if (job.galaxies.file.empty())
    throw core::InputError("galaxies.file: name the galaxies there or by --in");
  // What an earlier step of a chain replaces says how many galaxies there are, but not their
  // columns.
  auto const& file = job.galaxies.file;
  auto const count = static_cast<double>(is_awaited(line, file) ? io::GalaxyReader(file).size()
                                                                : open_field(job).size());
  auto const bins = static_cast<double>(job.spectra.bins());
  double const maps = 4 * bins * static_cast<double>(job.spectra.sky().size());
  Cost cost;
  cost.memory_bytes = base_memory + 3 * 8 * maps;
  cost.shared_bytes = field_memory * count;
  cost.disk_bytes = 1e6;
  // The theory of a pair of bins takes half a second; every rank transforms all maps.
  cost.seconds = count / field_rate / static_cast<double>(line.ranks) + bins * (bins + 1) / 4 +
                 maps / pixel_rate;
  return cost;
}

/// Of a light cone that holds all random places [(Mpc/h)^3], by some rows from everywhere.
double volume_of_randoms(MeasureJob const& job, std::int64_t total) {
  auto const& randoms = *job.randoms;
  cosmology::Background const background(*job.universe);
  std::array<double, 3> low, high;
  low.fill(std::numeric_limits<double>::max());
  high.fill(std::numeric_limits<double>::lowest());
  constexpr std::int64_t parts = 4, size = 50000;
  for (std::int64_t p = 0; p < parts; ++p) {
    auto const share = parallel::share_of(total, static_cast<int>(p), static_cast<int>(parts));
    auto const columns = io::read_columns({randoms.file,
                                           {randoms.ra, randoms.dec, randoms.redshift},
                                           randoms.table,
                                           share.first,
                                           std::min(size, share.count)});
    for (std::size_t c = 0; c < 3; ++c)
      for (double const value : columns[c])
        low[c] = std::min(low[c], value), high[c] = std::max(high[c], value);
  }
  auto const distance = [&](double z) { return background.comoving_distance(std::max(0.0, z)); };
  if (total == 0) return 0;
  double const degree = units::degree;
  double const area =
      (high[0] - low[0]) * degree * (std::sin(high[1] * degree) - std::sin(low[1] * degree));
  return area * (std::pow(distance(high[2]), 3) - std::pow(distance(low[2]), 3)) / 3;
}

}  // namespace

/// Pairs are more where galaxies cluster, and are counted without clustering here.
Cost cost_of_measurement(core::Config& config, CommandLine const& line) {
  if (config.has("shear_spectra")) return cost_of_spectra(config, line);
  auto const job = read_measure_job(config, line);
  if (job.nla)
    for (auto const& path : {job.nla->file, job.nla->covariance_file}) require_there(line, path);
  if (job.randoms) require_there(line, job.randoms->file);
  if (job.fit) require_there(line, job.fit->file);
  if (job.table_alone()) return {base_memory, 1e5, 1, false};
  if (job.input.empty())
    throw core::InputError("galaxies.file: name the galaxies there or by --in");
  std::optional<io::GalaxyReader> file;
  if (!job.has_columns) file.emplace(job.input);
  double const side = file ? file->content().box_side : job.columns.box_side;
  auto const count =
      static_cast<double>(file ? file->size() : io::table_rows({job.input, {}, job.columns.table}));
  auto const randoms =
      job.randoms ? io::table_rows({job.randoms->file, {}, job.randoms->table}) : 0;
  double const all = count + static_cast<double>(randoms);
  double const pi_max = randoms > 0 ? job.measure.pi_max : 0;
  double const reach = std::hypot(job.measure.bin_edges().back(), pi_max);
  double volume = std::pow(side, 3);
  if (randoms > 0) volume = volume_of_randoms(job, randoms);
  Cost cost;
  cost.memory_bytes = base_memory;
  cost.shared_bytes = pair_memory * all;
  cost.disk_bytes = 1e6;
  cost.at_least = true;
  if (volume > 0)
    cost.seconds =
        all * all * 4.2 * std::pow(reach, 3) / volume / pair_rate / static_cast<double>(line.ranks);
  return cost;
}

Cost cost_of_population(core::Config& config, CommandLine const& line) {
  auto const job = read_populate_job(config, line);
  auto const run = open_population(job);
  auto const& facts = run.halos->facts();
  // Halos may be ordered by mass: some from everywhere.
  std::int64_t looked_at = 0, found = 0;
  std::int64_t const parts = 64, size = std::max<std::int64_t>(1, trial_halos / parts);
  for (std::int64_t p = 0; p < parts; ++p) {
    auto const share =
        parallel::share_of(facts.total, static_cast<int>(p), static_cast<int>(parts));
    auto const count = std::min(size, share.count);
    if (count == 0) continue;
    found += run.population->count(ExecSpace(), run.read(ExecSpace(), share.first, count)).total;
    looked_at += count;
  }
  double const mean =
      looked_at > 0 ? static_cast<double>(found) / static_cast<double>(looked_at) : 0;
  double const total = mean * static_cast<double>(facts.total);
  core::log_info(fmt::format("about {:.3g} galaxies in {} halos", total, facts.total));
  Cost cost;
  auto const block = static_cast<double>(std::min(job.hosts.hosts.block, facts.total));
  cost.memory_bytes = base_memory + block * (halo_memory + 2 * mean * populated_memory);
  if (facts.in_memory)
    cost.memory_bytes += listed_memory * static_cast<double>(std::filesystem::file_size(job.input));
  cost.disk_bytes = total * static_cast<double>(io::galaxy_bytes(columns_of(job, run)));
  if (!job.lensing.empty()) cost.memory_bytes += lensing_bytes(job.lensing);
  cost.seconds = total / galaxy_rate / static_cast<double>(line.ranks);
  return cost;
}

}  // namespace shearwater::commands
