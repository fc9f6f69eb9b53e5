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
/// Halos by mass beside theory, and their ratio. Empty where there are none.
std::string mass_function_section(std::optional<MassFunctionResult> const& result);
/// Halos of a light cone by redshift beside their expected number. Empty where there are none.
std::string cone_section(std::optional<ConeHalos> const& halos);

}  // namespace shearwater::report
