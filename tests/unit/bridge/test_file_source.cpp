// SPDX-License-Identifier: BSD-3-Clause
#include <cstring>

#include "catch.hpp"
#include "shearwater/bridge/file_source.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/io/map_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::unique_ptr<bridge::SimulatorSource> masked_source(
    std::vector<std::string> const& overrides = {}) {
  auto config = core::Config::from_text(R"(
[prior.omega_c]
mean = 0.3
sd = 0.05
[sources]
bins = 1
[maps]
pixels = 32
interpolate_spectra = false
[mask]
masked_fraction = 0.2
[summaries]
bands = 6
)",
                                        "test", overrides);
  return bridge::make_simulator_source(config);
}

constexpr std::int64_t count = 3;

/// The first sets of the source in a file, as `shearwater maps` writes them.
std::string write_maps(test::ScratchFolder const& folder, std::string const& input = "") {
  auto const batch = masked_source()->examples(0, count);
  auto const path = folder.file("maps.h5");
  io::MapFileWriter file(test::world(), path, {count, 1, 32, {"omega_c"}, 0.08, count, 0},
                         core::make_provenance("test", input, 1));
  auto const floats = [&](char const* name) {
    auto const& array = batch.at(name);
    return std::span<float const>(bridge::host_data<float>(array),
                                  static_cast<std::size_t>(array.size()));
  };
  file.write(0, {bridge::host_data<double>(batch.at("parameters")), count}, floats("maps"));
  file.write_mask(0, floats("mask"));
  file.commit();
  return path;
}

}  // namespace

TEST_CASE("examples from a file are those that were written, summaries included",
          "[bridge][file]") {
  test::ScratchFolder const folder;
  auto const source = bridge::make_file_source(write_maps(folder), masked_source());
  CHECK(source->size() == count);
  auto const expected = masked_source()->examples(1, 2);
  auto const read = source->examples(1, 2);
  for (auto const* name : {"parameters", "maps", "mask", "summaries"}) {
    auto const& a = expected.at(name);
    auto const& b = read.at(name);
    REQUIRE(a.extents == b.extents);
    std::size_t const width = a.type == bridge::ElementType::float64 ? 8 : 4;
    CHECK(std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size()) * width) == 0);
  }
}

TEST_CASE("a file of other maps than the input describes is refused", "[bridge][file]") {
  test::ScratchFolder const folder;
  auto const path = write_maps(folder);
  CHECK_THROWS_WITH(
      bridge::make_file_source(path, masked_source({"maps.pixels=64"})),
      ContainsSubstring("1 bins of 32 pixels a side, but [sources] and [maps] say 1 of 64"));
  CHECK_THROWS_WITH(bridge::make_file_source(
                        path, masked_source({"prior.sigma_8.mean=0.8", "prior.sigma_8.sd=0.1"})),
                    ContainsSubstring("its parameters are omega_c, but [prior] names"));
  CHECK_THROWS_AS(bridge::make_file_source(folder.file("none.h5"), masked_source()), core::IoError);
}

TEST_CASE("a file whose parameters do not fit the prior is refused", "[bridge][file]") {
  test::ScratchFolder const folder;
  std::string const input = "[prior.omega_c]\nmean = 0.3\nsd = 0.04\n";
  CHECK_THROWS_WITH(bridge::make_file_source(write_maps(folder, input), masked_source()),
                    ContainsSubstring("prior.omega_c.sd is 0.04 there and 0.05 here"));
  test::ScratchFolder const other;
  auto const bounded = bridge::make_file_source(
      write_maps(other), masked_source({"prior.omega_c.kind=uniform", "prior.omega_c.low=0.6",
                                        "prior.omega_c.high=0.7"}));
  CHECK_THROWS_WITH(bounded->examples(0, 1),
                    ContainsSubstring("[prior.omega_c] allows 0.6 to 0.7"));
}
