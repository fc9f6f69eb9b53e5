// SPDX-License-Identifier: BSD-3-Clause
#include "galaxy_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "correlation_file.hpp"
#include "digit_file.hpp"
#include "orientation_file.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "spectra_file.hpp"

namespace shearwater::commands {

void add_provenance(core::Provenance const& provenance, std::string const& command,
                    report::ReportContent& content) {
  for (auto const& [name, value] : provenance.origin)
    if (name != "input" && name != "program" && name != "model_description")
      content.versions.emplace_back(name, value);
  for (auto const& [name, value] : provenance.run) {
    if (name == "seconds") {
      content.timings.emplace_back(command, std::stod(value));
    } else if (!value.empty()) {
      content.versions.emplace_back(name, value);
    }
  }
}

void add_seconds(core::Provenance const& provenance, std::string const& what,
                 report::ReportContent& content) {
  for (auto const& [name, value] : provenance.run)
    if (name == "seconds") content.timings.emplace_back(what, std::stod(value));
}

namespace {

/// Names of the files KIND.h5 (an empty one) and KIND_NAME.h5 of tests of generators, and paths.
std::vector<std::pair<std::string, std::string>> tests_in(std::filesystem::path const& folder,
                                                          std::string const& kind) {
  std::vector<std::pair<std::string, std::string>> tests;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    auto const name = entry.path().filename().string();
    auto const path = entry.path().string();
    if (name == kind + ".h5") tests.emplace_back("", path);
    if (name.starts_with(kind + "_") && name.ends_with(".h5"))
      tests.emplace_back(name.substr(kind.size() + 1, name.size() - kind.size() - 4), path);
  }
  std::ranges::sort(tests);
  return tests;
}

/// The time of a test, and of the last one also the versions.
void add_test_provenance(std::string const& path, std::string const& name, bool last,
                         report::ReportContent& content) {
  auto const provenance = io::InputFile(path).provenance();
  auto const what = name.empty() ? "calibrate" : "calibrate " + name;
  if (last)
    add_provenance(provenance, what, content);
  else
    add_seconds(provenance, what, content);
}

void read_orientations(std::filesystem::path const& folder, report::ReportContent& content) {
  auto const tests = tests_in(folder, "orientations");
  for (auto const& [name, path] : tests) {
    content.orientations.push_back({name, read_orientation_test(path)});
    add_test_provenance(path, name, name == tests.back().first, content);
  }
}

void read_digits(std::filesystem::path const& folder, report::ReportContent& content) {
  auto const tests = tests_in(folder, "digit_test");
  for (auto const& [name, path] : tests) {
    auto const file = read_digit_test(path);
    content.digits.push_back({name, file.test, file.places, file.real, file.generated});
    add_test_provenance(path, name, name == tests.back().first, content);
  }
}

/// The amplitude of the nonlinear alignment model, and the curves of its fit.
void add_nla(CorrelationFile const& file, report::AlignmentResult& result) {
  auto const& fit = *file.nla;
  double const unknown = std::numeric_limits<double>::quiet_NaN();
  auto const add = [&](char const* what, double value, double error, std::string const& reference) {
    result.fits.push_back({fmt::format("{} of {}, fitted", what, file.label), value, error, "1",
                           reference, file.nla_source});
  };
  auto const degrees = [](std::int64_t n) { return fmt::format("{} degrees of freedom", n); };
  add("A_IA", fit.amplitude, fit.amplitude_error, "");
  add("bias", fit.bias, fit.bias_error > 0 ? fit.bias_error : unknown, "");
  add("chi-square of A_IA", fit.chi_square, unknown, degrees(fit.degrees));
  if (!fit.places_model.empty())
    add("chi-square of the bias", fit.bias_chi_square, unknown, degrees(fit.bias_degrees));
  auto const curve = [&](char const* name, galaxies::ProjectedData const& data,
                         std::vector<double> const& model) {
    if (!model.empty())
      result.fitted.push_back({name, data.low, data.high, data.value, data.errors(), model});
  };
  curve("wg_plus", fit.shapes, fit.shapes_model);
  curve("wgg", fit.places, fit.places_model);
}

report::AlignmentResult alignments_of(CorrelationFile const& file) {
  report::AlignmentResult result;
  result.label = file.label;
  result.truth = file.truth;
  result.reference = file.reference;
  for (auto const& c : file.correlations) {
    auto const& what = galaxies::statistic(statistic_of(c.name));
    bool const round = what.geometry == galaxies::PairGeometry::spherical;
    result.curves.push_back({c.name, what.unit,
                             c.on_sky ? "theta"
                             : round  ? "r"
                                      : "r_p",
                             c.edges, c.value, c.error.empty() ? c.noise : c.error});
  }
  auto const& pictures = file.pictures;
  for (std::size_t h = 0; h < pictures.host.size(); ++h) {
    report::GalaxyPicture picture;
    picture.halo = pictures.host[h];
    for (auto g = static_cast<std::size_t>(pictures.begin[h]);
         g < static_cast<std::size_t>(pictures.begin[h + 1]); ++g)
      picture.galaxies.push_back({pictures.position[2 * g], pictures.position[2 * g + 1],
                                  pictures.shape[2 * g], pictures.shape[2 * g + 1],
                                  pictures.central[g] != 0});
    result.pictures.push_back(picture);
  }
  if (!file.fit_target.empty()) {
    auto const source = fmt::format("ED of {} points: {}", file.fit.r.size(), file.fit_target);
    auto const add = [&](char const* what, double value, double error) {
      result.fits.push_back(
          {fmt::format("{} of {}, fitted", what, file.label), value, error, "1", "", source});
    };
    add("strength of alignment of centrals", file.fit.central, file.fit.central_error);
    add("strength of alignment of satellites", file.fit.satellite, file.fit.satellite_error);
    add("chi-square", file.fit.chi_square, std::numeric_limits<double>::quiet_NaN());
  }
  if (file.nla) add_nla(file, result);
  for (auto const count : file.ratios.b_to_a) result.b_to_a.push_back(static_cast<double>(count));
  for (auto const count : file.ratios.c_to_a) result.c_to_a.push_back(static_cast<double>(count));
  return result;
}

void read_alignments(std::filesystem::path const& folder, report::ReportContent& content) {
  std::vector<std::string> paths;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with("correlations") && name.ends_with(".hdf5"))
      paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  for (auto const& path : paths) {
    content.alignments.push_back(alignments_of(read_correlations(path)));
    auto& label = content.alignments.back().label;
    if (label.empty()) label = std::filesystem::path(path).stem().string();
    add_seconds(io::InputFile(path).provenance(), "measure " + label, content);
  }
}

report::ContaminationResult contamination_of(SpectraFile const& file) {
  report::ContaminationResult result;
  result.label = file.label;
  result.bins = file.bins;
  result.amplitude = file.amplitude;
  result.remark = doubt_of(file);
  result.edges = file.measured.edges;
  result.ell = file.measured.ell;
  result.fine_ell = file.theory.ell;
  auto const& m = file.measured;
  result.gg = {m.gg.value, m.gg.error, file.in_bands.gg, file.theory.gg};
  result.gi = {m.gi.value, m.gi.error, file.in_bands.gi, file.theory.gi};
  result.ii = {m.ii.value, m.ii.error, file.in_bands.ii, file.theory.ii};
  auto const add = [&](char const* name, lensing::SpectraPart part) {
    auto const ratio = lensing::theory_ratio(m, file.in_bands, part);
    if (!(ratio.error > 0)) return;
    auto const source = fmt::format("{} bands, A_IA = {:g}", ratio.bands, file.amplitude);
    result.fits.push_back({fmt::format("{} over theory of {}", name, file.label), ratio.value,
                           ratio.error, "1", "1", source});
    result.fits.push_back({fmt::format("chi-square of {} and theory of {}", name, file.label),
                           ratio.chi_square, std::numeric_limits<double>::quiet_NaN(), "1",
                           fmt::format("{}", ratio.bands), source});
  };
  if (!file.has_whole_theory()) return result;
  add("GG", lensing::SpectraPart::gg), add("GI", lensing::SpectraPart::gi),
      add("II", lensing::SpectraPart::ii);
  return result;
}

void read_contamination(std::filesystem::path const& folder, report::ReportContent& content) {
  std::vector<std::string> paths;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    auto const name = entry.path().filename().string();
    if (name.starts_with("spectra") && name.ends_with(".hdf5"))
      paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  for (auto const& path : paths) {
    content.contamination.push_back(contamination_of(read_spectra(path)));
    add_seconds(io::InputFile(path).provenance(),
                "measure spectra of " + content.contamination.back().label, content);
  }
}

/// What `populate` counted.
report::PopulationResult read_population(io::InputFile const& file) {
  file.check_schema("galaxies");
  report::PopulationResult result;
  for (double const edge : file.values<double>("/Occupation/MassEdges"))
    result.edges.push_back(edge * units::gadget_mass);
  auto const numbers = [&](std::string const& name) { return file.read(name).to_double(); };
  result.halos = numbers("/Occupation/Halos");
  result.centrals = numbers("/Occupation/Centrals");
  result.satellites = numbers("/Occupation/Satellites");
  result.mean_centrals = numbers("/Occupation/MeanCentrals");
  result.mean_satellites = numbers("/Occupation/MeanSatellites");
  result.ratio_edges = numbers("/Shapes/Edges");
  result.b_to_a = numbers("/Shapes/MiddleToMajor");
  result.c_to_a = numbers("/Shapes/MinorToMajor");
  result.ellipticity = numbers("/Shapes/Ellipticity");
  return result;
}

}  // namespace

void read_galaxies(std::filesystem::path const& folder, report::ReportContent& content) {
  if (!std::filesystem::is_directory(folder)) return;
  read_orientations(folder, content);
  read_digits(folder, content);
  read_alignments(folder, content);
  read_contamination(folder, content);
  auto const galaxies = (folder / "galaxies.hdf5").string();
  if (!std::filesystem::exists(galaxies)) return;
  io::InputFile const file(galaxies);
  content.population = read_population(file);
  add_provenance(file.provenance(), "populate", content);
}

}  // namespace shearwater::commands
