// SPDX-License-Identifier: BSD-3-Clause
#include "measure_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shearwater/report/alignment_reference.hpp"

namespace shearwater::commands {

void GalaxyInput::describe(core::Fields& field) {
  field("file", file, "", "galaxies of `shearwater populate`, or a table with [columns]").path();
  field("label", label, "", "what the report calls them");
  field("truth", truth, "", "whether the report compares other catalogues with this one");
}

void GalaxyColumnNames::describe(core::Fields& field) {
  field("table", table, "", "HDF5 group or FITS extension; empty for the first");
  field("id", id, "", "column of ids; empty: the number of the row");
  field("x", x, "", "column of positions in the box, as the next two");
  field("y", y, "", "");
  field("z", z, "", "");
  field("ra", ra, "deg", "column of right ascensions, in place of positions in a box");
  field("dec", dec, "deg", "column of declinations");
  field("redshift", redshift, "",
        "with ra and dec: column of redshifts, whose comoving distances are those of [cosmology]");
  field("axis_x", axis_x, "", "column of the axis to measure, as the next two; of any length");
  field("axis_y", axis_y, "", "");
  field("axis_z", axis_z, "", "");
  field("e1", e1, "", "column of ellipticities along the line of sight, as the next");
  field("e2", e2, "", "");
  field("weight", weight, "", "column of weights");
  field("host", host, "", "column of the ids of host halos");
  field("host_mass", host_mass, "Msun/h", "column of their masses");
  field("central", central, "", "column that is not 0 for central galaxies");
  field("length_unit", length_unit, "", "of the positions; to be stated")
      .one_of({"", "Mpc/h", "kpc/h"});
  field("box_side", box_side, "Mpc/h", "periodic box [0, side); 0 for none").at_least(0);
}

void RandomInput::describe(core::Fields& field) {
  field("file", file, "", "table of random places with the sky and the distances of the galaxies")
      .path();
  field("table", table, "", "HDF5 group or FITS extension; empty for the first");
  field("ra", ra, "deg", "its column of right ascensions");
  field("dec", dec, "deg", "its column of declinations");
  field("redshift", redshift, "", "its column of redshifts");
  field("weight", weight, "", "its column of weights; empty for none");
}

void MeasureConfig::describe(core::Fields& field) {
  std::vector<std::string> names;
  for (auto const& known : galaxies::statistics()) names.push_back(known.name);
  field("statistics", statistics, "", "what to measure").one_of(names);
  field("bins", bins, "", "bins of equal width in ln r").between(1, 1000);
  field("r_min", r_min, "Mpc/h", "lower edge of the first").positive();
  field("r_max", r_max, "Mpc/h", "upper edge of the last; at most half of the box").positive();
  field("theta_min", theta_min, "arcmin", "on the sky: lower edge of the first").positive();
  field("theta_max", theta_max, "arcmin", "on the sky: upper edge of the last").between(0, 10800);
  field("edges", edges, "Mpc/h", "edges of the bins, in place of bins, r_min and r_max");
  field("pi_max", pi_max, "Mpc/h", "half of the length along the line of sight").positive();
  field(
      "pi_bins", pi_bins, "",
      "equal bins of |pi| in which xi_gg, xi_g+ and xi_++ are also written; 1: none; with randoms "
      "w is their sum")
      .between(1, 1000);
  field("split_hosts", split_hosts, "", "also pairs of one halo and of two, where hosts are known");
  field(
      "jackknife", jackknife, "",
      "for errors: its cube is the number of regions, sub-boxes or, of a light cone, parts of the "
      "sky; 1: none")
      .between(1, 16);
  field("reference", reference, "", "published values to stand beside; empty for none")
      .one_of(report::alignment_reference_names());
  SampleConfig::describe(field);
}

void FitConfig::describe(core::Fields& field) {
  field("target", target, "", "published ED to fit; or a file")
      .one_of(report::alignment_reference_names());
  field("file", file, "", "table of ED to fit").path();
  field("r", r, "Mpc/h", "its column of separations");
  field("value", value, "", "its column of ED, omega(r)");
  field("error", error, "", "its column of errors");
  field("made_central", made_central, "", "strength of the central galaxies of this catalogue")
      .between(-1, 1);
  field("made_satellite", made_satellite, "", "strength of its satellites").between(-1, 1);
}

namespace {

// No galaxies are further apart [Mpc/h].
constexpr double longest = 1e6;

/// Throws InputError for edges of bins that were given and are none.
void check_edges(std::vector<double> const& edges) {
  bool fine = edges.size() >= 2;
  for (std::size_t b = 0; b < edges.size(); ++b)
    fine = fine && edges[b] > (b == 0 ? 0 : edges[b - 1]) && edges[b] <= longest;
  if (!fine)
    throw core::InputError(fmt::format(
        "measure.edges = [{}]: must be at least two, positive and rising, to {:g} Mpc/h at most",
        fmt::join(edges, ", "), longest));
}

/// Throws where some columns of a kind are named and others are not.
void check_columns(GalaxyColumnNames const& names) {
  using Names = std::vector<std::string>;
  auto const together = [](char const* which, Names const& list) {
    if (std::ranges::count(list, "") % std::ssize(list) != 0)
      throw core::InputError(fmt::format(
          "columns: {} belong together, but only some of them are named: name all, or none",
          which));
  };
  together("ra and dec", {names.ra, names.dec});
  together("axis_x, axis_y and axis_z", {names.axis_x, names.axis_y, names.axis_z});
  together("e1 and e2", {names.e1, names.e2});
  if (!names.ra.empty() && names.box_side > 0)
    throw core::InputError(fmt::format(
        "columns.box_side = {:g}: galaxies at ra and dec are on the sky, not in a periodic box: "
        "leave the key out, or name x, y and z in place of them",
        names.box_side));
  if (names.ra.empty() && (names.x.empty() || names.y.empty() || names.z.empty()))
    throw core::InputError("columns: name x, y and z, or ra and dec: galaxies need places");
}

/// Throws where redshifts and random places lack what goes with them.
void check_cone(MeasureJob const& job) {
  auto const& names = job.columns;
  if (!names.redshift.empty() && names.ra.empty())
    throw core::InputError("columns.redshift: goes with ra and dec; name them too");
  if (!job.randoms) return;
  if (job.randoms->file.empty())
    throw core::InputError("randoms.file: name a table of random places");
  if (job.has_columns && names.redshift.empty())
    throw core::InputError(
        "[randoms]: goes with galaxies on a light cone: name columns.ra, dec and redshift");
}

/// Throws for what cannot be measured of any galaxies.
void check_measure(MeasureConfig const& measure) {
  auto const& names = measure.statistics;
  if (names.empty())
    throw core::InputError("measure.statistics is empty: name at least one statistic");
  for (auto const& name : names)
    if (std::ranges::count(names, name) > 1)
      throw core::InputError(
          fmt::format("measure.statistics: {} is named more than once: name it once", name));
  measure.bin_edges();
  measure.angle_edges();
  if (!(measure.pi_max <= longest))
    throw core::InputError(
        fmt::format("measure.pi_max = {:g}: must be at most {:g} Mpc/h", measure.pi_max, longest));
}

/// Throws where [nla] fits to what is not measured.
void check_nla(MeasureJob const& job) {
  if (!job.nla->file.empty()) return;
  auto const& names = job.measure.statistics;
  auto const need = [&](char const* name, char const* why) {
    if (std::ranges::find(names, name) == names.end())
      throw core::InputError(fmt::format(
          "[nla]: needs {}: add \"{}\" to measure.statistics{}", why, name,
          std::string(name) == "wgg" ? ", or give nla.bias" : ", or name a table by nla.file"));
  };
  need("wg_plus", "w_g+, to which it fits");
  if (job.nla->bias == 0) need("wgg", "w_gg, to which it fits the bias");
  if (job.measure.jackknife < 2)
    throw core::InputError(
        "[nla]: needs errors: set measure.jackknife to 2 or more (4 and more for many bins)");
}

}  // namespace

std::vector<double> MeasureConfig::bin_edges() const {
  if (!edges.empty()) {
    check_edges(edges);
    return edges;
  }
  if (!(r_max > r_min))
    throw core::InputError(
        fmt::format("measure.r_max = {:g}: must be above r_min = {:g}", r_max, r_min));
  if (!(r_max <= longest))
    throw core::InputError(
        fmt::format("measure.r_max = {:g}: must be at most {:g} Mpc/h", r_max, longest));
  return galaxies::logarithmic_edges(r_min, r_max, bins);
}

std::vector<double> MeasureConfig::angle_edges() const {
  if (!(theta_max > theta_min))
    throw core::InputError(fmt::format("measure.theta_max = {:g}: must be above theta_min = {:g}",
                                       theta_max, theta_min));
  return galaxies::logarithmic_edges(theta_min, theta_max, bins);
}

MeasureJob read_measure_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  MeasureJob job;
  if (!line.in.empty()) config.set("galaxies", "file", absolute_path(line.in));
  job.galaxies = config.read<GalaxyInput>("galaxies");
  job.has_columns = config.has("columns");
  if (job.has_columns) job.columns = config.read<GalaxyColumnNames>("columns");
  job.measure = config.read<MeasureConfig>("measure");
  if (config.has("fit")) job.fit = config.read<FitConfig>("fit");
  if (config.has("nla")) job.nla = read_nla_job(config);
  if (config.has("randoms")) job.randoms = config.read<RandomInput>("randoms");
  if (job.nla)
    job.universe = job.nla->universe;
  else if (job.randoms || !job.columns.redshift.empty())
    job.universe = cosmology::read_cosmology(config);
  if (job.universe) job.universe->check();
  job.input = job.galaxies.file;
  job.output = output_path(config, line, "correlations.hdf5");
  config.refuse_unread();
  check_measure(job.measure);
  if (job.fit && job.fit->target.empty() == job.fit->file.empty())
    throw core::InputError("[fit]: give either a target that is known by name or a file");
  if (job.fit && !job.columns.ra.empty() && job.columns.redshift.empty())
    throw core::InputError(
        "[fit]: needs positions in space, and the columns give ra and dec alone: leave it out, or "
        "give columns x, y and z");
  if (job.nla) check_nla(job);
  if (job.table_alone() && job.fit)
    throw core::InputError(
        "[fit]: needs galaxies, whose pairs it measures: name them by galaxies.file or --in");
  check_columns(job.columns);
  check_cone(job);
  if (job.has_columns && job.columns.ra.empty() && job.columns.length_unit.empty())
    throw core::InputError("columns.length_unit: state the unit of the positions, Mpc/h or kpc/h");
  if (job.has_columns && (job.measure.space == "redshift" || job.measure.axis != "major"))
    throw core::InputError(
        "a table of [columns] has no velocities and one axis: measure.space = \"real\" and axis = "
        "\"major\" (which stands for the axis given) alone are possible");
  return job;
}

InputFiles inputs_of(MeasureJob const& job) {
  InputFiles inputs = {{"galaxies", job.input}};
  if (job.randoms) inputs.emplace_back("randoms", job.randoms->file);
  if (job.fit) inputs.emplace_back("fit", job.fit->file);
  if (!job.nla) return inputs;
  inputs.emplace_back("table", job.nla->file);
  inputs.emplace_back("covariance", job.nla->covariance_file);
  inputs.emplace_back("power", job.nla->spectra.table_file(job.nla->folder));
  return inputs;
}

}  // namespace shearwater::commands
