// SPDX-License-Identifier: BSD-3-Clause
#include "correlation_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

std::string description_of(std::string const& name) {
  auto const base = statistic_of(name);
  return galaxies::statistic(base).description +
         (name.ends_with("_one_halo")   ? ", the part of pairs of one halo"
          : name.ends_with("_two_halo") ? ", the part of pairs of two halos"
                                        : "");
}

void write_correlation(io::OutputFile& file, galaxies::Correlation const& c) {
  auto const group = "/" + c.name;
  auto const& what = galaxies::statistic(statistic_of(c.name));
  file.create_group(group);
  file.attribute(group, "description", description_of(c.name));
  bool const round = what.geometry == galaxies::PairGeometry::spherical;
  file.attribute(group, "separation", std::string(c.on_sky ? "theta" : round ? "r" : "r_p"));
  std::string const unit = c.on_sky ? "arcmin" : "Mpc/h";
  auto const bins = static_cast<std::int64_t>(c.bins());
  auto const put = [&](char const* name, std::vector<double> const& values, io::Shape const& shape,
                       io::Meaning const& meaning) {
    if (!values.empty()) file.put_from_root<double>(group + "/" + name, shape, values, meaning);
  };
  put("edges", c.edges, {bins + 1}, {unit, "edges of the bins; lengths are comoving"});
  put("r", c.middles(), {bins}, {unit, "middles of the bins in ln r"});
  put("value", c.value, {bins}, {what.unit, "the statistic; NaN without pairs"});
  put("error", c.error, {bins}, {what.unit, "roots of the covariance's diagonal"});
  put("covariance", c.covariance, {bins, bins},
      {what.unit, "jackknife covariance, in squares of this unit"});
  put("pairs", c.pairs, {bins}, {"1", "ordered pairs"});
  auto const depths = std::ssize(c.pi_edges) - 1;
  put("pi_edges", c.pi_edges, {depths + 1}, {"Mpc/h", "edges of the bins of |pi|"});
  put("xi", c.xi, {bins, depths}, {"1", "before the sum: the value is 2 sum xi dpi"});
  put("xi_error", c.xi_error, {bins, depths}, {"1", "jackknife errors of xi"});
  put("xi_pairs", c.xi_pairs, {bins, depths}, {"1", "ordered pairs in the bins of xi"});
  put("noise", c.noise, {bins}, {what.unit, "standard deviation of random orientations"});
}

galaxies::Correlation read_correlation(io::InputFile const& file, std::string const& name) {
  galaxies::Correlation c;
  c.name = name;
  auto const get = [&](char const* dataset) {
    auto const path = "/" + name + "/" + dataset;
    return file.contains(path) ? file.values<double>(path) : std::vector<double>();
  };
  c.edges = get("edges");
  c.on_sky = file.text("/" + name, "separation") == "theta";
  c.value = get("value");
  c.error = get("error");
  c.covariance = get("covariance");
  c.pairs = get("pairs");
  c.noise = get("noise");
  c.pi_edges = get("pi_edges");
  c.xi = get("xi"), c.xi_error = get("xi_error"), c.xi_pairs = get("xi_pairs");
  return c;
}

void write_fit(io::OutputFile& file, CorrelationFile const& content) {
  auto const& fit = content.fit;
  file.create_group("/fit");
  file.attribute("/fit", "target", content.fit_target);
  file.attribute("/fit", "central", fit.central);
  file.attribute("/fit", "central_error", fit.central_error);
  file.attribute("/fit", "satellite", fit.satellite);
  file.attribute("/fit", "satellite_error", fit.satellite_error);
  file.attribute("/fit", "chi_square", fit.chi_square);
  auto const points = std::ssize(fit.r);
  file.put_from_root<double>("/fit/r", {points}, fit.r, {"Mpc/h", "separations of the target"});
  file.put_from_root<double>("/fit/model", {points}, fit.model, {"1", "ED of the fit"});
}

void write_pictures(io::OutputFile& file, HaloPictures const& pictures) {
  file.create_group("/halos");
  auto const halos = std::ssize(pictures.host), galaxies = std::ssize(pictures.central);
  auto const whole = [&](char const* name, std::int64_t rows,
                         std::vector<std::int64_t> const& values, char const* what) {
    file.put_from_root<std::int64_t>(std::string("/halos/") + name, {rows}, values, {"1", what});
  };
  whole("host", halos, pictures.host, "ids of the halos of the largest mass");
  whole("begin", halos + 1, pictures.begin, "first galaxy of each");
  whole("central", galaxies, pictures.central, "1 for the central galaxy");
  file.put_from_root<double>("/halos/position", {galaxies, 2}, pictures.position,
                             {"Mpc/h", "across the line of sight, from the first galaxy"});
  file.put_from_root<double>("/halos/shape", {galaxies, 2}, pictures.shape,
                             {"1", "e1, e2 along the line of sight"});
}

HaloPictures read_pictures(io::InputFile const& file) {
  HaloPictures pictures;
  if (!file.contains("/halos/host")) return pictures;
  pictures.host = file.values<std::int64_t>("/halos/host");
  pictures.begin = file.values<std::int64_t>("/halos/begin");
  pictures.central = file.values<std::int64_t>("/halos/central");
  pictures.position = file.values<double>("/halos/position");
  pictures.shape = file.values<double>("/halos/shape");
  return pictures;
}

void read_fit(io::InputFile const& file, CorrelationFile& content) {
  auto& fit = content.fit;
  content.fit_target = file.text("/fit", "target");
  fit.central = file.number("/fit", "central");
  fit.central_error = file.number("/fit", "central_error");
  fit.satellite = file.number("/fit", "satellite");
  fit.satellite_error = file.number("/fit", "satellite_error");
  fit.chi_square = file.number("/fit", "chi_square");
  fit.r = file.values<double>("/fit/r");
  fit.model = file.values<double>("/fit/model");
}

/// That of all statistics; both where there are lengths and angles.
std::string unit_of_separations(CorrelationFile const& content) {
  std::size_t angles = 0;
  for (auto const& c : content.correlations) angles += c.on_sky;
  if (angles == 0) return "Mpc/h";
  return angles == content.correlations.size() ? "arcmin" : "";
}

}  // namespace

std::string statistic_of(std::string const& correlation) {
  for (std::string const suffix : {"_one_halo", "_two_halo"})
    if (correlation.ends_with(suffix))
      return correlation.substr(0, correlation.size() - suffix.size());
  return correlation;
}

void write_correlations(parallel::Communicator const& comm, std::string const& path,
                        CorrelationFile const& content, core::Provenance const& provenance,
                        io::Existing existing) {
  io::OutputFile file(comm, path, "correlations", provenance, {existing, 1 << 20});
  file.create_group("/Header");
  auto const put = [&](char const* name, io::AttributeValue const& value) {
    file.attribute("/Header", name, value);
  };
  put("label", content.label);
  put("truth", std::int64_t{content.truth});
  put("axis", content.axis);
  put("space", content.space);
  put("shapes", content.shapes);
  put("places", content.places);
  put("line_of_sight", content.line_of_sight);
  put("reference", content.reference);
  put("box_side", content.box_side);
  put("scale_factor", content.scale_factor);
  put("pi_max", content.pi_max);
  put("jackknife", content.jackknife);
  put("galaxies", content.samples);
  std::vector<std::string> names;
  for (auto const& c : content.correlations) names.push_back(c.name);
  put("correlations", names);
  for (auto const& c : content.correlations) write_correlation(file, c);
  if (!content.ratios.b_to_a.empty()) {
    file.create_group("/axis_ratios");
    auto const bins = std::ssize(content.ratios.b_to_a);
    file.put_from_root<std::int64_t>("/axis_ratios/b_to_a", {bins}, content.ratios.b_to_a,
                                     {"1", "galaxies by b/a, in equal bins of 0 to 1"});
    file.put_from_root<std::int64_t>("/axis_ratios/c_to_a", {bins}, content.ratios.c_to_a,
                                     {"1", "galaxies by c/a, in equal bins of 0 to 1"});
  }
  if (!content.fit_target.empty()) write_fit(file, content);
  if (content.nla) write_nla(file, *content.nla, content.nla_source);
  if (!content.pictures.host.empty()) write_pictures(file, content.pictures);
  file.commit();
}

CorrelationFile read_correlations(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("correlations");
  auto const text = [&](char const* name) { return file.text("/Header", name); };
  CorrelationFile content;
  content.label = text("label");
  content.truth = file.integer("/Header", "truth") != 0;
  content.axis = text("axis");
  content.space = text("space");
  content.shapes = text("shapes");
  content.places = text("places");
  content.line_of_sight = text("line_of_sight");
  content.reference = text("reference");
  content.box_side = file.number("/Header", "box_side");
  content.scale_factor = file.number("/Header", "scale_factor");
  content.pi_max = file.number("/Header", "pi_max");
  content.jackknife = file.integer("/Header", "jackknife");
  content.samples = std::get<std::vector<std::int64_t>>(file.attribute("/Header", "galaxies"));
  for (auto const& name : file.texts("/Header", "correlations"))
    content.correlations.push_back(read_correlation(file, name));
  content.pictures = read_pictures(file);
  if (file.contains("/fit/model")) read_fit(file, content);
  content.nla = read_nla(file, content.nla_source);
  if (file.contains("/axis_ratios/b_to_a"))
    content.ratios = {file.values<std::int64_t>("/axis_ratios/b_to_a"),
                      file.values<std::int64_t>("/axis_ratios/c_to_a")};
  return content;
}

namespace {

/// In single quotes, as YAML wants it.
std::string quoted(std::string const& text) {
  std::string result = "'";
  for (char const c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

}  // namespace

std::string correlations_table(CorrelationFile const& content, std::string const& file) {
  std::string text = "# %ECSV 1.0\n# ---\n# datatype:\n";
  auto const column = [&](char const* name, char const* type, char const* unit) {
    text += fmt::format("# - {{name: {}, datatype: {}{}}}\n", name, type,
                        *unit == 0 ? "" : fmt::format(", unit: {}", unit));
  };
  column("statistic", "string", "");
  auto const unit = unit_of_separations(content);
  for (auto const* name : {"r_low", "r_high", "r"}) column(name, "float64", unit.c_str());
  for (auto const* name : {"value", "error", "pairs", "noise"}) column(name, "float64", "");
  text += fmt::format("# meta: !!omap\n# - {{label: {}}}\n# - {{covariance: {}}}\n",
                      quoted(content.label), quoted(file));
  text += "# schema: astropy-2.0\nstatistic r_low r_high r value error pairs noise\n";
  auto const number = [](std::vector<double> const& values, std::size_t b) {
    return values.empty() || !std::isfinite(values[b]) ? std::string("nan")
                                                       : io::number_text(values[b]);
  };
  for (auto const& c : content.correlations) {
    auto const r = c.middles();
    for (std::size_t b = 0; b < c.bins(); ++b)
      text +=
          fmt::format("{} {} {} {} {} {} {} {}\n", c.name, io::number_text(c.edges[b]),
                      io::number_text(c.edges[b + 1]), io::number_text(r[b]), number(c.value, b),
                      number(c.error, b), number(c.pairs, b), number(c.noise, b));
  }
  return text;
}

io::SaccData correlations_sacc(CorrelationFile const& content) {
  io::SaccData data;
  data.tracers = {"galaxies"};
  std::vector<std::pair<galaxies::Correlation const*, std::size_t>> rows;
  bool known = true;
  for (auto const& c : content.correlations) {
    if (statistic_of(c.name) != c.name) continue;
    auto name = c.name;
    std::erase(name, '_');  // SACC parts a name by them
    io::SaccBlock block{"galaxy_alignment_" + name, {"galaxies", "galaxies"}, {}, {}};
    std::vector<double> low, high, middle;
    auto const r = c.middles();
    for (std::size_t b = 0; b < c.bins(); ++b) {
      if (!std::isfinite(c.value[b])) continue;
      rows.emplace_back(&c, b);
      block.value.push_back(c.value[b]);
      low.push_back(c.edges[b]), high.push_back(c.edges[b + 1]), middle.push_back(r[b]);
      known = known && !c.error.empty() && std::isfinite(c.error[b]);
    }
    block.tags = {{"r", middle}, {"r_low", low}, {"r_high", high}};
    if (!block.value.empty()) data.blocks.push_back(block);
  }
  for (auto const& [one, a] : rows)
    for (auto const& [other, b] : rows)
      if (known)
        data.covariance.push_back(one == other ? one->covariance[a * one->bins() + b] : 0.0);
  data.metadata = {{"label", content.label.empty() ? "galaxies" : content.label},
                   {"axis", content.axis},
                   {"unit_of_r", unit_of_separations(content)}};
  return data;
}

}  // namespace shearwater::commands
