// SPDX-License-Identifier: BSD-3-Clause
#include "spectra_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/table.hpp"

namespace shearwater::commands {

namespace {

/// A part of the spectra: what was measured and its theory.
template <class Content, class Visit>
void for_each_part(Content& content, Visit const& visit) {
  visit("gg", content.measured.gg, content.in_bands.gg, content.theory.gg, "shear x shear");
  visit("gi", content.measured.gi, content.in_bands.gi, content.theory.gi,
        "shear x intrinsic shape and intrinsic shape x shear, added");
  visit("ii", content.measured.ii, content.in_bands.ii, content.theory.ii,
        "intrinsic shape x intrinsic shape");
}

lensing::SpectraPart part_of(std::string const& name) {
  return name == "gg"   ? lensing::SpectraPart::gg
         : name == "gi" ? lensing::SpectraPart::gi
                        : lensing::SpectraPart::ii;
}

}  // namespace

void write_spectra(parallel::Communicator const& comm, std::string const& path,
                   SpectraFile const& content, core::Provenance const& provenance,
                   io::Existing existing) {
  io::OutputFile file(comm, path, "shear spectra", provenance, {existing, 1 << 20});
  file.create_group("/Header");
  auto const say = [&](char const* name, io::AttributeValue const& value) {
    file.attribute("/Header", name, value);
  };
  auto const& measured = content.measured;
  say("label", content.label);
  say("bins", content.bins);
  say("galaxies", measured.galaxies);
  say("left_out", content.left_out);
  say("observed", measured.observed);
  say("cells", measured.cells);
  say("empty_cells", measured.empty);
  say("alignment_amplitude", content.amplitude);
  say("smoothing", content.smoothing);
  say("width_deg", content.width_deg);
  auto const bands = std::ssize(measured.ell), pairs = content.pairs();
  auto const put = [&](std::string const& name, std::vector<double> const& values,
                       io::Shape const& shape, char const* unit, char const* what) {
    file.put_from_root<double>(name, shape, values, {unit, what});
  };
  put("/edges", measured.edges, {bands + 1}, "1", "multipoles between the bands");
  put("/ell", measured.ell, {bands}, "1", "mean multipole of the modes of a band");
  file.put_from_root<std::int64_t>("/modes", {bands}, measured.modes, {"1", "modes of a band"});
  file.create_group("/theory");
  auto const points = std::ssize(content.theory.ell);
  put("/theory/ell", content.theory.ell, {points}, "1", "multipoles of the theory");
  for_each_part(content, [&](std::string const& name, lensing::BandPowers const& part,
                             std::vector<double> const& theory, std::vector<double> const& fine,
                             char const* what) {
    auto const group = fmt::format("/{}", name);
    file.create_group(group);
    file.attribute(group, "description", std::string(what));
    auto const add = [&](char const* of, std::vector<double> const& values, char const* says) {
      put(fmt::format("{}/{}", group, of), values, {pairs, bands}, "1", says);
    };
    add("value", part.value, "power of E modes; pairs of bins (0,0), (0,1), ..., (1,1), ...");
    add("error", part.error, "of Gaussian fields of the measured power");
    add("b_mode", part.b_mode, "power of B modes");
    add("noise", part.noise, "of galaxies with themselves, which was subtracted");
    add("theory", theory, "Limber's integral, nonlinear alignment model");
    put(fmt::format("/theory/{}", name), fine, {pairs, points}, "1", what);
    auto const ratio = lensing::theory_ratio(measured, content.in_bands, part_of(name));
    file.attribute(group, "over_theory", ratio.value);
    file.attribute(group, "over_theory_error", ratio.error);
    file.attribute(group, "chi_square", ratio.chi_square);
    file.attribute(group, "bands_of_fit", ratio.bands);
  });
  put("/gi/ordered", content.in_bands.shear_shape, {content.bins, content.bins, bands}, "1",
      "theory of the shear of the first bin x the shape of the second");
  put("/ii/unsmoothed", content.in_bands.unsmoothed, {pairs, bands}, "1",
      "theory without the smoothing of the tides");
  file.create_group("/redshift");
  auto const cells = std::ssize(content.redshift_number) / content.bins;
  put("/redshift/edges", content.redshift_edges, {content.bins, cells + 1}, "1",
      "cells of cosmological redshift of each bin");
  put("/redshift/number", content.redshift_number, {content.bins, cells}, "1",
      "weights of its galaxies in them, the largest weight 1");
  file.commit();
}

SpectraFile read_spectra(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("shear spectra");
  SpectraFile content;
  content.label = file.text("/Header", "label");
  content.bins = file.integer("/Header", "bins");
  content.left_out = file.integer("/Header", "left_out");
  content.amplitude = file.number("/Header", "alignment_amplitude");
  content.smoothing = file.number("/Header", "smoothing");
  content.width_deg = file.number("/Header", "width_deg");
  auto& measured = content.measured;
  measured.galaxies = std::get<std::vector<std::int64_t>>(file.attribute("/Header", "galaxies"));
  measured.observed = file.number("/Header", "observed");
  if (file.has_attribute("/Header", "empty_cells")) {
    measured.cells = file.integer("/Header", "cells");
    measured.empty = file.number("/Header", "empty_cells");
  }
  measured.edges = file.values<double>("/edges");
  measured.ell = file.values<double>("/ell");
  measured.modes = file.values<std::int64_t>("/modes");
  content.theory.ell = file.values<double>("/theory/ell");
  for_each_part(content, [&](std::string const& name, lensing::BandPowers& part,
                             std::vector<double>& theory, std::vector<double>& fine, char const*) {
    auto const get = [&](char const* of) {
      return file.values<double>(fmt::format("/{}/{}", name, of));
    };
    part = {get("value"), get("error"), get("b_mode"), get("noise")};
    theory = get("theory");
    fine = file.values<double>(fmt::format("/theory/{}", name));
  });
  auto const get_if_there = [&](char const* name) {
    return file.contains(name) ? file.values<double>(name) : std::vector<double>();
  };
  content.in_bands.shear_shape = get_if_there("/gi/ordered");
  content.in_bands.unsmoothed = get_if_there("/ii/unsmoothed");
  content.redshift_edges = file.values<double>("/redshift/edges");
  content.redshift_number = file.values<double>("/redshift/number");
  return content;
}

std::string doubt_of(SpectraFile const& content) {
  auto const& measured = content.measured;
  if (!content.has_whole_theory())
    return "The file is of an older program, so how much of the theory there is, with errors and "
           "chi-square, is left out: measure again for it";
  if (!measured.in_doubt()) return "";
  double const mean = measured.galaxies_in_square();
  return fmt::format(
      "{:.0f} % of the {} x {} squares of the field have no galaxy ({:.0f} % by chance, of {:.2g} "
      "each on the average): too few to tell what was not observed, so all counts as observed, and "
      "powers may be up to {:.2g} times too high; take fewer shear_spectra.cells, for ten galaxies "
      "in each",
      100 * measured.empty, measured.cells, measured.cells, 100 * std::exp(-mean), mean,
      1 / (1 - measured.empty));
}

std::string spectra_table(SpectraFile const& content) {
  std::string text = "# %ECSV 1.0\n# ---\n# datatype:\n";
  auto const column = [&](char const* name, char const* type) {
    text += fmt::format("# - {{name: {}, datatype: {}}}\n", name, type);
  };
  column("part", "string");
  for (auto const* name : {"bin_1", "bin_2"}) column(name, "int64");
  for (auto const* name : {"l_low", "l_high", "l", "value", "error", "b_mode", "noise", "theory"})
    column(name, "float64");
  text += fmt::format(
      "# meta: !!omap\n# - {{alignment_amplitude: {}}}\n# schema: astropy-2.0\npart bin_1 bin_2 "
      "l_low l_high l value error b_mode noise theory\n",
      io::number_text(content.amplitude));
  auto const& measured = content.measured;
  for_each_part(
      content, [&](char const* name, lensing::BandPowers const& part,
                   std::vector<double> const& theory, std::vector<double> const&, char const*) {
        std::size_t at = 0;
        for (std::int64_t i = 0; i < content.bins; ++i)
          for (std::int64_t j = i; j < content.bins; ++j)
            for (std::size_t b = 0; b < measured.ell.size(); ++b, ++at) {
              text += fmt::format("{} {} {}", name, i + 1, j + 1);
              for (double const value :
                   {measured.edges[b], measured.edges[b + 1], measured.ell[b], part.value[at],
                    part.error[at], part.b_mode[at], part.noise[at], theory[at]})
                text += fmt::format(" {}", io::number_text(value));
              text += "\n";
            }
      });
  return text;
}

}  // namespace shearwater::commands
