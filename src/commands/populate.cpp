// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate INPUT.toml`: galaxies in the halos of a catalogue.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "model_verdict.hpp"
#include "populate_job.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/galaxies/secondary.hpp"
#include "shearwater/galaxies/tally.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

using galaxies::HaloBlock;

/// What ranks do together for the halos that are this rank's.
class Populating {
 public:
  /// shear   null for none
  Populating(parallel::Communicator const& comm, PopulateJob const& job, PopulateRun const& run,
             GalaxyShear* shear)
      : comm_(comm),
        job_(job),
        run_(run),
        shear_(shear),
        share_(parallel::share_of(run.halos->facts().total, comm.rank(), comm.size())) {}

  /// Collective: galaxies of this rank's halos, counted; the ranks of the secondary property first.
  /// False where the run is to stop.
  bool count(core::RunControl const& control);
  /// Collective: makes and writes them, and a summary. False where the run is to stop.
  bool fill(io::GalaxyWriter& writer, core::RunControl const& control);
  std::int64_t total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
  }
  galaxies::Tally const& tally() const { return tally_; }

 private:
  /// Calls `act` with each of this rank's blocks, together with the other ranks, of which some have
  /// none left. False where the run is to stop.
  template <class Act>
  bool for_each_block(core::RunControl const& control, Act const& act);
  HaloBlock read(std::int64_t first, std::int64_t count) const;

  parallel::Communicator const& comm_;
  PopulateJob const& job_;
  PopulateRun const& run_;
  GalaxyShear* shear_;
  parallel::Share share_;
  ExecSpace space_;
  galaxies::RankTable ranks_;
  bool ranked_ = false;
  std::vector<std::int64_t> counts_;  ///< galaxies of each rank
  galaxies::Tally tally_;
};

template <class Act>
bool Populating::for_each_block(core::RunControl const& control, Act const& act) {
  auto const size = job_.hosts.hosts.block;
  auto const blocks = comm_.max((share_.count + size - 1) / size);
  for (std::int64_t b = 0; b < blocks; ++b) {
    if (!reason_to_stop(comm_, control).empty()) return false;
    auto const done = std::min(b * size, share_.count);
    act(share_.first + done, std::min(size, share_.count - done));
  }
  return true;
}

HaloBlock Populating::read(std::int64_t first, std::int64_t count) const {
  auto block = run_.read(space_, first, count);
  if (ranked_) ranks_.set_ranks(block, run_.population->seed());
  return block;
}

bool Populating::count(core::RunControl const& control) {
  if (run_.population->is_decorated() && !job_.hosts.synthetic) {
    bool const whole = for_each_block(control, [&](std::int64_t first, std::int64_t count) {
      comm_.together([&] { ranks_.add(read(first, count)); });
    });
    if (!whole) return false;
    ranks_.gather(comm_);
    if (ranks_.known() == 0 && run_.halos->facts().total > 0)
      throw core::InputError(fmt::format(
          "hosts.secondary = \"{}\": {} has it for none of its {} halos, so that there is nothing "
          "that occupation.central_bias and satellite_bias could go with: choose another property, "
          "or set both to 0",
          job_.hosts.hosts.secondary, job_.input, run_.halos->facts().total));
    ranked_ = true;
  }
  std::int64_t mine = 0;
  bool const whole = for_each_block(control, [&](std::int64_t first, std::int64_t count) {
    comm_.together([&] {
      auto const block = read(first, count);
      auto const counts = run_.population->count(space_, block);
      mine += counts.total;
      tally_.add(block, counts);
    });
  });
  counts_ = comm_.all_gather(std::span<std::int64_t const>(&mine, 1));
  return whole;
}

bool Populating::fill(io::GalaxyWriter& writer, core::RunControl const& control) {
  auto at = std::accumulate(counts_.begin(), counts_.begin() + comm_.rank(), std::int64_t{0});
  bool const whole = for_each_block(control, [&](std::int64_t first, std::int64_t count) {
    io::GalaxyCatalogue rows;
    comm_.together([&] {
      auto const block = read(first, count);
      auto const counts = run_.population->count(space_, block);
      std::optional<galaxies::MemberPlaces> members;
      if (run_.population->uses_members())
        members = run_.halos->members(first, counts, run_.population->seed());
      auto const made =
          run_.population->populate(space_, block, counts, members ? &*members : nullptr);
      rows = run_.population->rows_of(block, made, at);
      if (shear_ != nullptr) shear_->add(space_, made.galaxies, rows);
      tally_.add(made.galaxies, made.seen.ellipticity);
    });
    writer.write(at, rows);
    at += rows.size();
  });
  if (whole) tally_.gather(comm_);
  return whole;
}

io::GalaxyContent content_of(PopulateRun const& run, PopulateJob const& job, std::int64_t total) {
  auto const& facts = run.halos->facts();
  bool const cone = run.population->is_light_cone();
  io::GalaxyContent content;
  content.total = total;
  content.box_side = cone ? 0 : facts.box_side;
  content.scale_factor = cone ? 0 : facts.scale_factor;
  content.omega_m = run.cosmology.omega_m();
  content.omega_de = run.cosmology.omega_de();
  content.h = run.cosmology.h;
  content.columns = columns_of(job, run);
  content.line_of_sight = cone ? "radial" : job.settings.observation.line_of_sight;
  content.redshift_space = !cone && job.settings.observation.redshift_space;
  return content;
}

/// Means and counts by mass, and how shapes are distributed: for the report.
void write_summary(io::OutputFile& file, galaxies::Tally const& tally,
                   galaxies::Occupation const& occupation) {
  using galaxies::Tally;
  file.create_group("/Occupation");
  std::vector<double> edges, central, satellites;
  for (std::int64_t b = 0; b <= Tally::kMasses; ++b)
    edges.push_back(Tally::mass_edge(b) / units::gadget_mass);
  for (std::int64_t b = 0; b < Tally::kMasses; ++b) {
    auto const mean = occupation.mean(std::sqrt(Tally::mass_edge(b) * Tally::mass_edge(b + 1)));
    central.push_back(mean.central);
    satellites.push_back(mean.satellites);
  }
  auto const put = [&](char const* name, std::vector<double> const& values,
                       io::Meaning const& meaning) {
    file.put_from_root<double>(name, {std::ssize(values)}, values, meaning);
  };
  auto const put_counts = [&](char const* name, std::vector<std::int64_t> const& values,
                              char const* what) {
    file.put_from_root<std::int64_t>(name, {std::ssize(values)}, values, {"1", what});
  };
  put("/Occupation/MassEdges", edges, {"1e10 Msun", "edges of bins of halo mass", 0, -1});
  put("/Occupation/MeanCentrals", central,
      {"1", "mean number of central galaxies of the model in the middle of the bin"});
  put("/Occupation/MeanSatellites", satellites, {"1", "mean number of satellites there"});
  put_counts("/Occupation/Halos", tally.halos, "halos");
  put_counts("/Occupation/Centrals", tally.centrals, "central galaxies in them");
  put_counts("/Occupation/Satellites", tally.satellites, "satellites in them");
  file.create_group("/Shapes");
  std::vector<double> bins;
  for (std::int64_t b = 0; b <= Tally::kRatios; ++b)
    bins.push_back(static_cast<double>(b) / Tally::kRatios);
  put("/Shapes/Edges", bins, {"1", "edges of bins of axis ratios and ellipticities"});
  put_counts("/Shapes/MiddleToMajor", tally.b_to_a, "galaxies by b/a");
  put_counts("/Shapes/MinorToMajor", tally.c_to_a, "galaxies by c/a");
  put_counts("/Shapes/Ellipticity", tally.ellipticity, "galaxies by |e|");
}

/// By the mass of most halos, below which a simulation finds fewer and fewer of them.
void warn_of_light_halos(galaxies::Tally const& tally, galaxies::Occupation const& occupation) {
  using galaxies::Tally;
  auto const most = std::ranges::max_element(tally.halos);
  if (most == tally.halos.end() || *most == 0) return;
  auto const bin = most - tally.halos.begin();
  double const mass = std::sqrt(Tally::mass_edge(bin) * Tally::mass_edge(bin + 1));
  auto const mean = occupation.mean(mass);
  double const number = mean.central + mean.satellites;
  if (number < 0.05) return;
  core::log_warning(fmt::format(
      "most halos have about {:.2g} Msun/h, and [occupation] puts {:.2g} galaxies into each of "
      "these: those of lighter halos, which the catalogue lacks, are missing. Take halos down to "
      "masses that hold no galaxies, or raise the masses of [occupation]",
      mass, number));
}

void print_summary(PopulateJob const& job, PopulateRun const& run, galaxies::Tally const& tally,
                   std::int64_t total) {
  auto const sum = [](std::vector<std::int64_t> const& list) {
    return std::accumulate(list.begin(), list.end(), std::int64_t{0});
  };
  core::log_info(fmt::format(
      "{}: {} galaxies, {} of them central, in {} halos (masses: {}){}{}", job.output, total,
      sum(tally.centrals), run.halos->facts().total, run.halos->facts().mass_name,
      tally.empty_halos > 0
          ? fmt::format("; {} halos are too light or have no such mass", tally.empty_halos)
          : "",
      tally.flagged > 0 ? fmt::format("; {} galaxies are flagged", tally.flagged) : ""));
}

}  // namespace

core::ExitCode populate(parallel::Communicator const& comm, CommandLine const& line) {
  auto config = read_input(comm, line);
  auto const job = read_populate_job(config, line);
  comm.on_root([&] {
    claim_file(job.output, line);
    protect_inputs(inputs_of(job), job.output);
  });
  std::string const hosts = job.input.empty() ? "synthetic" : absolute_path(job.input);
  core::Provenance::Facts facts = {{"hosts", hosts}};
  for (auto const& fact : hashes_of(comm, inputs_of(job))) facts.push_back(fact);
  if (!job.model.empty()) {
    auto const hash =
        from_root(comm, [&] { return core::hash_file(job.model + "/model.safetensors"); });
    facts.emplace_back("model_hash", hash);
    comm.on_root([&] { core::log_info(verdict_text(job.model, hash)); });
  }
  if (is_finished(comm, line, job.output, "galaxies", {config.resolved(), facts}))
    return core::ExitCode::done;
  auto const control = run_control(line, job.output);
  PopulateRun run;
  comm.together([&] { run = open_population(job); });
  match_masses(comm, job, run);
  std::unique_ptr<GalaxyShear> shear;
  comm.together([&] { shear = open_lensing(job, run); });
  Populating populating(comm, job, run, shear.get());
  auto const stopped = [] {
    core::log_warning(
        "stopped before the galaxies were written: they are made anew by the next run");
    return core::ExitCode::stopped;
  };
  if (!populating.count(control)) return stopped();
  auto provenance = core::make_provenance("populate", config.resolved(), comm.size());
  for (auto const& [name, value] : facts) provenance.add_origin(name, value);
  io::GalaxyWriter writer(comm, job.output, content_of(run, job, populating.total()), provenance,
                          line.overwrite ? io::Existing::replace : io::Existing::refuse);
  if (!populating.fill(writer, control)) return stopped();
  write_summary(writer.file(), populating.tally(), run.population->occupation());
  writer.commit();
  print_summary(job, run, populating.tally(), populating.total());
  warn_of_light_halos(populating.tally(), run.population->occupation());
  auto const unknown = comm.sum(shear ? shear->unknown() : 0);
  if (shear)
    core::log_info(fmt::format(
        "{}: shear of {} galaxies; {} are beside or beyond the lens planes: NaN, flag {}",
        job.output, populating.total() - unknown, unknown, static_cast<int>(io::unknown_shear)));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
