// SPDX-License-Identifier: BSD-3-Clause
#include "report_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "calibration_file.hpp"
#include "galaxy_report.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/io/map_file.hpp"
#include "shearwater/io/posterior_file.hpp"
#include "shearwater/io/table.hpp"
#include "sources.hpp"

namespace shearwater::commands {

namespace {

report::ObservedMap read_observation(std::string const& path, std::vector<double>& truths) {
  io::MapFileReader const file(path);
  auto const& shape = file.shape();
  report::ObservedMap map;
  map.values = file.maps(0, 1);
  map.bins = shape.bins;
  map.pixels = shape.pixels;
  map.width_deg = shape.width / units::degree;
  map.origin = file.file().text("maps", "origin");
  map.mock = file.file().integer("maps", "mock") != 0;
  if (map.mock) truths = file.parameters(0, 1);
  return map;
}

/// The first map's samples; the report shows one map.
report::PosteriorSamples first_samples(io::PosteriorData const& data) {
  report::PosteriorSamples samples;
  auto const rows = static_cast<std::size_t>(data.samples);
  auto const first = [&](std::vector<double> const& all, std::size_t columns) {
    return std::vector<double>(all.begin(),
                               all.begin() + static_cast<std::ptrdiff_t>(rows * columns));
  };
  samples.names = data.parameter_names;
  samples.values = first(data.values, data.parameter_names.size());
  // Equal weights are no reweighting, and the report would say that they are.
  if ((data.flags.at(0) & io::posterior_reweighted) != 0) samples.weights = first(data.weights, 1);
  samples.derived_names = data.derived_names;
  samples.derived = first(data.derived, data.derived_names.size());
  return samples;
}

report::ReferenceChain read_reference(std::string const& path, cosmology::Cosmology const& fixed) {
  io::InputFile const file(path);
  file.check_schema("reference");
  report::ReferenceChain chain;
  chain.name = file.text("samples", "name");
  chain.values = file.values<double>("samples");
  chain.derived =
      inference::derived_parameters(file.texts("samples", "parameter_names"), chain.values, fixed)
          .samples;
  return chain;
}

report::TrainingCurve read_curve(std::string const& path) {
  io::TableRequest request;
  request.path = path;
  request.columns = {"step", "loss", "held_out_loss", "steps_per_second"};
  request.require_finite = false;  // the held-out loss is not evaluated at every point
  auto const columns = io::read_columns(request);
  report::TrainingCurve curve;
  curve.step = columns[0];
  curve.loss = columns[1];
  curve.held_out = columns[2];
  if (!columns[3].empty()) curve.steps_per_second = columns[3].back();
  return curve;
}

std::optional<inference::ChainComparison> comparison_of(io::PosteriorData const& data) {
  if (!data.comparison) return std::nullopt;
  auto const& stored = *data.comparison;
  return inference::ChainComparison{stored.figure_of_merit,
                                    stored.reference_figure_of_merit,
                                    stored.figure_of_merit / stored.reference_figure_of_merit,
                                    stored.distance,
                                    stored.c2st,
                                    stored.c2st_rows};
}

report::SimulationOutput read_statistics(io::InputFile const& file) {
  file.check_schema("statistics");
  report::SimulationOutput output;
  output.redshift = file.number("/", "redshift");
  output.box_side = file.number("/", "box_side");
  output.k = file.values<double>("/power/k");
  output.power = file.values<double>("/power/power");
  output.linear = file.values<double>("/power/linear");
  output.halofit = file.values<double>("/power/halofit");
  output.modes = file.read("/power/modes").to_double();
  output.particle_nyquist = file.number("/power", "particle_nyquist");
  output.slice = file.values<float>("/slice");
  output.pixels = file.info("/slice").shape.at(0);
  output.slice_depth = file.number("/slice", "depth");
  return output;
}

/// The files KIND_NNN.hdf5 of the outputs of a simulation, from early to late.
std::vector<std::string> outputs_in(std::filesystem::path const& folder, std::string const& kind) {
  std::vector<std::string> paths;
  if (!std::filesystem::is_directory(folder)) return paths;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with(kind + "_") && name.ends_with(".hdf5"))
      paths.push_back(entry.path().string());
  }
  // Numbers are padded to three digits, and may have more.
  std::ranges::sort(paths, {},
                    [](std::string const& path) { return std::pair(path.size(), path); });
  return paths;
}

void read_simulation(std::filesystem::path const& folder, report::ReportContent& content) {
  auto const paths = outputs_in(folder, "statistics");
  for (auto const& path : paths) {
    io::InputFile const file(path);
    content.simulation.push_back(read_statistics(file));
    if (path == paths.back()) add_provenance(file.provenance(), "nbody", content);
  }
}

/// The catalogue that a report shows: that of `halos`, or the last one of `nbody`; "" for none.
std::string catalogue_in(std::filesystem::path const& folder) {
  if (std::filesystem::exists(folder / "halos.hdf5")) return (folder / "halos.hdf5").string();
  auto const paths = outputs_in(folder, "halos");
  return paths.empty() ? "" : paths.back();
}

/// Halos by mass, where the catalogue has them.
void read_halos(std::string const& path, report::ReportContent& content) {
  io::InputFile const file(path);
  file.check_schema("halos");
  if (!file.contains("/MassFunction")) return;
  auto const values = [&](std::string const& name) {
    auto const dataset = "/MassFunction/" + name;
    return file.contains(dataset) ? file.values<double>(dataset) : std::vector<double>();
  };
  report::MassFunctionResult result;
  result.redshift = file.number("/MassFunction", "Redshift");
  result.box_side = file.number("/MassFunction", "BoxSide");
  for (double const edge : values("MassEdges")) result.edges.push_back(1e10 * edge);
  auto const add = [&](std::string const& of, char const* name, char const* theory,
                       std::string const& expected) {
    auto const density = values(of + "Density");
    if (!density.empty())
      result.counts.push_back(
          {name, density, values(of + "DensityError"), theory, values(expected)});
  };
  add("Group", "groups of friends", "Sheth & Tormen (1999)", "ShethTormen");
  add("Mean200", "spheres of 200 mean densities", "Tinker et al. (2008)", "Tinker");
  content.mass_function = result;
}

/// Halos on the light cone by redshift.
report::ConeHalos read_cone_halos(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("cone halos");
  return {file.values<double>("/LightCone/RedshiftEdges"),
          file.read("/LightCone/Count").to_double(), file.values<double>("/LightCone/Expected"),
          file.number("/Header", "SolidAngle")};
}

}  // namespace

report::ReportContent read_report_content(std::string const& folder) {
  std::filesystem::path const base(folder);
  auto const path = [&](char const* name) { return (base / name).string(); };
  report::ReportContent content;
  read_simulation(base, content);
  auto const catalogue = catalogue_in(base);
  if (!catalogue.empty()) read_halos(catalogue, content);
  read_galaxies(base, content);
  if (std::filesystem::exists(base / "cone_halos.hdf5"))
    content.cone_halos = read_cone_halos(path("cone_halos.hdf5"));
  if (!std::filesystem::exists(base / "posterior.h5")) {
    bool const box = !content.simulation.empty();
    bool const galaxies = !content.digits.empty() || content.population ||
                          !content.orientations.empty() || !content.alignments.empty() ||
                          !content.contamination.empty();
    content.title = !content.orientations.empty()    ? "Orientations of galaxies"
                    : !content.contamination.empty() ? "Cosmic shear and intrinsic alignments"
                    : box                            ? "Dark matter in a periodic box"
                    : content.population             ? "Galaxies in halos"
                    : !content.alignments.empty()    ? "Alignments of galaxies"
                    : !content.digits.empty()        ? "Digits on a graph of sensors"
                                                     : "Halos of a snapshot";
    if (!catalogue.empty() && !box)
      add_provenance(io::InputFile(catalogue).provenance(), "halos", content);
    if (!catalogue.empty() || box || galaxies) return content;
    throw core::IoError(fmt::format(
        "{0}: none of posterior.h5, statistics_000.hdf5, halos.hdf5, galaxies.hdf5, "
        "orientations.h5, digit_test.h5, correlations.hdf5 and spectra.hdf5 is here. These write "
        "them:\n"
        "  shearwater infer INPUT --out {0}\n"
        "  shearwater nbody INPUT --out {0}\n"
        "  shearwater halos INPUT --out {0}/halos.hdf5\n"
        "  shearwater populate INPUT --out {0}/galaxies.hdf5\n"
        "  shearwater calibrate INPUT --out {0}/orientations.h5 (or digit_test.h5)\n"
        "  shearwater measure INPUT --out {0}/correlations.hdf5 (or spectra.hdf5)",
        folder));
  }
  auto const posterior = io::read_posterior(path("posterior.h5"));
  content.posterior = first_samples(posterior);
  if ((posterior.flags.at(0) & io::posterior_unseen_mask) != 0)
    content.metrics.push_back({"mask that the network never saw", 1,
                               std::numeric_limits<double>::quiet_NaN(), "1", "0",
                               "flags of posterior.h5: hidden pixels were taken for zero"});
  if (std::filesystem::exists(base / "observation.h5"))
    content.map = read_observation(path("observation.h5"), content.posterior->truths);
  io::InputFile const posterior_file(path("posterior.h5"));
  if (std::filesystem::exists(base / "reference.h5")) {
    auto const description = posterior_file.provenance();
    std::string model;
    for (auto const& [name, value] : description.origin)
      if (name == "model_description") model = value;
    content.comparison = comparison_of(posterior);
    content.reference =
        read_reference(path("reference.h5"),
                       model_cosmology(core::Config::from_text(model, path("posterior.h5"))));
  }
  if (std::filesystem::exists(base / "model" / "training.csv"))
    content.training.push_back(read_curve((base / "model" / "training.csv").string()));
  if (std::filesystem::exists(base / "calibration.h5")) {
    content.calibration = read_calibration_file(path("calibration.h5"));
    add_seconds(io::InputFile(path("calibration.h5")).provenance(), "calibrate", content);
  }
  add_provenance(posterior_file.provenance(), "infer", content);
  return content;
}

}  // namespace shearwater::commands
