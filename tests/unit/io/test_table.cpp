// SPDX-License-Identifier: BSD-3-Clause
#include <fitsio.h>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/table.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::vector<double> only_e1(std::string const& path) {
  io::TableRequest request;
  request.path = path;
  request.columns = {"e1"};
  return io::read_columns(request).at(0);
}

using Columns = std::vector<std::vector<double>>;
std::vector<double> const kRa = {10, 20, 30}, kE1 = {0.1, -0.2, 0.3};

void write_text_table(std::string const& path) {
  io::write_file(path, "# ra, dec, e1\n10, 1, 0.1\n# a remark\n20, 2, -0.2\n\n30, 3, +0.3\n",
                 io::Existing::replace);
}

void write_hdf5_table(std::string const& path) {
  io::OutputFile file(test::world(), path, "catalogue", core::make_provenance("test", "", 1));
  file.create_group("/galaxies");
  file.put<double>("/galaxies/ra", {3}, 0, kRa, {"deg", "right ascension"});
  file.put<double>("/galaxies/e1", {3}, 0, kE1, {"1", "ellipticity, first component"});
  file.commit();
}

void write_fits_table(std::string const& path) {
  fitsfile* file = nullptr;
  int status = 0;
  char ra[] = "ra", e1[] = "e1", d[] = "1D", name[] = "GALAXIES";
  char *names[] = {ra, e1}, *forms[] = {d, d};
  fits_create_diskfile(&file, path.c_str(), &status);
  fits_create_tbl(file, BINARY_TBL, 3, 2, names, forms, nullptr, name, &status);
  fits_write_col(file, TDOUBLE, 1, 1, 1, 3, const_cast<double*>(kRa.data()), &status);
  fits_write_col(file, TDOUBLE, 2, 1, 1, 3, const_cast<double*>(kE1.data()), &status);
  fits_close_file(file, &status);
  REQUIRE(status == 0);
}

}  // namespace

TEST_CASE("columns by name from text, HDF5 and FITS, whole or by rows") {
  test::ScratchFolder const scratch;
  write_text_table(scratch.file("a.csv"));
  write_hdf5_table(scratch.file("a.h5"));
  write_fits_table(scratch.file("a.fits"));
  for (auto const& [file, table] : std::vector<std::pair<std::string, std::string>>{
           {"a.csv", ""}, {"a.h5", "/galaxies"}, {"a.fits", ""}, {"a.fits", "GALAXIES"}}) {
    INFO(file);
    io::TableRequest request{scratch.file(file), {"e1", "ra"}, table};
    CHECK(io::read_columns(request) == Columns{kE1, kRa});
    CHECK(io::table_rows(request) == 3);
    request.first = 1;
    request.count = 1;
    CHECK(io::read_columns(request) == Columns{{-0.2}, {20}});
    request.count = 3;
    CHECK_THROWS_WITH(io::read_columns(request), ContainsSubstring("rows 1 to 4"));
    request = {scratch.file(file), {"e2"}, table};
    CHECK_THROWS_WITH(io::read_columns(request), ContainsSubstring("no column 'e2'; there are:"));
  }
}

TEST_CASE("text tables with a wrong value are refused with line and column") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.csv");
  auto const read = [&](std::string const& text) {
    io::write_file(path, text, io::Existing::replace);
    return only_e1(path);
  };
  CHECK_THROWS_WITH(read("ra,e1\n1,2\n3,abc\n"),
                    ContainsSubstring("a.csv:3: column 'e1': 'abc' is not a number"));
  CHECK_THROWS_WITH(read("ra,e1\n1,2\n3\n"), ContainsSubstring("1 values where 2"));
  CHECK_THROWS_WITH(read("ra,e1\n1,2\n3,nan\n"), ContainsSubstring("holds nan in row 1"));
  CHECK_THROWS_WITH(read("1,2\n"), ContainsSubstring("must name the columns"));
  CHECK_THROWS_AS(only_e1(scratch.file("none")), core::IoError);
}
