// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure`: its input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "nla_job.hpp"
#include "shearwater/galaxies/pair_samples.hpp"

namespace shearwater::commands {

/// Table [galaxies]: the catalogue.
struct GalaxyInput {
  std::string file, label = "galaxies";
  bool truth = false;
  void describe(core::Fields& field);
};

/// Table [columns]: a catalogue in any other table, with names of columns; empty for none.
struct GalaxyColumnNames {
  std::string table, id;
  std::string x = "x", y = "y", z = "z", ra, dec, redshift;
  std::string axis_x, axis_y, axis_z, e1, e2, weight, host, host_mass, central;
  std::string length_unit;
  double box_side = 0;
  void describe(core::Fields& field);
};

/// Table [randoms]: random places of a light cone.
struct RandomInput {
  std::string file, table, ra = "ra", dec = "dec", redshift = "redshift", weight;
  void describe(core::Fields& field);
};

/// Table [measure].
struct MeasureConfig : galaxies::SampleConfig {
  std::vector<std::string> statistics = {"ed", "ee", "xi"};
  std::int64_t bins = 15;
  double r_min = 0.1, r_max = 20, pi_max = 20;
  double theta_min = 1, theta_max = 100;
  std::vector<double> edges;
  bool split_hosts = true;
  std::int64_t jackknife = 3, pi_bins = 1;
  std::string reference;
  void describe(core::Fields& field);
  std::vector<double> bin_edges() const;
  std::vector<double> angle_edges() const;  ///< [arcmin]
  /// Of the jackknife.
  std::int64_t regions() const { return jackknife * jackknife * jackknife; }
};

/// Table [fit]: strengths of alignment to give a catalogue a target's ED.
struct FitConfig {
  std::string target, file, r = "r", value = "value", error = "error";
  double made_central = 1, made_satellite = 1;
  void describe(core::Fields& field);
};

struct MeasureJob {
  GalaxyInput galaxies;
  GalaxyColumnNames columns;
  bool has_columns = false;
  MeasureConfig measure;
  std::optional<FitConfig> fit;
  std::optional<NlaJob> nla;
  std::optional<RandomInput> randoms;
  std::optional<cosmology::Cosmology> universe;  ///< that tells distances of redshifts
  std::string input, output;
  /// Only w_g+ of a table is fitted: there are no galaxies.
  bool table_alone() const { return input.empty() && nla && !nla->file.empty(); }
};
MeasureJob read_measure_job(core::Config& config, CommandLine const& line);
InputFiles inputs_of(MeasureJob const& job);

}  // namespace shearwater::commands
