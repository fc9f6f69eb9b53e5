// SPDX-License-Identifier: BSD-3-Clause
#include "populate_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/error.hpp"
#ifdef SHEARWATER_LEARN
#include "learned_orienter.hpp"
#include "models.hpp"
#endif

namespace shearwater::commands {

PopulateJob read_populate_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  PopulateJob job;
  job.hosts = read_host_job(config, line);
  job.input = job.hosts.path;
  auto& settings = job.settings;
  settings.occupation = config.read<galaxies::OccupationConfig>("occupation");
  settings.satellites = config.read<galaxies::SatelliteConfig>("satellites");
  settings.orientation = config.read<galaxies::OrientationConfig>("orientation");
  settings.observation = config.read<galaxies::ObservationConfig>("observation");
  settings.orientation.check();
  settings.observation.check();
  settings.folder = config.folder();
  settings.smallest_mass = job.hosts.hosts.smallest_mass;
  settings.axis_strength = job.hosts.hosts.axis_strength;
  auto const& mass = job.hosts.hosts.mass;
  settings.edge.definition = mass == "members" ? "200m" : mass;
  bool const decorated = galaxies::Occupation(settings.occupation, settings.folder).is_decorated();
  bool const secondary = job.hosts.hosts.secondary != "none" || job.hosts.synthetic.has_value();
  if (decorated && !secondary)
    throw core::InputError(
        "occupation.central_bias, occupation.satellite_bias: name the property that they go with "
        "by hosts.secondary");
  auto const& definition = job.hosts.hosts.mass;
  bool const known = definition == "members" || definition == "200m";
  if (job.hosts.hosts.match_masses && (!known || settings.observation.geometry == "cone"))
    throw core::InputError(
        "hosts.match_masses: is for boxes and hosts.mass = \"200m\" or \"members\" alone");
  bool const members = settings.satellites.profile == "members";
  if (members != !job.hosts.particles.empty())
    throw core::InputError(
        "hosts.particles and satellites.profile = \"members\": one goes with the other");
  if (members && settings.observation.geometry == "cone")
    throw core::InputError(
        "satellites.profile = \"members\": particles are in their box, but halos of "
        "observation.geometry = \"cone\" are about the observer: use satellites.profile = \"nfw\", "
        "or geometry = \"box\"");
#ifdef SHEARWATER_LEARN
  if (config.has("model")) {
    auto const model = config.read<ModelConfig>("model");
    job.model = artifact_path(line, model.path);
    job.threads = model.threads;
  }
#else
  if (config.has("model"))
    throw core::UsageError(
        "[model]: this build has no networks (SHEARWATER_LEARN=OFF); build with LibTorch, or leave "
        "the table out: galaxies are then oriented by [orientation]");
#endif
  bool const ellipsoids = settings.satellites.triaxial && !members;
  if (settings.axis_strength < 1 && settings.orientation.model != "watson" &&
      !config.has("model") && !ellipsoids)
    throw core::InputError(fmt::format(
        "hosts.axis_strength = {:g}: nothing goes by the halos' axes here: leave it at 1, or use "
        "orientation.model = \"watson\", a table [model], or satellites.triaxial with \"nfw\"",
        settings.axis_strength));
  if (config.has("lensing"))
    job.lensing = config.path_from(config.read<LensingConfig>("lensing").file);
  if (!job.lensing.empty() && settings.observation.geometry != "cone")
    throw core::InputError(
        "lensing.file: light is bent on its way to an observer: observation.geometry = \"cone\" "
        "goes with it; leave [lensing] out for galaxies of a box");
  job.output = output_path(config, line, "galaxies.hdf5");
  config.refuse_unread();
  return job;
}

InputFiles inputs_of(PopulateJob const& job) {
  auto const& occupation = job.settings.occupation;
  bool const table = occupation.model == "table";
  return {{"hosts", job.input},
          {"lensing", job.lensing},
          {"particles", job.hosts.particles},
          {"occupation", table ? core::path_from(job.settings.folder, occupation.table) : ""}};
}

namespace {

/// The input's cosmology, or a flat one of what the catalogue says.
cosmology::Cosmology cosmology_of(PopulateJob const& job, HostFacts const& facts) {
  auto const& given = job.hosts.cosmology;
  auto const compare = [&](char const* name, double ours, double theirs) {
    if (theirs == 0 || std::abs(ours / theirs - 1) < 0.02) return;
    throw core::InputError(fmt::format(
        "cosmology: {} = {:g}, but the catalogue of halos says {:g}, more than 2 % apart: give the "
        "cosmology of the simulation, or leave the table out",
        name, ours, theirs));
  };
  if (given) {
    compare("omega_c + omega_b", given->omega_m(), facts.omega_m);
    compare("h", given->h, facts.h);
    return *given;
  }
  if (job.hosts.synthetic) return {};
  if (!(facts.omega_m > 0))
    throw core::InputError(fmt::format(
        "{}: does not say omega_m, which radii and redshifts need: give a table [cosmology]",
        job.input));
  cosmology::Cosmology flat;
  flat.omega_c = facts.omega_m - flat.omega_b;
  if (facts.h > 0) flat.h = facts.h;
  return flat;
}

void check_geometry(PopulateJob const& job, HostFacts const& facts) {
  auto const& observation = job.settings.observation;
  bool const cone = observation.geometry == "cone";
  if (facts.light_cone && !cone)
    throw core::InputError(
        fmt::format("{}: holds halos on a light cone: observation.geometry = \"cone\" goes with it",
                    job.input));
  auto const& o = observation.observer;
  if (facts.light_cone && std::ranges::any_of(o, [](double x) { return x != 0; }))
    throw core::InputError(fmt::format(
        "observation.observer = [{}]: {} holds halos on the light cone of its own observer, from "
        "whom positions are: leave it at [0, 0, 0]",
        fmt::join(o, ", "), job.input));
  if (!cone && !(facts.box_side > 0))
    throw core::InputError(
        fmt::format("{}: does not say the side of its box: state it (columns.box_side), or use "
                    "observation.geometry = \"cone\"",
                    job.input));
  if (!cone && !(facts.scale_factor > 0))
    throw core::InputError(fmt::format(
        "{}: does not say its scale factor: state it (columns.scale_factor)", job.input));
  if (observation.redshift_space && !facts.moves)
    throw core::InputError(
        fmt::format("observation.redshift_space: {} has no velocities", job.input));
}

}  // namespace

galaxies::HaloBlock PopulateRun::read(ExecSpace const& space, std::int64_t first,
                                      std::int64_t count) const {
  auto block = halos->read(space, first, count);
  if (matching) {
    auto masses = to_host(block.mass);
    for (double& mass : masses)
      if (mass > 0) mass = (*matching)(mass);
    block.mass = to_device("commands::matched_mass", masses);
  }
  population->prepare(space, block);
  return block;
}

io::GalaxyColumns columns_of(PopulateJob const& job, PopulateRun const& run) {
  auto columns = run.population->columns(run.halos->facts().moves);
  columns.shear = columns.kappa = !job.lensing.empty();
  return columns;
}

std::unique_ptr<GalaxyShear> open_lensing(PopulateJob const& job, PopulateRun const& run) {
  if (job.lensing.empty()) return nullptr;
  auto const hosts = run.halos->facts().light_cone ? job.input : std::string();
  return std::make_unique<GalaxyShear>(ExecSpace(), job.lensing, hosts, run.cosmology.omega_m());
}

void match_masses(parallel::Communicator const& comm, PopulateJob const& job, PopulateRun& run) {
  if (!job.hosts.hosts.match_masses) return;
  auto const& facts = run.halos->facts();
  auto const share = parallel::share_of(facts.total, comm.rank(), comm.size());
  std::vector<double> mine;
  comm.together([&] {
    auto const block = job.hosts.hosts.block;
    for (std::int64_t done = 0; done < share.count; done += block) {
      auto const halos =
          run.halos->read(ExecSpace(), share.first + done, std::min(block, share.count - done));
      for (double const mass : to_host(halos.mass))
        if (mass > 0) mine.push_back(mass);
    }
  });
  cosmology::MassFunction const function(cosmology::LinearPower(run.cosmology),
                                         job.hosts.hosts.mass == "members"
                                             ? cosmology::Multiplicity::sheth_tormen
                                             : cosmology::Multiplicity::tinker,
                                         std::max(0.0, 1 / facts.scale_factor - 1));
  run.matching.emplace(comm, mine, function, std::pow(facts.box_side, 3));
}

PopulateRun open_population(PopulateJob const& job) {
  std::unique_ptr<galaxies::Orienter> orienter;
#ifdef SHEARWATER_LEARN
  if (!job.model.empty())
    orienter = make_learned_orienter(learn::GeneratorModel(job.model, job.threads),
                                     job.settings.orientation,
                                     static_cast<std::uint64_t>(job.settings.occupation.seed));
#endif
  auto const& model = job.settings.orientation;
  auto const needs = orienter ? nullptr : galaxies::make_orienter(model, 1);
  auto const& who = orienter ? *orienter : *needs;
  PopulateRun run;
  run.halos = open_hosts(job.hosts, who.needs_axes(), who.needs_tides());
  auto const& facts = run.halos->facts();
  check_geometry(job, facts);
  run.cosmology = cosmology_of(job, facts);
  auto settings = job.settings;
  settings.edge.omega_m = run.cosmology.omega_m();
  settings.edge.omega_de = run.cosmology.omega_de();
  settings.box_side = facts.box_side;
  settings.scale_factor = facts.scale_factor > 0 ? facts.scale_factor : 1;
  run.population = std::make_unique<galaxies::Population>(
      settings, cosmology::Background(run.cosmology), std::move(orienter));
  return run;
}

}  // namespace shearwater::commands
