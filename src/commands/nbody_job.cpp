// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "halo_file.hpp"
#include "nbody_halo_cone.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::commands {

void SimulationOutputs::describe(core::Fields& field) {
  field("redshifts", redshifts, "", "when results are written, from early to late").between(0, 999);
  field("snapshots", snapshots, "", "whether all particles are written at each of them");
  field("halos", halos, "", "whether halos are found and measured at each of them");
  field("subsample", subsample, "",
        "fraction of the particles, the same ones each time, to be written to files of their own")
      .between(0, 1);
  field("slice", slice, "Mpc/h", "thickness of the slice whose projected density is kept")
      .positive();
  field("checkpoint_minutes", checkpoint_minutes, "min",
        "time between checkpoints; 0: only where a run is stopped")
      .at_least(0);
}

std::vector<std::string> const& SimulationOutputs::keys_without_effect() {
  static std::vector<std::string> const keys = {"output.", "outputs.checkpoint_minutes"};
  return keys;
}

void StartConfig::describe(core::Fields& field) {
  particles::InitialConfig::describe(field);
  field("white_noise", white_noise, "",
        "HDF5 file whose dataset /white_noise (n, n, n), of mean 0 and variance 1, takes the place "
        "of the seed")
      .path();
}

void StartConfig::check() const {
  if (!white_noise.empty())
    core::refuse_changed("initial", static_cast<particles::InitialConfig const&>(*this),
                         {"seed", "fixed_amplitude", "paired"},
                         "initial.white_noise takes the place of drawn numbers");
}

void ConeOutput::describe(core::Fields& field) {
  lensing::ConeMapConfig::describe(field);
  field("width_deg", width_deg, "deg", "side of the field").between(0.1, 20);
  field("pixels", pixels, "pixels", "along its side; even").between(16, 8192);
  field("seed", seed, "", "of how the box is turned and shifted along the lines of sight")
      .at_least(0);
  field("views", views, "",
        "how the box is repeated: random: turned and shifted as the seed says; halos: as the "
        "observer of [light_cone_halos] sees it about right ascension and declination 0, so that "
        "`populate` finds the shear of galaxies in these halos (table [lensing])")
      .one_of({"random", "halos"});
  field("particles", particles, "",
        "whether the particles of the cone are written too, a file for each step");
}

double NBodyJob::particle_mass() const {
  return cosmology.omega_m() * units::critical_density * std::pow(box.side, 3) /
         static_cast<double>(total());
}

io::SnapshotHeader NBodyJob::header(double scale_factor) const {
  io::SnapshotHeader result;
  result.box_side = box.side;
  result.scale_factor = scale_factor;
  result.omega_m = cosmology.omega_m();
  result.omega_de = cosmology.omega_de();
  result.h = cosmology.h;
  result.particle_mass = particle_mass();
  result.total = total();
  result.has_velocities = result.has_ids = true;
  return result;
}

std::vector<double> NBodyJob::output_times() const {
  std::vector<double> times;
  for (double const z : outputs.redshifts) {
    double const time = 1 / (1 + z);
    // Texts of a redshift and a scale factor agree to their digits only.
    double const ends[] = {initial.scale_factor, steps.end};
    auto const* const end =
        std::ranges::find_if(ends, [&](double t) { return std::abs(t - time) < 1e-9; });
    times.push_back(end == std::end(ends) ? time : *end);
  }
  return times;
}

std::string NBodyJob::file(char const* kind, std::size_t output) const {
  return fmt::format("{}/{}_{:03}.hdf5", folder, kind, output);
}

namespace {

/// The name of the file that `key` has as the input means it.
std::string file_named(core::Config const& config, char const* key, std::string const& name) {
  auto path = config.path_from(name);
  if (path.empty())
    throw core::InputError(fmt::format(
        "{} = \"{}\": a variable of the environment in it is not set; set it, or name the file",
        key, name));
  return path;
}

/// Box, number of particles and time are those of the user's own initial conditions.
void take_start(core::Config& config, NBodyJob& job) {
  for (auto const* table : {"initial", "box"})
    if (config.has(table))
      throw core::InputError(
          fmt::format("[{}] and [snapshot]: particles come from snapshot.file, with its box and "
                      "its time; leave [{}] out",
                      table, table));
  job.start.file = file_named(config, "snapshot.file", job.start.file);
  auto const header = io::read_snapshot_header(job.start.file, job.start);
  auto const side =
      static_cast<std::int64_t>(std::llround(std::cbrt(static_cast<double>(header.total))));
  if (side * side * side != header.total)
    throw core::InputError(
        fmt::format("{}: holds {} particles, but a force mesh needs the cube of a whole number; "
                    "choose a snapshot of one resolution, with one type of particles",
                    job.start.file, header.total));
  if (!header.has_velocities)
    throw core::InputError(fmt::format(
        "{}: has no velocities, without which particles cannot be evolved", job.start.file));
  if (!header.only_type)
    throw core::InputError(
        fmt::format("{}: holds other particles beside those of type {}: only dark matter alone is "
                    "evolved",
                    job.start.file, job.start.particle_type));
  if (header.h > 0 && std::abs(header.h / job.cosmology.h - 1) > 1e-3)
    throw core::InputError(
        fmt::format("{}: was made with h = {:g}, but [cosmology] has {:g}: make them the same",
                    job.start.file, header.h, job.cosmology.h));
  double const omega_m = job.cosmology.omega_m();
  if (header.omega_m > 0 && std::abs(header.omega_m / omega_m - 1) > 1e-3)
    throw core::InputError(fmt::format(
        "{}: was made with omega_m = {:g}, but [cosmology] has {:g}: make them the same",
        job.start.file, header.omega_m, omega_m));
  job.box = {header.box_side, side};
  job.initial.scale_factor = header.scale_factor;
}

void refuse_halo_tables(core::Config const& config) {
  for (auto const* table : {"halos", "tidal", "mass_function"})
    if (config.has(table))
      throw core::InputError(fmt::format(
          "[{}] has no effect with outputs.halos = false: leave one of them out", table));
}

/// [light_cone_halos].
void read_halo_cone(core::Config& config, NBodyJob& job) {
  if (!config.has("light_cone_halos")) return;
  job.halo_cone = config.read<halos::HaloConeConfig>("light_cone_halos");
  if (!job.outputs.halos)
    throw core::InputError(
        "[light_cone_halos] with outputs.halos = false: halos of the light cone are those of the "
        "outputs; find them, or leave the table out");
}

void check_views(NBodyJob const& job) {
  if (!job.cone || !job.cone->with_halos()) return;
  if (!job.halo_cone)
    throw core::InputError(
        "light_cone.views = \"halos\": whose sky it is says [light_cone_halos]; give that table, "
        "or "
        "views = \"random\"");
  core::refuse_changed("light_cone", *job.cone, {"seed", "lines_of_sight"},
                       "light_cone.views = \"halos\"");
}

void check_outputs(NBodyJob const& job) {
  auto const times = job.output_times();
  auto const& redshifts = job.outputs.redshifts;
  if (times.empty())
    throw core::InputError("outputs.redshifts = []: name at least the last one, such as [0.0]");
  for (std::size_t i = 1; i < times.size(); ++i)
    if (!(times[i] > times[i - 1]))
      throw core::InputError(
          fmt::format("outputs.redshifts: {:g} comes after {:g}: list them from early to late, "
                      "each once",
                      redshifts[i], redshifts[i - 1]));
  if (times.front() < job.initial.scale_factor)
    throw core::InputError(fmt::format(
        "outputs.redshifts: {:g} (a = {:.4g}) is before the start at a = {:g}: leave it out, or "
        "start earlier",
        redshifts.front(), times.front(), job.initial.scale_factor));
  if (times.back() != job.steps.end)
    throw core::InputError(fmt::format(
        "outputs.redshifts ends with {:g} (a = {:.6g}), but steps.end = {:g}: let both end at the "
        "same time",
        redshifts.back(), times.back(), job.steps.end));
  if (job.halo_cone)
    job.halo_cone->check(job.box.side, times, cosmology::Background(job.cosmology));
}

/// [light_cone], and [sources] behind it.
void read_cone(core::Config& config, NBodyJob& job) {
  if (!config.has("light_cone")) {
    if (config.has("sources"))
      throw core::InputError(
          "[sources] without [light_cone]: their convergence needs a light cone; give one, or "
          "leave "
          "the sources out");
    return;
  }
  job.cone = config.read<ConeOutput>("light_cone");
  if (job.cone->pixels % 2 != 0)
    throw core::InputError(fmt::format("light_cone.pixels = {}: must be even; {} or {} would do",
                                       job.cone->pixels, job.cone->pixels - 1,
                                       job.cone->pixels + 1));
  job.cone->check(job.cone->field(job.cone->sky()), job.box, job.initial, job.steps,
                  cosmology::Background(job.cosmology));
  if (config.has("sources")) {
    auto const sources = config.read<cosmology::SourceConfig>("sources");
    core::refuse_changed("sources", sources, {"galaxies_per_arcmin2", "shape_noise"},
                         "maps of nbody have no noise");
    job.sources = sources.make_bins(job.input_folder);
    job.tables.emplace_back("sources", sources.distribution_file(job.input_folder));
  }
  job.cone->check_sources(job.sources);
}

}  // namespace

NBodyJob read_nbody_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  NBodyJob job;
  job.cosmology = cosmology::read_cosmology(config);
  job.cosmology.check();
  auto const spectra = config.read<cosmology::SpectraConfig>("spectra");
  core::refuse_changed(
      "spectra", spectra,
      {"nonlinear", "spin_prefactor", "alignment_amplitude", "alignment_eta", "alignment_pivot"},
      "particles start from the linear power alone");
  job.power = spectra.linear_power(job.cosmology, config.folder());
  job.tables.emplace_back("power", spectra.table_file(config.folder()));
  job.mesh = config.read<particles::MeshConfig>("mesh");
  job.steps = config.read<particles::StepConfig>("steps");
  job.outputs = config.read<SimulationOutputs>("outputs");
  if (job.outputs.halos) {
    job.halos = HaloSettings::from_config(config);
    job.halos.counts.cosmology = job.cosmology;
    job.halos.counts.power = job.power;
  } else {
    refuse_halo_tables(config);
  }
  if (!line.in.empty()) config.set("snapshot", "file", absolute_path(line.in));
  if (config.has("snapshot")) {
    job.start = config.read<io::SnapshotConfig>("snapshot");
    if (job.start.file.empty())
      throw core::InputError(
          "[snapshot] without a file: name the start as snapshot.file or by --in, or leave the "
          "table out");
  }
  if (!job.start.file.empty()) {
    take_start(config, job);
  } else {
    job.box = config.read<particles::BoxConfig>("box");
    job.initial = config.read<StartConfig>("initial");
    job.initial.check();
    auto& noise = job.initial.white_noise;
    if (!noise.empty()) noise = file_named(config, "initial.white_noise", noise);
  }
  job.box.check();
  job.folder = output_path(config, line, "nbody");
  if (line.overwrite || line.resume) job.existing = io::Existing::replace;
  job.input_folder = config.folder();
  read_cone(config, job);
  read_halo_cone(config, job);
  check_views(job);
  config.refuse_unread();
  job.steps.scale_factors(job.initial.scale_factor);
  check_outputs(job);
  if (job.outputs.halos) tidal_mesh_of(job.halos.tidal, job.header(1));
  return job;
}

SimulationSize size_of(NBodyJob const& job, double halo_particle) {
  // Position, momentum and id with their slack; the mesh and its transform's buffer; at the start
  // the grids of the displacements beside the particles on their way; rows of files. While halos
  // are found there is no mesh.
  constexpr double particle = 40, mesh_cell = 4.6, start = 35, row = 44;
  auto const total = static_cast<double>(job.total());
  double const cells = total * std::pow(static_cast<double>(job.mesh.factor), 3);
  auto const outputs = static_cast<double>(job.outputs.redshifts.size());
  SimulationSize size;
  size.shared = total * particle + std::max(total * start + mesh_cell * cells,
                                            job.outputs.halos ? total * halo_particle : 0);
  double const rows = (job.outputs.snapshots ? 1 : 0) + job.outputs.subsample;
  size.disk = outputs * (rows * row * total + 4 * std::pow(cells, 2.0 / 3)) + 2 * 32 * total;
  if (job.outputs.halos)
    size.disk += outputs * halo_row_bytes(job.halos) * total /
                 (4 * static_cast<double>(job.halos.halos.min_particles));
  if (job.halo_cone) {
    // Ids of the members; the halos of all replicas, of which no more are held than are written.
    double const halos = total / (4 * static_cast<double>(job.halos.halos.min_particles));
    halos::HaloCone const cone(*job.halo_cone, job.box.side, cosmology::Background(job.cosmology));
    double const seen = halos * cone.volume(0, cone.reach()) / std::pow(job.box.side, 3);
    size.disk += outputs * 8 * total / 2 + seen * cone_row_bytes(job.halos);
    size.shared += seen * static_cast<double>(sizeof(halos::HaloCrossing));
  }
  if (!job.cone) return size;
  double const planes =
      std::ceil(cosmology::Background(job.cosmology).comoving_distance(job.cone->redshift) /
                job.cone->thickness);
  double const pixels = planes * static_cast<double>(job.cone->lines_of_sight) *
                        static_cast<double>(job.cone->field(job.cone->sky()).size());
  // Masses, their sum over the ranks and what is made of them.
  size.each = 32 * pixels;
  size.disk += (4 + 2 * 8) * pixels;
  return size;
}

}  // namespace shearwater::commands
