// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/report/alignment_reference.hpp"

namespace shearwater::report {

namespace {

char const* const source =
    "github.com/duncandc/intrinsic_alignments, modelling_illustris/data: TNG300-1 at z = 0, "
    "reduced inertia tensor of the stars within twice the half-mass radius, major axis";

std::vector<double> const r_of_ed = {0.125, 0.285, 0.65, 1.48, 3.36, 7.66, 17.4};

std::vector<AlignmentReference> const& references() {
  static std::vector<AlignmentReference> const all = {
      {"tng300_10.5",
       "TNG300, log M* > 10.5",
       source,
       r_of_ed,
       {0.0793, 0.0542, 0.0300, 0.0262, 0.0207, 0.0143, 0.0065},
       {0.0075, 0.0052, 0.0045, 0.0032, 0.0017, 0.0015, 0.0009},
       {0.125, 0.285, 0.98, 5.1, 7.7, 17.4},
       {0.035, 0.0139, 0.0078, 0.0021, 0.0018, 3.5e-4},
       {0.012, 0.0076, 0.0036, 0.0013, 0.0009, 3.2e-4}},
      {"tng300_10.0",
       "TNG300, log M* > 10.0",
       source,
       r_of_ed,
       {0.0234, 0.0137, 0.0102, 0.0102, 0.0063, 0.0052, 0.0025},
       {0.0028, 0.0020, 0.0016, 0.0023, 0.0012, 0.0010, 0.0005},
       {},
       {},
       {}},
      {"tng300_9.5",
       "TNG300, log M* > 9.5",
       source,
       r_of_ed,
       {0.0121, 0.0056, 0.0025, 0.0036, 0.0013, 0.0018, 0.0009},
       {0.0015, 0.0012, 0.0013, 0.0013, 0.0009, 0.0006, 0.0004},
       {},
       {},
       {}}};
  return all;
}

}  // namespace

AlignmentReference alignment_reference(std::string const& name) {
  for (auto const& known : references())
    if (known.name == name) return known;
  return {};
}

std::vector<std::string> alignment_reference_names() {
  std::vector<std::string> names = {""};
  for (auto const& known : references()) names.push_back(known.name);
  return names;
}

}  // namespace shearwater::report
