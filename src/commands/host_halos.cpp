// SPDX-License-Identifier: BSD-3-Clause
#include "host_halos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "group_halos.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::commands {

void HostConfig::describe(core::Fields& field) {
  field("file", file, "", "catalogue of halos; none with [synthetic]").path();
  field("particles", particles, "",
        "snapshot of the same output of nbody, for satellites.profile = \"members\"")
      .path();
  field("mass", mass, "",
        "mass of halos: members (friends of friends, taken for 200m), 200m, 200c or virial; of "
        "catalogues of other codes, what their mass is")
      .one_of({"members", "200m", "200c", "virial"});
  field(
      "match_masses", match_masses, "",
      "box: whether halos get the masses that a mass function gives their ranks, which a coarse "
      "simulation finds too light: Tinker's (2008) for 200m, Sheth & Tormen's (1999) for members");
  field("shape", shape, "", "which shape of our catalogues: iterative, reduced, simple or none")
      .one_of({"iterative", "reduced", "simple", "none"});
  field("axis_strength", axis_strength, "",
        "Watson strength by which the catalogue's axes are scattered, once a halo, where the mesh "
        "barely resolves it (tools/axis_strength measures it); 1: not at all")
      .between(0, 1);
  field("tides", tides, "Mpc/h", "smoothing of the tides of our catalogues; 0: the first one")
      .at_least(0);
  field("secondary", secondary, "",
        "property that assembly bias goes with: none, spin, c_to_a or overdensity (of the tides)")
      .one_of({"none", "spin", "c_to_a", "overdensity"});
  field("smallest_mass", smallest_mass, "Msun/h", "lighter halos get no galaxies").at_least(0);
  field("block", block, "", "halos that are worked on at a time by a rank").between(1, 16777216);
}

galaxies::MemberPlaces HostHalos::members(std::int64_t, galaxies::GalaxyCounts const&,
                                          std::uint64_t) const {
  throw core::InputError(
      "satellites.profile = \"members\": needs a catalogue of `shearwater nbody` in hosts.file and "
      "its snapshot in hosts.particles; or use \"nfw\"");
}

HostJob read_host_job(core::Config& config, CommandLine const& line) {
  HostJob job;
  if (!line.in.empty()) config.set("hosts", "file", absolute_path(line.in));
  job.hosts = config.read<HostConfig>("hosts");
  job.path = config.path_from(job.hosts.file);
  job.particles = config.path_from(job.hosts.particles);
  if (config.has("synthetic")) job.synthetic = config.read<galaxies::SyntheticConfig>("synthetic");
  if (config.has("columns")) job.columns = config.read<io::HaloColumns>("columns");
  if (config.has("snapshot")) job.units = config.read<io::SnapshotConfig>("snapshot");
  if (config.has("cosmology")) job.cosmology = cosmology::read_cosmology(config);
  if (job.synthetic && !job.path.empty())
    throw core::InputError("[synthetic] and hosts.file: give one of them");
  return job;
}

namespace {

using galaxies::HaloBlock;

class SyntheticSource : public HostHalos {
 public:
  SyntheticSource(galaxies::SyntheticHalos halos, cosmology::Cosmology const& cosmology)
      : halos_(std::move(halos)) {
    facts_.total = halos_.size();
    facts_.box_side = halos_.box_side();
    facts_.scale_factor = 1;
    facts_.omega_m = cosmology.omega_m();
    facts_.omega_de = cosmology.omega_de();
    facts_.h = cosmology.h;
    facts_.moves = facts_.has_axes = true;
    facts_.mass_name = "synthetic";
  }
  HaloBlock read(ExecSpace const& space, std::int64_t first, std::int64_t count) const override {
    return halos_.read(space, first, count);
  }

 private:
  galaxies::SyntheticHalos halos_;
};

std::unique_ptr<HostHalos> open_synthetic(HostJob const& job) {
  auto const cosmology = job.cosmology.value_or(cosmology::Cosmology());
  std::optional<cosmology::MassFunction> tinker;
  if (job.synthetic->mass_function == "tinker")
    tinker.emplace(cosmology::LinearPower(cosmology), cosmology::Multiplicity::tinker, 0.0);
  return std::make_unique<SyntheticSource>(
      galaxies::SyntheticHalos(*job.synthetic, tinker ? &*tinker : nullptr), cosmology);
}

/// A catalogue of another code, in memory.
class ListedHalos : public HostHalos {
 public:
  ListedHalos(HostJob const& job, io::HaloCatalogue catalogue)
      : secondary_(job.hosts.secondary), list_(std::move(catalogue)) {
    facts_.total = list_.size();
    facts_.in_memory = true;
    facts_.box_side = list_.box_side;
    facts_.scale_factor = list_.scale_factor;
    facts_.omega_m = list_.omega_m;
    facts_.h = list_.h;
    facts_.moves = !list_.velocity.empty();
    facts_.has_axes = !list_.major_axis.empty() && !list_.b_to_a.empty() && !list_.c_to_a.empty();
    facts_.has_secondary = (secondary_ == "spin" && !list_.spin.empty()) ||
                           (secondary_ == "c_to_a" && !list_.c_to_a.empty());
    facts_.mass_name = list_.mass_definition;
    auto ids = list_.id;
    std::ranges::sort(ids);
    if (auto const twice = std::ranges::adjacent_find(ids); twice != ids.end())
      throw core::InputError(fmt::format(
          "{}: the id {} is there twice, but galaxies are drawn by the ids of their halos",
          job.path, *twice));
  }
  HaloBlock read(ExecSpace const& space, std::int64_t first, std::int64_t count) const override;

 private:
  std::vector<float> secondary_of(std::size_t first, std::size_t count) const;
  std::string secondary_;
  io::HaloCatalogue list_;
};

/// Rows [first, first + count) of `width` numbers of a column.
template <class T>
std::vector<T> part_of(std::vector<double> const& column, std::size_t first, std::size_t count,
                       std::size_t width = 1) {
  if (column.empty()) return {};
  auto const begin = column.begin() + static_cast<std::ptrdiff_t>(first * width);
  std::vector<T> part;
  std::transform(begin, begin + static_cast<std::ptrdiff_t>(count * width),
                 std::back_inserter(part), [](double v) { return static_cast<T>(v); });
  return part;
}

std::vector<float> ListedHalos::secondary_of(std::size_t first, std::size_t count) const {
  if (secondary_ == "spin") return part_of<float>(list_.spin, first, count);
  if (secondary_ == "c_to_a") return part_of<float>(list_.c_to_a, first, count);
  return {};
}

HaloBlock ListedHalos::read(ExecSpace const&, std::int64_t first, std::int64_t count) const {
  auto const from = static_cast<std::size_t>(first), n = static_cast<std::size_t>(count);
  HaloColumnsInMemory columns;
  auto const begin = list_.id.begin() + first;
  columns.id.assign(begin, begin + count);
  columns.mass = part_of<double>(list_.mass, from, n);
  columns.position = part_of<double>(list_.position, from, n, 3);
  columns.velocity = part_of<float>(list_.velocity, from, n, 3);
  columns.secondary = secondary_of(from, n);
  if (facts_.has_axes) {
    auto const major = part_of<float>(list_.major_axis, from, n, 3);
    columns.axes = frames_about(major);
    for (std::size_t h = 0; h < n; ++h)
      for (auto const* ratio : {&list_.b_to_a, &list_.c_to_a})
        columns.axis_ratios.push_back(static_cast<float>((*ratio)[from + h]));
    forget_impossible_shapes(columns);
  }
  return on_device(columns);
}

/// Throws InputError for what the Header of no simulation says.
void check_facts(std::string const& path, HostFacts const& facts) {
  auto const within = [&](char const* what, double value, double high) {
    if (value >= 0 && value <= high) return;
    throw core::InputError(
        fmt::format("{}: says that {} is {:g}, but it must be within [0, {:g}]: mend its Header",
                    path, what, value, high));
  };
  within("the side of its box (BoxSize) in Mpc/h", facts.box_side, 1e6);
  within("its scale factor (Time)", facts.scale_factor, 1e3);
  within("omega_m (Omega0)", facts.omega_m, 2);
  within("omega_de (OmegaLambda)", facts.omega_de, 2);
  within("h (HubbleParam)", facts.h, 10);
}

}  // namespace

std::unique_ptr<HostHalos> open_hosts(HostJob const& job, bool wants_axes, bool wants_tides) {
  if (job.synthetic) return open_synthetic(job);
  if (job.path.empty())
    throw core::InputError("hosts.file: name the catalogue of halos there or by --in");
  std::unique_ptr<HostHalos> halos;
  if (job.columns)
    halos = std::make_unique<ListedHalos>(job, io::read_halo_columns(job.path, *job.columns));
  else if (auto ours = open_groups(job, wants_tides))
    halos = std::move(ours);
  else
    halos = std::make_unique<ListedHalos>(job, io::read_halo_catalogue(job.path, job.units));
  auto const& facts = halos->facts();
  check_facts(job.path, facts);
  if (wants_axes && !facts.has_axes)
    throw core::InputError(fmt::format(
        "{}: has no axes of halos (major axis and both ratios), but orientation.model needs them: "
        "use a catalogue that has, or orientation.model = \"random\"",
        job.path));
  if (job.hosts.axis_strength < 1 && !facts.has_axes)
    throw core::InputError(
        fmt::format("hosts.axis_strength = {:g}: {} has no axes of halos (major axis and both "
                    "ratios) to scatter: "
                    "leave it at 1",
                    job.hosts.axis_strength, job.path));
  if (wants_tides && !facts.has_tides)
    throw core::InputError(fmt::format(
        "{}: has no tides, but they are asked for: measure them by [tidal] of `shearwater halos`",
        job.path));
  if (job.hosts.secondary != "none" && !facts.has_secondary)
    throw core::InputError(fmt::format(
        "hosts.secondary = \"{}\": {} does not hold it: choose a property that it has (of spin, "
        "c_to_a of hosts.shape, and overdensity where `shearwater halos` measured tides), or "
        "\"none\" without occupation.central_bias and satellite_bias",
        job.hosts.secondary, job.path));
  return halos;
}

}  // namespace shearwater::commands
