// SPDX-License-Identifier: BSD-3-Clause
// Fast spectra from tables that Eisenstein & Hu's power was written into, against the formula
// itself.
#include <cmath>
#include <fstream>
#include <functional>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "support.hpp"

using namespace shearwater;
using namespace shearwater::cosmology;

namespace {

/// Rows k_unit k, row(k) for k = 1e-5 ... 100 h/Mpc, 46 a decade: six points resolve the wiggles to
/// 2e-5.
void write_rows(std::string const& path, double k_unit,
                std::function<std::vector<double>(double)> const& row,
                std::string const& header = "k ...", double first = 1e-5, double last = 100) {
  std::ofstream file(path);
  file.precision(12);
  file << "# " << header << "\n";
  for (double k = first; k < 1.001 * last; k *= 1.0513) {
    file << k * k_unit;
    for (double const value : row(k)) file << " " << value;
    file << "\n";
  }
}

SpectraConfig table_config(std::string const& path) {
  SpectraConfig config;
  config.linear = "table";
  config.table = path;
  config.table_k_unit = "h/Mpc";
  config.table_power_unit = "(Mpc/h)^3";
  return config;
}

/// The largest relative difference of all spectra, 2 <= l <= 3000, of the table made for `base` and
/// of the formula, both at `at`.
double difference(SpectraConfig const& config, SpectraConfig const& formula, Cosmology const& base,
                  Cosmology const& at) {
  auto const bins = SourceConfig().make_bins();
  ShearSpectra const exact(bins, formula), tabulated(bins, config, config.read_table(base));
  std::vector<double> ell;
  for (double l = 2; l < 3001; l *= 1.1) ell.push_back(l);
  ell.push_back(3000);
  std::vector<double> a(static_cast<std::size_t>(exact.pairs()) * ell.size()), b(a);
  exact.evaluate(at, ell, a);
  tabulated.evaluate(at, ell, b);
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(b[i] / a[i] - 1));
  return worst;
}

}  // namespace

TEST_CASE("a table of the formula's power gives the formula's spectra", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const base;
  LinearPower const power(base);
  TransferFunction const transfer(base);
  auto const values = [&](double k) { return std::vector{power(k)}; };
  write_rows(folder.file("pk.dat"), 1, values);
  auto const config = table_config(folder.file("pk.dat"));
  CHECK(difference(config, {}, base, base) < 5e-5);

  SECTION("also in 1/Mpc and Mpc^3") {
    write_rows(folder.file("mpc.dat"), base.h,
               [&](double k) { return std::vector{power(k) / std::pow(base.h, 3)}; });
    auto other = table_config(folder.file("mpc.dat"));
    other.table_k_unit = "1/Mpc";
    other.table_power_unit = "Mpc^3";
    CHECK(difference(other, {}, base, base) < 5e-5);
  }
  SECTION("also as transfer functions of CAMB and CLASS, normalised by a_s") {
    Cosmology primordial = base;
    primordial.a_s = 2.1e-9;
    write_rows(folder.file("camb.dat"), 1, [&](double k) {
      return std::vector{1.0, 1.0, 1.0, 1.0, 1.0, 3e5 * transfer(k), 1.0};
    });
    auto camb = table_config(folder.file("camb.dat"));
    camb.table_kind = "camb_transfer";
    camb.table_power_unit = "";
    CHECK(difference(camb, {}, primordial, primordial) < 1e-4);
    write_rows(
        folder.file("class.dat"), 1,
        [&](double k) {
          return std::vector{-1.0, -7 * k * k * transfer(k)};
        },
        "1:k (h/Mpc) 2:d_g 3:d_m");
    auto other = table_config(folder.file("class.dat"));
    other.table_kind = "class_transfer";
    other.table_power_unit = "";
    CHECK(difference(other, {}, primordial, primordial) < 1e-4);
  }
  SECTION("for other values of what leaves the shape alone") {
    Cosmology at = base;
    at.sigma_8 = 0.7, at.n_s = 1.02, at.w_0 = -0.8, at.w_a = 0.3;
    CHECK(difference(config, {}, base, at) < 5e-5);
    at.a_s = 1.9e-9;
    CHECK(difference(config, {}, base, at) < 1e-4);
  }
  SECTION("linear and with alignments") {
    SpectraConfig formula, tabulated = config;
    for (auto* one : {&formula, &tabulated}) {
      one->nonlinear = false;
      one->alignment_amplitude = 0.7;
    }
    CHECK(difference(tabulated, formula, base, base) < 5e-5);
  }
  SECTION("and no wiggles in the formula would not do") {
    SpectraConfig smooth;
    smooth.linear = "eisenstein_hu_no_wiggle";
    CHECK(difference(config, smooth, base, base) > 1e-3);
  }
}

TEST_CASE("a table that ends early goes on as the formula does", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const base;
  LinearPower const power(base);
  write_rows(
      folder.file("short.dat"), 1, [&](double k) { return std::vector{power(k)}; }, "k P", 1e-3,
      1.05);
  CHECK(difference(table_config(folder.file("short.dat")), {}, base, base) < 5e-3);
}

TEST_CASE("the formulae by name are those of the linear power", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const base;
  for (auto const* name : {"bbks", "eisenstein_hu_no_wiggle"}) {
    SpectraConfig formula;
    formula.linear = name;
    LinearPower const power(base, formula.transfer());
    write_rows(folder.file(name), 1, [&](double k) { return std::vector{power(k)}; });
    CHECK(difference(table_config(folder.file(name)), formula, base, base) < 5e-5);
  }
}

TEST_CASE("sigma_8 follows a_s", "[unit][cosmology]") {
  Cosmology cosmology;
  ShearSpectra const spectra(SourceConfig().make_bins());
  CHECK(spectra.sigma_8(cosmology) == 0.831);
  cosmology.a_s = 2e-9;
  CHECK_THAT(spectra.sigma_8(cosmology), WithinRel(LinearPower(cosmology).sigma(8), 1e-4));
}

TEST_CASE("a table that is not what the input says is refused", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const base;
  LinearPower const power(base);
  auto const values = [&](double k) { return std::vector{power(k)}; };
  auto const path = folder.file("pk.dat");
  write_rows(path, 1, values);
  auto const good = table_config(path);
  auto const refused = [&](SpectraConfig const& config, std::string const& text) {
    CHECK_THROWS_WITH(config.read_table(base), ContainsSubstring(text));
  };
  auto wrong = good;
  wrong.table_k_unit = "1/Mpc";
  refused(wrong, "check spectra.table_k_unit and spectra.table_power_unit");
  wrong.table_power_unit = "Mpc^3";
  refused(wrong, "times that of Eisenstein & Hu");
  wrong = good;
  wrong.table_power_unit = "Mpc^3";
  refused(wrong, "times that of Eisenstein & Hu");
  wrong = good;
  wrong.table_k_unit = "";
  refused(wrong, "spectra.table_k_unit = \"\": state the unit");
  wrong.table_k_unit = "kpc";
  refused(wrong, "\"h/Mpc\" or \"1/Mpc\"");
  wrong = good;
  wrong.table_power_unit = "";
  refused(wrong, "state the unit of the table's P");
  wrong.table_kind = "camb_transfer";
  refused(wrong, "needs column 7");
  wrong.table_power_unit = "Mpc^3";
  refused(wrong, "a transfer function has no unit");
  wrong = good;
  wrong.linear = "eisenstein_hu";
  refused(wrong, "is not read: set spectra.linear");
  wrong = good;
  wrong.wiggles = false;
  refused(wrong, "wiggles = false belongs to eisenstein_hu alone");
  wrong = good;
  wrong.table = "";
  refused(wrong, "name the file");
  wrong.table = folder.file("none.dat");
  CHECK_THROWS_AS(wrong.read_table(base), core::IoError);

  wrong.table = folder.file("short.dat");
  write_rows(wrong.table, 1, values, "k P", 1e-4, 0.5);
  refused(wrong, "or less to 1 or more");
  std::ofstream(wrong.table) << "1e-4 10\n1e-2 10\n0.1 10\n0.2 10\n1 10\n";
  refused(wrong, "write a denser table");
  write_rows(wrong.table, 1, [&](double k) { return std::vector{0.37 * power(k)}; });
  refused(wrong, "of redshift 0");
  // A transfer function has no amplitude, but a shape.
  wrong.table_kind = "class_transfer";
  wrong.table_power_unit = "";
  TransferFunction const transfer(base);
  write_rows(
      wrong.table, base.h,
      [&](double k) { return std::vector{transfer(k) * k * k * base.h * base.h}; }, "1:k 2:d_m");
  refused(wrong, "the shape of T^2 is");
  wrong.table_k_unit = "1/Mpc";
  CHECK_NOTHROW(wrong.read_table(base));
}

TEST_CASE("a table serves the parameters that leave its shape alone", "[unit][cosmology]") {
  test::ScratchFolder const folder;
  Cosmology const base;
  LinearPower const power(base);
  write_rows(folder.file("pk.dat"), 1, [&](double k) { return std::vector{power(k)}; });
  auto const config = table_config(folder.file("pk.dat"));
  CHECK_NOTHROW(config.check({"sigma_8", "n_s", "w_0", "w_a"}));
  CHECK_NOTHROW(config.check({"a_s"}));
  for (auto const* name : {"omega_c", "omega_b", "h", "omega_k", "omega_r", "t_cmb"}) {
    CHECK_THROWS_WITH(config.check({"sigma_8", name}),
                      ContainsSubstring("prior." + std::string(name)) &&
                          ContainsSubstring("spectra.linear = \"eisenstein_hu\""));
    ShearSpectra const spectra(SourceConfig().make_bins(), config, config.read_table(base));
    Cosmology other = base;
    other.set(name, base.get(name) + 1e-3);
    std::vector<double> const ell = {100};
    std::vector<double> c_ell(15);
    CHECK_THROWS_WITH(spectra.evaluate(other, ell, c_ell), ContainsSubstring("was made for"));
  }
  CHECK_NOTHROW(SpectraConfig().check({"omega_c"}));
}
