// SPDX-License-Identifier: BSD-3-Clause
// Observed maps from three formats, and every wrong one refused with its reason.
#include <limits>
#include <numeric>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/map_file.hpp"
#include "shearwater/io/npy.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::vector<float> map_values(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), -3.0F);
  return values;
}

io::Array map_array(io::Shape const& shape) {
  return io::make_array<float>(map_values(io::element_count(shape)), shape);
}

/// A plain dataset "kappa" in a file of another schema.
void write_plain(std::string const& path, io::Shape const& shape, std::string const& unit,
                 std::vector<float> const& values) {
  io::OutputFile file(test::world(), path, "other", core::make_provenance("test", "", 1),
                      {io::Existing::replace});
  file.put<float>("/kappa", shape, 0, values, {unit, "a map"});
  file.commit();
}

}  // namespace

TEST_CASE("a map reads the same from HDF5, FITS and .npy") {
  test::ScratchFolder const scratch;
  auto const array = map_array({2, 8, 8});
  io::write_npy(scratch.file("m.npy"), array);
  io::write_fits_image(scratch.file("m.fits"), array, "");
  write_plain(scratch.file("m.h5"), {2, 8, 8}, "1", map_values(128));
  for (auto const* file : {"m.npy", "m.fits", "m.h5"}) {
    INFO(file);
    auto const stack = io::read_maps({scratch.file(file), "kappa", 2, 8});
    CHECK(stack.count == 1);
    CHECK(stack.bins == 2);
    CHECK(stack.pixels == 8);
    CHECK(stack.values == map_values(128));
    // For a model of one bin the same axes are two maps.
    CHECK(io::read_maps({scratch.file(file), "kappa", 1, 8}).count == 2);
  }
}

TEST_CASE("bins may come last, as some codes write them") {
  test::ScratchFolder const scratch;
  io::write_npy(scratch.file("m.npy"), map_array({4, 4, 3}));
  auto const stack = io::read_maps({scratch.file("m.npy"), "", 3, 4});
  CHECK(stack.bins == 3);
  CHECK(stack.values[0] == -3);
  CHECK(stack.values[1] == 0);
  CHECK(stack.values[16] == -2);
}

TEST_CASE("a map of another shape is refused with both shapes") {
  test::ScratchFolder const scratch;
  for (auto const& shape : {io::Shape{8, 9}, io::Shape{16, 16}, io::Shape{3, 8, 8},
                            io::Shape{1, 2, 8, 9}, io::Shape{64}}) {
    auto const path = scratch.file("m.npy");
    io::write_npy(path, map_array(shape), io::Existing::replace);
    CHECK_THROWS_WITH(io::read_maps({path, "", 2, 8}),
                      ContainsSubstring(io::shape_text(shape)) &&
                          ContainsSubstring("2 bins and 8 x 8 pixels are needed"));
  }
}

TEST_CASE("a map with NaN or infinity is refused with the pixel and the remedy") {
  test::ScratchFolder const scratch;
  auto array = map_array({8, 8});
  for (float const bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto values = map_values(64);
    values[19] = bad;
    array = io::make_array<float>(values, {8, 8});
    io::write_npy(scratch.file("m.npy"), array, io::Existing::replace);
    io::write_fits_image(scratch.file("m.fits"), array, "", io::Existing::replace);
    write_plain(scratch.file("m.h5"), {8, 8}, "1", values);
    for (auto const* file : {"m.npy", "m.fits", "m.h5"}) {
      INFO(file);
      CHECK_THROWS_WITH(io::read_maps({scratch.file(file), "kappa", 1, 8}),
                        ContainsSubstring("index (2, 3)") && ContainsSubstring("give a mask"));
    }
  }
}

TEST_CASE("a map in a wrong unit, of a wrong type or missing is refused") {
  test::ScratchFolder const scratch;
  write_plain(scratch.file("m.h5"), {8, 8}, "arcsec", map_values(64));
  CHECK_THROWS_WITH(io::read_maps({scratch.file("m.h5"), "kappa", 1, 8}),
                    ContainsSubstring("the unit 'arcsec', but '1' is needed"));
  CHECK_THROWS_WITH(io::read_maps({scratch.file("m.h5"), "gamma", 1, 8}),
                    ContainsSubstring("no '/gamma'"));
  io::write_fits_image(scratch.file("m.fits"), map_array({8, 8}), "Jy");
  CHECK_THROWS_WITH(io::read_maps({scratch.file("m.fits"), "", 1, 8}), ContainsSubstring("'Jy'"));
  std::vector<std::int32_t> const counts(64, 1);
  io::write_npy(scratch.file("i.npy"), io::make_array<std::int32_t>(counts, {8, 8}));
  CHECK_THROWS_WITH(io::read_maps({scratch.file("i.npy"), "", 1, 8}),
                    ContainsSubstring("holds int32"));
  CHECK_THROWS_WITH(io::read_maps({scratch.file("none.h5")}), ContainsSubstring("does not exist"));
  io::write_file(scratch.file("text.npy"), "not a map");
  CHECK_THROWS_WITH(io::read_maps({scratch.file("text.npy")}),
                    ContainsSubstring("neither HDF5, FITS nor .npy"));
  auto const bytes = io::read_text(scratch.file("m.fits"));
  io::write_file(scratch.file("cut.fits"), bytes.substr(0, 2900));
  CHECK_THROWS_AS(io::read_maps({scratch.file("cut.fits"), "", 1, 8}), core::IoError);
}

TEST_CASE("masks that hide everything, or are none, and impossible noise are refused") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.h5");
  std::vector<double> const parameters = {0.3};
  auto const write = [&](std::vector<float> const& mask, std::vector<float> const& noise) {
    io::MapFileWriter file(test::world(), path, {1, 1, 2, {"omega_c"}, 0.1, 1, 1},
                           core::make_provenance("test", "", 1), io::Existing::replace);
    file.write(0, parameters, map_values(4));
    file.write_mask(0, mask);
    file.write_noise(0, noise);
    file.commit();
  };
  std::vector<float> const seen = {1, 0, 1, 1}, quiet = {0.1F, 0.0F, 0.1F, 0.1F};
  auto const refused = [&](std::vector<float> const& mask, std::vector<float> const& noise,
                           std::string const& why) {
    write(mask, noise);
    CHECK_THROWS_WITH(io::read_maps({path, "maps", 1, 2}), ContainsSubstring(why));
    auto const read = [&] {
      io::MapFileReader const file(path);
      return file.mask(0, 1).size() + file.noise(0, 1).size();
    };
    CHECK_THROWS_WITH(read(), ContainsSubstring(why));
  };
  float const nan = std::numeric_limits<float>::quiet_NaN();
  refused({0, 0, 0, 0}, quiet, "hides every pixel");
  refused({1, 7, 1, 1}, quiet, "holds 7, but a mask is 1 where");
  refused({1, 1, 1, 1}, {0.1F, -1, 0.1F, 0.1F}, "holds -1, but a standard deviation");
  write({1, 1, nan, 1}, quiet);
  CHECK_THROWS_AS(io::read_maps({path, "maps", 1, 2}), core::InputError);
  write(seen, quiet);
  CHECK(io::read_maps({path, "maps", 1, 2}).mask == seen);
}
