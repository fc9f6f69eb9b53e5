// SPDX-License-Identifier: BSD-3-Clause
#include "orientation_file.hpp"

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

using inference::Estimate;
using inference::OrientationTest;

/// The estimates of a test by the names of their attributes.
constexpr std::pair<char const*, Estimate OrientationTest::*> estimates[] = {
    {"true_mean_abs_cos_central", &OrientationTest::true_central},
    {"mean_abs_cos_central", &OrientationTest::central},
    {"true_mean_abs_cos_satellite", &OrientationTest::true_satellite},
    {"mean_abs_cos_satellite", &OrientationTest::satellite}};

constexpr std::pair<char const*, std::int64_t OrientationTest::*> counts[] = {
    {"galaxies", &OrientationTest::galaxies},
    {"centrals", &OrientationTest::centrals},
    {"true_draws", &OrientationTest::true_draws},
    {"draws", &OrientationTest::draws},
    {"c2st_rows", &OrientationTest::rows}};

struct Series {
  char const* name;
  std::vector<Estimate> OrientationTest::*values;
  char const* what;
};
constexpr Series series[] = {
    {"true_ed", &OrientationTest::true_ed, "omega(r) of true axes, and its error"},
    {"ed", &OrientationTest::ed, "omega(r) of generated axes, and its error"},
    {"ratio", &OrientationTest::ratio, "generated over true, and its error"}};

constexpr std::vector<double> OrientationTest::*shares[] = {
    &OrientationTest::true_central_shares, &OrientationTest::central_shares,
    &OrientationTest::true_satellite_shares, &OrientationTest::satellite_shares};

}  // namespace

void write_orientation_test(parallel::Communicator const& comm, std::string const& path,
                            OrientationTest const& test, core::Provenance const& provenance,
                            bool overwrite) {
  io::OutputOptions options;
  options.existing = overwrite ? io::Existing::replace : io::Existing::refuse;
  options.expected_bytes = 1 << 16;
  io::OutputFile file(comm, path, "orientation_test", provenance, options);
  auto const put = [&](std::string const& name, io::Shape const& shape,
                       std::vector<double> const& values, char const* unit, char const* what) {
    file.put_from_root<double>(name, shape, values, {unit, what});
  };
  put("edges", {std::ssize(test.edges)}, test.edges, "Mpc/h", "edges of the bins of separation");
  for (auto const& [name, member, what] : series) {
    std::vector<double> rows;
    for (auto const& estimate : test.*member)
      rows.insert(rows.end(), {estimate.value, estimate.error});
    put(name, {std::ssize(test.*member), 2}, rows, "1", what);
  }
  std::vector<double> cosines;
  for (auto const member : shares)
    cosines.insert(cosines.end(), (test.*member).begin(), (test.*member).end());
  put("cosines", {4, static_cast<std::int64_t>(OrientationTest::cosine_bins)}, cosines, "1",
      "shares of |cos|: true and generated centrals, true and generated satellites");
  for (auto const& [name, member] : estimates) {
    file.attribute("ed", name, (test.*member).value);
    file.attribute("ed", std::string(name) + "_error", (test.*member).error);
  }
  for (auto const& [name, member] : counts) file.attribute("ed", name, test.*member);
  file.attribute("ed", "c2st", test.c2st);
  file.commit();
}

OrientationTest read_orientation_test(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("orientation_test");
  OrientationTest test;
  test.edges = file.values<double>("edges");
  auto const bins = std::ssize(test.edges) - 1;
  for (auto const& [name, member, what] : series) {
    file.check_shape(name, {bins, 2});
    auto const rows = file.values<double>(name);
    for (std::size_t i = 0; i < rows.size(); i += 2)
      (test.*member).push_back({rows[i], rows[i + 1]});
  }
  constexpr auto width = OrientationTest::cosine_bins;
  file.check_shape("cosines", {4, static_cast<std::int64_t>(width)});
  auto const cosines = file.values<double>("cosines");
  for (std::size_t s = 0; s < 4; ++s)
    (test.*shares[s])
        .assign(cosines.begin() + static_cast<std::ptrdiff_t>(s * width),
                cosines.begin() + static_cast<std::ptrdiff_t>((s + 1) * width));
  for (auto const& [name, member] : estimates)
    test.*member = {file.number("ed", name), file.number("ed", std::string(name) + "_error")};
  for (auto const& [name, member] : counts) test.*member = file.integer("ed", name);
  test.c2st = file.number("ed", "c2st");
  return test;
}

}  // namespace shearwater::commands
