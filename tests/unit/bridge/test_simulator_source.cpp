// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "shearwater/bridge/simulator_source.hpp"
#include "shearwater/core/error.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::string const kInput = R"(
[prior.omega_c]
mean = 0.3
sd = 0.05
[prior.sigma_8]
mean = 0.8
sd = 0.05
[sources]
bins = 1
[maps]
pixels = 32
width_deg = 5
interpolate_spectra = false
[summaries]
bands = 6
)";

std::unique_ptr<bridge::SimulatorSource> make_source(
    std::vector<std::string> const& overrides = {}) {
  auto config = core::Config::from_text(kInput, "test", overrides);
  return bridge::make_simulator_source(config);
}

bool all_finite(bridge::ArrayRef const& array) {
  float const* const data = bridge::host_data<float>(array);
  return std::all_of(data, data + array.size(), [](float x) { return std::isfinite(x); });
}

}  // namespace

TEST_CASE("a row depends on its index alone", "[bridge][simulator]") {
  auto const source = make_source();
  auto const batch = source->examples(3, 4);
  for (auto const* name : {"maps", "summaries"}) {
    auto const one = source->examples(5, 1).at(name);
    auto const row = bridge::rows(batch.at(name), 2, 1);
    CHECK(std::memcmp(one.data, row.data, static_cast<std::size_t>(one.size()) * 4) == 0);
  }
  auto const other = make_source({"maps.seed=2"})->examples(5, 1).at("maps");
  CHECK(std::memcmp(other.data, bridge::rows(batch.at("maps"), 2, 1).data, 64) != 0);
}

TEST_CASE("batches have the shape that the source promises", "[bridge][simulator]") {
  auto const source = make_source({"mask.masked_fraction=0.2", "maps.noise_channel=true"});
  auto const shape = source->shape();
  auto const batch = source->examples(0, 3);
  CHECK(batch.at("parameters").extents == std::vector<std::int64_t>{3, 2});
  CHECK(batch.at("maps").extents == std::vector<std::int64_t>{3, 1, 32, 32});
  CHECK(batch.at("mask").extents == std::vector<std::int64_t>{3, 1, 32, 32});
  CHECK(batch.at("noise").extents == std::vector<std::int64_t>{3, 1, 32, 32});
  CHECK(batch.at("summaries").extents == std::vector<std::int64_t>{3, shape.summaries});
  CHECK(shape.summaries == std::ssize(source->summary_names()));
  CHECK(shape.parameter_names == std::vector<std::string>{"omega_c", "sigma_8"});
  float const* const mask = bridge::host_data<float>(batch.at("mask"));
  float const* const maps = bridge::host_data<float>(batch.at("maps"));
  CHECK(std::count(mask, mask + 1024, 0.0F) == 205);
  for (int p = 0; p < 3 * 1024; ++p) REQUIRE((mask[p] == 1.0F || maps[p] == 0.0F));
}

TEST_CASE("observed maps get the summaries of simulated ones", "[bridge][simulator]") {
  auto const source = make_source({"mask.masked_fraction=0.1"});
  auto const made = source->examples(0, 2);
  auto const seen = source->observe(made.at("maps"), &made.at("mask"));
  for (auto const* name : {"maps", "mask", "summaries"}) {
    auto const& a = made.at(name);
    CHECK(std::memcmp(a.data, seen.at(name).data, static_cast<std::size_t>(a.size()) * 4) == 0);
  }
}

TEST_CASE("an observed pixel that is not a number is refused, a masked one is not", "[bridge]") {
  auto const source = make_source({"mask.masked_fraction=0.1"});
  auto const made = source->examples(0, 1);
  bridge::host_data<float>(made.at("maps"))[17] = std::nanf("");
  bridge::host_data<float>(made.at("mask"))[17] = 1.0F;
  CHECK_THROWS_WITH(source->observe(made.at("maps"), &made.at("mask")),
                    ContainsSubstring("pixel 17 of map 0"));
  bridge::host_data<float>(made.at("mask"))[17] = 0.0F;
  auto const seen = source->observe(made.at("maps"), &made.at("mask"));
  CHECK(all_finite(seen.at("maps")));
  CHECK(all_finite(seen.at("summaries")));
  auto const wrong = bridge::allocate(bridge::ElementType::float32, {1, 1, 16, 16});
  CHECK_THROWS_WITH(source->observe(wrong), ContainsSubstring("(n, 1, 32, 32)"));
}

TEST_CASE("extreme draws have maps and say what was bent", "[bridge][simulator]") {
  auto const source = make_source();
  auto const theta = bridge::allocate(bridge::ElementType::float64, {4, 2});
  double const values[8] = {-0.4, 0.8, 0.3, -2.0, 3.0, 9.0, 0.3, 0.8};
  std::copy(values, values + 8, bridge::host_data<double>(theta));
  auto const batch = source->examples_at(theta, 0);
  CHECK(all_finite(batch.at("maps")));
  CHECK(all_finite(batch.at("summaries")));
  auto const* const bent = bridge::host_data<std::int64_t>(batch.at("bent"));
  CHECK(bent[0] == 1);
  CHECK(bent[3] == 1);
  CHECK(bent[6] == 2);
  CHECK(bent[9] == 0);
}

namespace {

/// Root mean square difference of the first maps of two sources, relative to the maps.
double difference_of_maps(bridge::SimulatorSource const& one, bridge::SimulatorSource const& two) {
  auto const a = one.examples(0, 4).at("maps"), b = two.examples(0, 4).at("maps");
  double difference = 0, square = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    double const x = bridge::host_data<float>(a)[i], y = bridge::host_data<float>(b)[i];
    difference += (x - y) * (x - y);
    square += x * x;
  }
  return std::sqrt(difference / square);
}

std::unique_ptr<bridge::SimulatorSource> source_of(std::string const& text,
                                                   std::vector<std::string> const& overrides = {}) {
  auto config = core::Config::from_text(text, "test", overrides);
  return bridge::make_simulator_source(config);
}

}  // namespace

TEST_CASE("interpolated spectra give nearly the same maps", "[bridge][simulator]") {
  auto const exact = make_source();
  auto const fast = make_source({"maps.interpolate_spectra=true"});
  CHECK(fast->spectra_error() < 2e-3);
  CHECK(difference_of_maps(*exact, *fast) < 2e-3);
}

TEST_CASE("a table of the linear power makes the maps of its formula", "[bridge][simulator]") {
  test::ScratchFolder const folder;
  {
    cosmology::LinearPower const power{cosmology::Cosmology()};
    std::ofstream file(folder.file("pk.dat"));
    file.precision(12);
    for (double k = 1e-5; k < 100; k *= 1.05) file << k << " " << power(k) << "\n";
  }
  std::string const prior =
      "[prior.sigma_8]\nmean = 0.8\nsd = 0.05\n[prior.n_s]\nmean = 0.96\nsd = 0.02\n"
      "[sources]\nbins = 1\n[maps]\npixels = 32\nnoise = false\ninterpolate_spectra = false\n";
  std::string const table = "[spectra]\nlinear = \"table\"\ntable = \"" + folder.file("pk.dat") +
                            "\"\ntable_k_unit = \"h/Mpc\"\ntable_power_unit = \"(Mpc/h)^3\"\n";
  auto const formula = source_of(prior);
  CHECK(difference_of_maps(*formula, *source_of(prior + table)) < 1e-4);
  CHECK(difference_of_maps(*formula, *source_of(prior, {"spectra.linear=bbks"})) > 3e-3);
  CHECK(difference_of_maps(*formula, *source_of(prior, {"spectra.nonlinear=false"})) > 1e-2);
  CHECK(difference_of_maps(*formula, *source_of(prior, {"spectra.alignment_amplitude=1.0"})) >
        1e-3);
  CHECK_THROWS_WITH(source_of("[prior.omega_c]\nmean = 0.3\nsd = 0.05\n" + prior + table),
                    ContainsSubstring("prior.omega_c and spectra.linear"));
}

TEST_CASE("maps with a_s are those with the sigma_8 that it comes to", "[bridge][simulator]") {
  cosmology::Cosmology primordial;
  primordial.a_s = 1.5e-9;
  std::string const maps =
      "[sources]\nbins = 1\n[maps]\npixels = 32\nnoise = false\ninterpolate_spectra = false\n";
  auto const at = [&](std::string const& name, double value) {
    std::ostringstream prior;
    prior.precision(12);
    prior << "[prior." << name << "]\nkind = \"uniform\"\nlow = " << value
          << "\nhigh = " << value * (1 + 1e-9) << "\n";
    return source_of(prior.str() + maps);
  };
  double const sigma_8 = cosmology::LinearPower(primordial).sigma(8);
  CHECK(difference_of_maps(*at("a_s", primordial.a_s), *at("sigma_8", sigma_8)) < 1e-3);
  CHECK_THROWS_WITH(make_source({"cosmology.a_s=2e-9"}),
                    ContainsSubstring("prior.sigma_8 has no effect"));
}

namespace {

std::string const kBoxes = R"(
[prior.omega_c]
kind = "uniform"
low = 0.2
high = 0.3
[sources]
bins = 2
z_max = 0.3
[maps]
field = "n_body"
pixels = 16
width_deg = 3
noise_channel = true
[box]
side = 100
particles = 16
[initial]
scale_factor = 0.3
[steps]
count = 4
[light_cone]
redshift = 0.3
lines_of_sight = 2
[summaries]
bands = 4
)";

}  // namespace

TEST_CASE("boxes are seen along several lines, a row depends on its index alone",
          "[bridge][simulator]") {
  auto const source = source_of(kBoxes);
  auto const batch = source->examples(1, 4);
  CHECK(all_finite(batch.at("maps")));
  CHECK(all_finite(batch.at("summaries")));
  for (std::int64_t row = 0; row < 4; ++row)
    for (auto const* name : {"maps", "summaries"}) {
      auto const one = source->examples(static_cast<std::uint64_t>(1 + row), 1).at(name);
      auto const same = bridge::rows(batch.at(name), row, 1);
      CHECK(std::memcmp(one.data, same.data, static_cast<std::size_t>(one.size()) * 4) == 0);
    }
  // Examples 2 and 3 are one simulation; 1 and 4 are others.
  auto const* const theta = bridge::host_data<double>(batch.at("parameters"));
  CHECK(theta[1] == theta[2]);
  CHECK(theta[0] != theta[1]);
  CHECK(theta[3] != theta[1]);
  CHECK(source->cost().seconds > 0);
  CHECK(source->spectra_error() == 0);
}

TEST_CASE("lines of sight differ in structure, not only in noise", "[bridge][simulator]") {
  auto const quiet = source_of(kBoxes, {"maps.noise=false"});
  auto const maps = quiet->examples(0, 3).at("maps");
  auto const* const first = bridge::host_data<float>(maps);
  auto const correlation = [&](float const* a, float const* b) {
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < 256; ++i) {
      double const x = a[i], y = b[i];
      ab += x * y, aa += x * x, bb += y * y;
    }
    return ab / std::sqrt(aa * bb);
  };
  // Both bins of a map see the same planes.
  CHECK(correlation(first, first + 256) > 0.5);
  CHECK(std::abs(correlation(first, first + 512)) < 0.5);
  CHECK(std::abs(correlation(first, first + 1024)) < 0.5);
  CHECK(source_of(kBoxes, {"maps.noise=false"})->noise_per_pixel() == std::vector<double>{0, 0});
}

TEST_CASE("bent rays give nearly the maps of straight ones", "[bridge][simulator]") {
  auto const straight = source_of(kBoxes, {"maps.noise=false"});
  auto const bent =
      source_of(kBoxes, {"maps.noise=false", "light_cone.ray_tracing=true", "light_cone.border=8"});
  double const difference = difference_of_maps(*straight, *bent);
  CHECK(difference > 1e-5);
  CHECK(difference < 0.05);
}

TEST_CASE("what maps of boxes cannot be or do not read is refused", "[bridge][simulator]") {
  auto const refused = [](std::string const& override, std::string const& message) {
    CHECK_THROWS_WITH(source_of(kBoxes, {override}), ContainsSubstring(message));
  };
  refused("maps.shift=constant", "maps.shift = \"constant\": has no effect");
  refused("maps.interpolate_spectra=false", "maps.interpolate_spectra = false: has no effect");
  refused("spectra.nonlinear=false", "spectra.nonlinear = false: has no effect");
  refused("spectra.alignment_amplitude=1.0", "alignment_amplitude = 1.0: has no effect");
  refused("initial.seed=4", "initial.seed = 4: has no effect");
  refused("light_cone.border=4", "light_cone.border = 4: has no effect");
  refused("sources.z_max=2.0", "the sources reach z = 2");
  refused("light_cone.redshift=3.0", "particles start at redshift 2.33333");
  refused("steps.end=0.9", "steps.end = 0.9");
  refused("light_cone.pixels=4", "light_cone");
  refused("spectra.linear=table", "spectra.");
  refused("maps.field=gaussian", "[box] has no effect with maps.field = \"gaussian\"");
  CHECK_THROWS_WITH(source_of("[prior.omega_k]\nmean = 0.0\nsd = 0.01\n" + kBoxes),
                    ContainsSubstring("prior.omega_k"));
}
