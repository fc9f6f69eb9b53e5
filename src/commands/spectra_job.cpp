// SPDX-License-Identifier: BSD-3-Clause
#include "spectra_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/lensing/multipole_bands.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::commands {

void SkySpectraConfig::describe(core::Fields& field) {
  field("ra_deg", ra_deg, "deg", "right ascension of the middle of the field").between(-360, 360);
  field("dec_deg", dec_deg, "deg", "its declination").between(-89, 89);
  field("width_deg", width_deg, "deg",
        "side of the square field, on the plane that touches the sky in its middle: of 20 degrees "
        "its areas are 4 % too large at the middle of a side and 9 % in a corner (10: 1 and 2 %)")
      .between(0.1, 20);
  field("pixels", pixels, "pixels", "along its side; even").between(16, 8192);
  field("redshifts", redshifts, "", "edges of the bins of galaxies, increasing").between(0, 100);
  field("redshift", redshift, "", "which redshift they are cut by")
      .one_of({"observed", "cosmological"});
  field("shapes", shapes, "", "which galaxies").one_of({"all", "centrals", "satellites"});
  field("bands", bands, "", "bands of multipoles, of equal ratio where modes are close enough")
      .between(1, 1000);
  field("l_min", l_min, "", "where they begin; 0: half a mode below the longest wave of the field")
      .at_least(0);
  field("l_max", l_max, "", "where they end; 0: half of the pixels' Nyquist multipole").at_least(0);
  field("edges", edges, "", "their edges, in place of bands, l_min and l_max");
  field("cells", cells, "",
        "squares along the side of the field, of which those without galaxies were not observed")
      .between(1, 1024);
  field("redshift_cells", redshift_cells, "", "equal steps of n(z) in each bin, for the theory")
      .between(1, 1000);
  field("smoothing", smoothing, "Mpc/h", "of the tides that shapes follow, for the theory")
      .between(0, 100);
}

std::vector<double> SkySpectraConfig::band_edges() const {
  if (!edges.empty()) return edges;
  double const low = l_min > 0 ? l_min : 0.5 * sky().fundamental();
  double const high = l_max > 0 ? l_max : 0.5 * sky().nyquist();
  if (!(low < high))
    throw core::InputError(fmt::format(
        "shear_spectra: bands from l = {:g} to {:g}: l_max must be above l_min", low, high));
  // Equal ratios, but none narrower than the modes are apart.
  double const narrowest = sky().fundamental();
  std::vector<double> result{low};
  for (std::int64_t left = bands; left > 1; --left) {
    double const ratio = std::pow(high / result.back(), 1 / static_cast<double>(left));
    result.push_back(std::max(ratio * result.back(), result.back() + narrowest));
  }
  result.push_back(high);
  if (!(high > result[result.size() - 2]))
    throw core::InputError(
        fmt::format("shear_spectra.bands = {}: more than modes {:.0f} apart allow between l = "
                    "{:.0f} and {:.0f}; "
                    "take fewer",
                    bands, narrowest, low, high));
  return result;
}

SpectraJob read_spectra_job(core::Config& config, CommandLine const& line) {
  require_host(line);
  SpectraJob job;
  if (!line.in.empty()) config.set("galaxies", "file", absolute_path(line.in));
  job.galaxies = config.read<GalaxyInput>("galaxies");
  job.spectra = config.read<SkySpectraConfig>("shear_spectra");
  job.cosmology = cosmology::read_cosmology(config);
  job.cosmology.check();
  job.theory = config.read<cosmology::SpectraConfig>("spectra");
  job.theory.check();
  job.folder = config.folder();
  job.output = output_path(config, line, "spectra.hdf5");
  config.refuse_unread();
  auto const& spectra = job.spectra;
  if (spectra.pixels % 2 != 0)
    throw core::InputError(fmt::format("shear_spectra.pixels = {}: must be even", spectra.pixels));
  if (spectra.bins() < 1 || !std::ranges::is_sorted(spectra.redshifts, std::less_equal<>()))
    throw core::InputError(
        "shear_spectra.redshifts: give at least two edges of bins, from low to high");
  lensing::check_bands(spectra.sky(), spectra.band_edges());
  return job;
}

InputFiles inputs_of(SpectraJob const& job) {
  return {{"galaxies", job.galaxies.file}, {"power", job.theory.table_file(job.folder)}};
}

namespace {

void check_catalogue(SpectraJob const& job, io::GalaxyReader const& file) {
  auto const& content = file.content();
  auto const& path = job.galaxies.file;
  if (!content.columns.sky || !content.columns.shapes || content.line_of_sight != "radial")
    throw core::InputError(fmt::format(
        "{}: [shear_spectra] is of galaxies on a light cone: populate with observation.geometry = "
        "\"cone\"; of a box measure xi_plus and w++ by [measure]",
        path));
  if (!content.columns.shear)
    throw core::InputError(fmt::format(
        "{}: has no shears (Gamma1, Gamma2): populate with [lensing], which names the lens planes "
        "of the simulation",
        path));
  // Theory takes the cosmological redshifts, whichever the galaxies are cut by.
  auto const need = [&](char const* name, bool there) {
    if (there) return;
    throw core::InputError(
        fmt::format("{0}: there is no '/Subhalo/{1}' in it: 'shearwater inspect {0}' lists what "
                    "there is; [shear_spectra] needs redshifts: populate with observation.geometry "
                    "= \"cone\"",
                    path, name));
  };
  need("RedshiftCosmological", content.columns.z_cos);
  need("RedshiftObserved", job.spectra.redshift != "observed" || content.columns.z_obs);
  if (job.spectra.shapes != "all" && !content.columns.central)
    throw core::InputError(
        fmt::format("shear_spectra.shapes = \"{}\": {} does not say which galaxies are central "
                    "(SubhaloCentral)",
                    job.spectra.shapes, path));
  auto const compare = [&](char const* name, double ours, double theirs) {
    if (theirs == 0 || std::abs(ours / theirs - 1) < 1e-3) return;
    throw core::InputError(fmt::format(
        "cosmology: {} = {:g}, but {} says {:g}, more than 0.1 % apart: give the cosmology of the "
        "simulation",
        name, ours, path, theirs));
  };
  compare("omega_c + omega_b", job.cosmology.omega_m(), content.omega_m);
  compare("h", job.cosmology.h, content.h);
}

/// Throws InputError for a value that no galaxy has: one would outweigh all others.
/// first   row of the file
void check_rows(std::string const& path, std::int64_t first, io::GalaxyCatalogue const& rows) {
  auto const refuse = [&](char const* name, std::size_t i, std::string const& value,
                          char const* range) {
    throw core::InputError(
        fmt::format("{}: {} of galaxy {} (from 0) is {}, but it must be {}: mend it, or leave the "
                    "galaxy out",
                    path, name, first + static_cast<std::int64_t>(i), value, range));
  };
  auto const check_length = [&](char const* name, std::vector<float> const& one,
                                std::vector<float> const& other, double most, char const* range) {
    for (std::size_t i = 0; i < one.size(); ++i)
      if (double const x = one[i], y = other[i]; std::hypot(x, y) > most)
        refuse(name, i, fmt::format("({:g}, {:g})", x, y), range);
  };
  check_length("('/Subhalo/Ellipticity1', '/Subhalo/Ellipticity2')", rows.e1, rows.e2, 1 + 1e-5,
               "of length 1 at most");
  // Those of planes of matter go beyond 1 where they are dense; NaN is not known.
  check_length("('/Subhalo/Gamma1', '/Subhalo/Gamma2')", rows.gamma1, rows.gamma2, 10,
               "of length 10 at most, or NaN where it is not known");
  auto const check_redshift = [&](char const* name, std::vector<float> const& z, double least,
                                  char const* range) {
    for (std::size_t i = 0; i < z.size(); ++i)
      if (!(z[i] > least && z[i] <= 1000)) refuse(name, i, fmt::format("{:g}", z[i]), range);
  };
  check_redshift("'/Subhalo/RedshiftCosmological'", rows.z_cos, 0, "above 0 and at most 1000");
  check_redshift("'/Subhalo/RedshiftObserved'", rows.z_obs, -1, "above -1 and at most 1000");
}

/// Adds rows of the catalogue.
void add_rows(SpectraJob const& job, io::GalaxyCatalogue const& rows, FieldGalaxies& galaxies) {
  auto const& spectra = job.spectra;
  auto const& edges = spectra.redshifts;
  auto const& cut = spectra.redshift == "observed" ? rows.z_obs : rows.z_cos;
  for (std::size_t i = 0; i < rows.ra.size(); ++i) {
    auto const above = std::ranges::upper_bound(edges, static_cast<double>(cut[i]));
    auto const bin = above - edges.begin() - 1;
    if (bin < 0 || bin >= spectra.bins()) continue;
    if (spectra.shapes != "all" && (rows.central[i] != 0) != (spectra.shapes == "centrals"))
      continue;
    auto const of = [i](std::vector<float> const& list) { return static_cast<double>(list[i]); };
    bool const known = !std::isnan(rows.gamma1[i]) && !std::isnan(rows.gamma2[i]);
    double const weight = rows.weight.empty() ? 1 : of(rows.weight);
    std::complex<double> const light =
        known ? std::complex<double>(of(rows.gamma1), of(rows.gamma2)) : 0;
    auto& shapes = galaxies.shapes;
    // Galaxies of unknown shear get no bin: they are counted, and enter no sum.
    bool const inside = shapes.add(spectra.ra_deg * units::degree, spectra.dec_deg * units::degree,
                                   spectra.sky().width(), rows.ra[i], rows.dec[i],
                                   known ? static_cast<std::int32_t>(bin) : -1, weight,
                                   {of(rows.e1), of(rows.e2)}, light);
    if (!inside) continue;
    galaxies.redshift.push_back(of(rows.z_cos));
    galaxies.left_out += !known;
  }
}

/// n(z) that is constant within each of its cells, with steep ramps between them and at both ends.
cosmology::RedshiftDistribution steps(double const* edges, double const* number,
                                      std::size_t cells) {
  double const width = edges[1] - edges[0], ramp = 1e-6 * width;
  std::vector<double> z{edges[0]}, n{0};
  for (std::size_t c = 0; c < cells; ++c) {
    z.insert(z.end(), {edges[c] + ramp, edges[c + 1] - ramp});
    n.insert(n.end(), {number[c] / width, number[c] / width});
  }
  z.push_back(edges[cells]), n.push_back(0);
  return {std::move(z), std::move(n)};
}

}  // namespace

io::GalaxyReader open_field(SpectraJob const& job) {
  io::GalaxyReader file(job.galaxies.file);
  check_catalogue(job, file);
  return file;
}

FieldGalaxies read_field_galaxies(parallel::Communicator const& comm, SpectraJob const& job) {
  FieldGalaxies galaxies;
  comm.together([&] {
    auto const file = open_field(job);
    auto const share = parallel::share_of(file.size(), comm.rank(), comm.size());
    constexpr std::int64_t block = 1 << 18;
    for (std::int64_t done = 0; done < share.count; done += block) {
      auto const rows = file.read(share.first + done, std::min(block, share.count - done));
      check_rows(job.galaxies.file, share.first + done, rows);
      add_rows(job, rows, galaxies);
    }
  });
  return galaxies;
}

RedshiftCounts count_redshifts(parallel::Communicator const& comm, SpectraJob const& job,
                               FieldGalaxies const& galaxies) {
  auto const bins = static_cast<std::size_t>(job.spectra.bins());
  auto const cells = static_cast<std::size_t>(job.spectra.redshift_cells);
  auto const& shapes = galaxies.shapes;
  double largest = 0;
  for (double const w : shapes.weight) largest = std::max(largest, w);
  largest = comm.max(largest);
  RedshiftCounts counts;
  for (std::size_t b = 0; b < bins; ++b) {
    double low = std::numeric_limits<double>::max(), high = 0;
    auto const for_each = [&](auto const& act) {
      for (std::size_t i = 0; i < shapes.bin.size(); ++i)
        if (shapes.bin[i] == static_cast<std::int32_t>(b) && shapes.weight[i] > 0)
          act(galaxies.redshift[i], shapes.weight[i] / largest);
    };
    for_each([&](double z, double) { low = std::min(low, z), high = std::max(high, z); });
    low = -comm.max(-low), high = comm.max(high);
    if (!(low < high))
      throw core::InputError(fmt::format(
          "shear_spectra.redshifts: fewer than two redshifts are between {:g} and {:g} in the "
          "field: widen the bin or the field",
          job.spectra.redshifts[b], job.spectra.redshifts[b + 1]));
    // The last galaxy belongs to the last cell.
    double const width = (high - low) / static_cast<double>(cells) * (1 + 1e-9);
    std::vector<std::int64_t> whole(cells);
    for_each([&](double z, double w) {
      auto const cell = static_cast<std::size_t>((z - low) / width);
      whole[std::min(cell, cells - 1)] += static_cast<std::int64_t>(std::llround(w * 0x1p32));
    });
    parallel::sum(comm, whole);
    for (std::size_t c = 0; c <= cells; ++c)
      counts.edges.push_back(low + width * static_cast<double>(c));
    for (auto const n : whole) counts.number.push_back(static_cast<double>(n) * 0x1p-32);
    counts.distributions.push_back(
        steps(&counts.edges[b * (cells + 1)], &counts.number[b * cells], cells));
  }
  return counts;
}

TheorySpectra theory_spectra(SpectraJob const& job, RedshiftCounts const& counts) {
  cosmology::Background const background(job.cosmology);
  cosmology::NonlinearPower const power(background,
                                        job.theory.linear_power(job.cosmology, job.folder));
  bool const nonlinear = job.theory.nonlinear;
  double const smoothing = job.spectra.smoothing;
  std::vector<double> breaks;
  for (auto const& n : counts.distributions)
    breaks.insert(breaks.end(), n.nodes().begin(), n.nodes().end());
  auto const make = [&](double filters) {
    return cosmology::AngularPower(
        background,
        [&power, nonlinear, rate = 0.5 * filters * smoothing * smoothing](double k, double a) {
          return std::exp(-rate * k * k) * (nonlinear ? power(k, a) : power.linear(k, a));
        },
        counts.distributions,
        {job.amplitude(), job.theory.alignment_eta, job.theory.alignment_pivot}, 512, breaks);
  };
  auto const plain = make(0), once = make(1), twice = make(2);
  auto const edges = job.spectra.band_edges();
  constexpr int points = 64;  // band means are right to 1e-3
  double const low = std::max(1.0, edges.front()), ratio = edges.back() / low;
  TheorySpectra theory;
  for (int n = 0; n < points; ++n)
    theory.ell.push_back(low * std::pow(ratio, static_cast<double>(n) / (points - 1)));
  using cosmology::ShearPart;
  for (std::int64_t i = 0; i < job.spectra.bins(); ++i)
    for (std::int64_t j = 0; j < job.spectra.bins(); ++j)
      for (double const l : theory.ell) {
        double const spin = job.theory.spin_prefactor ? cosmology::spin_prefactor(l) : 1;
        theory.shear_shape.push_back(spin * once(i, j, l, ShearPart::shear_shape));
        if (j < i) continue;
        theory.gg.push_back(spin * plain(i, j, l, ShearPart::lensing));
        theory.gi.push_back(spin * once(i, j, l, ShearPart::lensing_alignment));
        theory.ii.push_back(spin * twice(i, j, l, ShearPart::alignment));
        theory.unsmoothed.push_back(spin * plain(i, j, l, ShearPart::alignment));
      }
  return theory;
}

}  // namespace shearwater::commands
