// SPDX-License-Identifier: BSD-3-Clause
#include "halo_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::commands {

namespace {

/// Time may be 1 but for a last digit.
double redshift_of(io::SnapshotHeader const& snapshot) {
  return std::max(0.0, 1 / snapshot.scale_factor - 1);
}

}  // namespace

void AbundanceConfig::describe(core::Fields& field) {
  field("bins_per_decade", bins_per_decade, "",
        "bins of mass for a factor of 10, in which halos are counted; 0: none are")
      .between(0, 100);
}

CountSettings read_count_settings(core::Config& config) {
  CountSettings settings;
  settings.bins = config.read<AbundanceConfig>("mass_function");
  if (!config.has("cosmology")) return settings;
  settings.cosmology = cosmology::read_cosmology(config);
  auto const spectra = config.read<cosmology::SpectraConfig>("spectra");
  settings.power = spectra.linear_power(*settings.cosmology, config.folder());
  settings.power_file = spectra.table_file(config.folder());
  return settings;
}

void check_cosmology(CountSettings const& settings, io::SnapshotHeader const& snapshot) {
  if (!settings.cosmology) return;
  auto const compare = [](char const* name, double ours, double theirs) {
    if (theirs == 0 || std::abs(ours / theirs - 1) < 0.02) return;
    throw core::InputError(fmt::format(
        "cosmology: {} = {:g}, but the snapshot says {:g}, more than 2 % apart: give the cosmology "
        "of the simulation, or leave the table out",
        name, ours, theirs));
  };
  if (snapshot.scale_factor > 1.0001)
    throw core::InputError(
        fmt::format("the snapshot is at a = {:g}, but mass functions are known up to today, a = 1: "
                    "leave the table [cosmology] out",
                    snapshot.scale_factor));
  compare("omega_c + omega_b", settings.cosmology->omega_m(), snapshot.omega_m);
  compare("h", settings.cosmology->h, snapshot.h);
}

MassCounts count_by_mass(parallel::Communicator const& comm, CountSettings const& settings,
                         io::SnapshotHeader const& snapshot, HaloMasses const& masses,
                         std::int64_t smallest) {
  MassCounts counts;
  auto const& members = masses.members;
  std::int64_t const total = comm.sum(std::ssize(members));
  if (settings.bins.bins_per_decade == 0 || total == 0) return counts;
  double const infinite = std::numeric_limits<double>::infinity();
  double largest = -infinite;
  for (auto const* list : {&members, &masses.mean200})
    for (double const mass : *list) largest = std::max(largest, std::isnan(mass) ? largest : mass);
  largest = comm.max(largest);
  double const least =
      -comm.max(members.empty() ? -infinite : -*std::min_element(members.begin(), members.end()));
  // Between two numbers of particles, so that no mass lies on the first edge.
  double const lowest = snapshot.particle_mass > 0
                            ? snapshot.particle_mass * (static_cast<double>(smallest) - 0.5)
                            : least;
  counts.edges = halos::mass_edges(lowest, largest, settings.bins.bins_per_decade);
  counts.groups = halos::count_halos(comm, members, counts.edges, snapshot.box_side);
  bool const spheres = comm.any(!masses.mean200.empty());
  if (spheres)
    counts.spheres = halos::count_halos(comm, masses.mean200, counts.edges, snapshot.box_side);
  if (!settings.cosmology) return counts;
  auto const& power = *settings.power;
  double const redshift = redshift_of(snapshot);
  using cosmology::Multiplicity;
  counts.sheth_tormen =
      halos::expected_density({power, Multiplicity::sheth_tormen, redshift}, counts.edges);
  if (spheres)
    counts.tinker = halos::expected_density({power, Multiplicity::tinker, redshift}, counts.edges);
  return counts;
}

void write_counts(io::OutputFile& file, MassCounts const& counts,
                  io::SnapshotHeader const& snapshot) {
  if (counts.edges.empty()) return;
  file.create_group("/MassFunction");
  file.attribute("/MassFunction", "Redshift", redshift_of(snapshot));
  file.attribute("/MassFunction", "BoxSide", snapshot.box_side);
  file.attribute("/MassFunction", "BoxSideUnit", std::string("Mpc/h, comoving"));
  auto const bins = std::ssize(counts.groups.count);
  auto const put = [&](char const* name, std::vector<double> const& values,
                       io::Meaning const& meaning) {
    if (!values.empty())
      file.put_from_root<double>(std::string("/MassFunction/") + name, {std::ssize(values)}, values,
                                 meaning);
  };
  auto const per_volume = [](std::string const& what) {
    return io::Meaning{"1/Mpc^3", what, -3, 3};
  };
  auto const put_counts = [&](std::string const& of, halos::Abundance const& found,
                              std::string const& mass) {
    if (found.count.empty()) return;
    file.put_from_root<std::int64_t>("/MassFunction/" + of + "Count", {bins}, found.count,
                                     {"1", "halos with " + mass + " between two edges"});
    put((of + "Density").c_str(), found.density, per_volume("their dn/dlnM"));
    put((of + "DensityError").c_str(), found.error, per_volume("its Poisson error, sqrt(count)"));
  };
  std::vector<double> edges;
  for (double const edge : counts.edges) edges.push_back(edge / units::gadget_mass);
  put("MassEdges", edges, {"1e10 Msun", "edges of the bins", 0, -1});
  put_counts("Group", counts.groups, "GroupMass");
  put_counts("Mean200", counts.spheres, "Group_M_Mean200");
  put("ShethTormen", counts.sheth_tormen,
      per_volume("dn/dlnM of Sheth & Tormen (1999), mean over ln mass, for GroupDensity"));
  put("Tinker", counts.tinker,
      per_volume("dn/dlnM of Tinker et al. (2008), mean over ln mass, for Mean200Density"));
}

}  // namespace shearwater::commands
