// SPDX-License-Identifier: BSD-3-Clause
// Pieces of the page that its sections are made of.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/report/report.hpp"

namespace shearwater::report {

/// Decimals that show two digits of `scale`.
int decimals_for(double scale);
std::string fixed(double value, int decimals);
std::string cell(std::string const& content, bool number = false);
std::string captioned(std::string const& svg, std::string const& caption);

/// A table of those metrics whose names `wanted` accepts; a column that would be empty is left out.
std::string metric_table(std::vector<Metric> const& metrics,
                         std::function<bool(Metric const&)> const& wanted, bool sources);

/// Simulated boxes: power beside theory, slices. Empty where there are none.
std::string simulation_section(std::vector<SimulationOutput> const& outputs,
                               std::vector<Metric> const& metrics);
/// Galaxies for each halo by mass, and their shapes. Empty where there are none.
std::string population_section(std::optional<PopulationResult> const& result);
/// Halos by mass beside theory, and their ratio. Empty where there are none.
std::string mass_function_section(std::optional<MassFunctionResult> const& result);
/// A generator of orientations beside the truth: alignment by separation, angles, numbers.
std::vector<Metric> orientation_metrics(OrientationResult const& result);
std::string orientation_section(OrientationResult const& result,
                                std::vector<Metric> const& metrics);
/// A generator of digits beside true ones: sheets of pictures, classes, numbers.
std::vector<Metric> digit_metrics(DigitResult const& result);
std::string digit_section(DigitResult const& result, std::vector<Metric> const& metrics);
/// Halos of a light cone by redshift beside their expected number. Empty where there are none.
std::string cone_section(std::optional<ConeHalos> const& halos);

/// Correlations of galaxies, catalogues beside each other and beside published values. Empty where
/// there are none.
std::string alignment_section(std::vector<AlignmentResult> const& results);
/// Projected correlations with the theory fitted to them, and their ratio. Empty where there are
/// none.
std::string fitted_curves(std::vector<AlignmentResult> const& results);
/// Of each bin: the value beside the theory's, and their ratio.
void add_fitted(std::vector<Metric>& metrics, AlignmentResult const& result);
/// Spectra II, GI and GG beside theory, and their ratio. Empty where there are none.
std::string contamination_section(std::vector<ContaminationResult> const& results);
/// Rows of metrics.csv of that section.
void add_contamination(std::vector<Metric>& metrics, ContaminationResult const& result);
/// Halos of each catalogue with the outlines of their galaxies. Empty where there are none.
std::string galaxy_pictures(std::vector<AlignmentResult> const& results);
/// Of each bin: the value, and its ratio to the true catalogue's.
void add_alignments(std::vector<Metric>& metrics, std::vector<AlignmentResult> const& results);
/// The catalogue that others are compared with; null for none.
AlignmentResult const* truth_of(std::vector<AlignmentResult> const& results);
/// A curve by its name; null where the catalogue has none.
CorrelationCurve const* curve_of(AlignmentResult const& result, std::string const& name);
/// Published values of a statistic ("ed" or "ee") with their errors, as a curve: r are the middles.
struct PublishedCurve {
  std::string name, source;
  std::vector<double> r, value, error;
};
PublishedCurve published(AlignmentResult const& result, std::string const& statistic);
/// Rows of metrics.csv of population_section.
void add_population(std::vector<Metric>& metrics, PopulationResult const& result);

}  // namespace shearwater::report
