// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <fstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/lognormal_shift.hpp"
#include "support.hpp"

using shearwater::lensing::LognormalShift;
using shearwater::lensing::ShiftConvention;

namespace {

double one_shift(LognormalShift const& shift, double omega_m, double sigma_8) {
  std::array<double, 1> value{};
  shift.evaluate(omega_m, sigma_8, -1, value);
  return value[0];
}

/// ln lambda = ln Omega_m + 2 ln sigma_8 on 8 x 8 nodes, as sbi_lens lays its table out.
std::string write_table(shearwater::test::ScratchFolder const& folder) {
  auto const path = folder.file("shift.csv");
  std::ofstream file(path);
  file.precision(17);
  file << "Omega_m, sigma_8, lambda\n";
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) {
      double const omega = 0.2 + 0.2 * i / 7, sigma = 0.6 + 0.4 * j / 7;
      file << omega << ", " << sigma << ", " << omega * sigma * sigma << "\n";
    }
  return path;
}

}  // namespace

TEST_CASE("the polynomial shift has the values of its coefficients", "[lensing]") {
  auto const shift = LognormalShift::polynomial(ShiftConvention::table);
  CHECK_THAT(one_shift(shift, 0.3, 0.8), WithinRel(std::exp(-3.50681), 1e-12));
  // The first node of the table that it was fitted to.
  CHECK_THAT(one_shift(shift, 0.2, 0.6), WithinRel(0.02428640949575441, 2e-4));
  // As coded, node 8 u - 1/2: the middle of the table stays, other places are stretched about it.
  auto const coded = LognormalShift::polynomial(ShiftConvention::as_coded);
  CHECK_THAT(one_shift(coded, 0.3, 0.8), WithinRel(std::exp(-3.50681), 1e-12));
  CHECK_THAT(one_shift(coded, 0.2125, 0.625), WithinRel(one_shift(shift, 0.2, 0.6), 1e-12));
}

TEST_CASE("shifts outside their table are those of its edge", "[lensing]") {
  for (auto const convention : {ShiftConvention::table, ShiftConvention::as_coded}) {
    auto const shift = LognormalShift::polynomial(convention);
    CHECK(one_shift(shift, -1, 0.8) == one_shift(shift, 0.2, 0.8));
    CHECK(one_shift(shift, 9, -3) == one_shift(shift, 0.4, 0.6));
    CHECK(std::isfinite(one_shift(shift, std::nan(""), std::nan(""))));
  }
}

TEST_CASE("a table of shifts is interpolated in either convention", "[lensing]") {
  shearwater::test::ScratchFolder const folder;
  auto const path = write_table(folder);
  auto const table = LognormalShift::from_file(path, ShiftConvention::table);
  auto const coded = LognormalShift::from_file(path, ShiftConvention::as_coded);
  CHECK(table.bins() == 1);
  CHECK_THAT(one_shift(table, 0.2, 0.6), WithinRel(0.2 * 0.36, 1e-12));
  CHECK_THAT(one_shift(table, 0.2 + 0.2 / 7, 0.6), WithinRel((0.2 + 0.2 / 7) * 0.36, 1e-12));
  CHECK_THAT(one_shift(coded, 0.2125, 0.625), WithinRel(0.2 * 0.36, 1e-12));
  CHECK_THAT(one_shift(coded, 0.39, 0.99), WithinRel(0.4, 1e-12));
}

TEST_CASE("what is no table of shifts is refused with the reason", "[lensing]") {
  shearwater::test::ScratchFolder const folder;
  auto const convention = ShiftConvention::table;
  CHECK_THROWS_AS(LognormalShift::from_file(folder.file("none.npy"), convention),
                  shearwater::core::IoError);
  auto const path = folder.file("bad.npy");
  std::ofstream(path) << "no numbers here";
  CHECK_THROWS_WITH(LognormalShift::from_file(path, convention),
                    ContainsSubstring("does not begin as a .npy file"));
  auto const csv = folder.file("bad.csv");
  std::ofstream(csv) << "header\n0.2, 0.6, -1\n";
  CHECK_THROWS_WITH(LognormalShift::from_file(csv, convention), ContainsSubstring("not positive"));
  CHECK_THROWS_WITH(shearwater::lensing::shift_convention("other"), ContainsSubstring("as_coded"));
}
