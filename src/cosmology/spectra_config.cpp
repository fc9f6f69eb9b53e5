// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"

namespace shearwater::cosmology {

namespace {

void require_key(bool right, char const* key, std::string const& value, char const* remedy) {
  if (!right) throw core::InputError(fmt::format("spectra.{} = \"{}\": {}", key, value, remedy));
}

}  // namespace

void SpectraConfig::describe(core::Fields& field) {
  field("nonlinear", nonlinear, "", "halofit (Takahashi et al. 2012); false: linear spectrum");
  field("linear", linear, "", "shape of the linear power: Eisenstein & Hu (1998), BBKS, or a table")
      .one_of({"eisenstein_hu", "eisenstein_hu_no_wiggle", "bbks", "table"});
  field("wiggles", wiggles, "", "false: eisenstein_hu without its baryon oscillations");
  field("drag", drag, "", "convention of the drag epoch in eisenstein_hu")
      .one_of({"ccl", "jax_cosmo"});
  field("table", table, "",
        "table: file of the linear power at z = 0 of [cosmology], whose sigma_8 or a_s gives the "
        "amplitude; a prior may vary sigma_8, a_s, n_s, w_0 and w_a")
      .path();
  field("table_kind", table_kind, "",
        "power: columns k, P (CAMB, CLASS); camb_transfer: k first, total seventh; class_transfer: "
        "k first, d_m or d_tot by the header")
      .one_of({"power", "camb_transfer", "class_transfer"});
  field("table_k_unit", table_k_unit, "", "unit of the table's k, to be stated: h/Mpc or 1/Mpc");
  field("table_power_unit", table_power_unit, "",
        "unit of the table's P, to be stated for table_kind = power: (Mpc/h)^3 or Mpc^3");
  field("spin_prefactor", spin_prefactor, "",
        "multiply by (l+2)(l+1)l(l-1)/(l+1/2)^4: shear on the curved sky");
  field("alignment_amplitude", alignment_amplitude, "",
        "amplitude of the nonlinear alignment model")
      .between(-20, 20);
  field("alignment_eta", alignment_eta, "", "its power of (1+z)/(1+pivot)").between(-10, 10);
  field("alignment_pivot", alignment_pivot, "", "its pivot redshift").between(0, 10);
}

void SpectraConfig::check() const {
  require_key(linear == "eisenstein_hu" || linear == "eisenstein_hu_no_wiggle" ||
                  linear == "bbks" || linear == "table",
              "linear", linear, "must be eisenstein_hu, eisenstein_hu_no_wiggle, bbks or table");
  require_key(drag == "ccl" || drag == "jax_cosmo", "drag", drag, "must be ccl or jax_cosmo");
  require_key(wiggles || linear.starts_with("eisenstein_hu"), "linear", linear,
              "wiggles = false belongs to eisenstein_hu alone; leave it out");
  if (linear != "table") {
    require_key(table.empty(), "table", table,
                "is not read: set spectra.linear = \"table\", or leave the table out");
    return;
  }
  require_key(!table.empty(), "table", table, "name the file of the linear power");
  require_key(table_k_unit == "h/Mpc" || table_k_unit == "1/Mpc", "table_k_unit", table_k_unit,
              "state the unit of the table's k: \"h/Mpc\" or \"1/Mpc\"");
  if (table_kind == "power")
    require_key(table_power_unit == "(Mpc/h)^3" || table_power_unit == "Mpc^3", "table_power_unit",
                table_power_unit, "state the unit of the table's P: \"(Mpc/h)^3\" or \"Mpc^3\"");
  else
    require_key(table_power_unit.empty(), "table_power_unit", table_power_unit,
                "a transfer function has no unit; leave it out, or set spectra.table_kind = "
                "\"power\"");
}

void SpectraConfig::check(std::vector<std::string> const& varied) const {
  check();
  if (linear != "table") return;
  for (auto const& name : varied)
    if (!LinearTable::serves(name))
      throw core::InputError(fmt::format(
          "prior.{} and spectra.linear = \"table\": a table is the linear power of one cosmology, "
          "whose shape changes with {}; vary only sigma_8, a_s, n_s, w_0 and w_a, or set "
          "spectra.linear = \"eisenstein_hu\"",
          name, name));
}

Transfer SpectraConfig::transfer() const {
  if (linear == "bbks") return Transfer::bbks;
  return linear == "eisenstein_hu" && wiggles ? Transfer::eisenstein_hu
                                              : Transfer::eisenstein_hu_no_wiggle;
}

namespace {

/// The file of linear = "table" in h/Mpc and (Mpc/h)^3.
PowerTable read_power_table(SpectraConfig const& config, double h, std::string const& path) {
  require_key(!path.empty(), "table", config.table, "an environment variable in it is not set");
  auto values = PowerTable::read(path, config.table_kind);
  if (config.table_k_unit == "1/Mpc")
    for (double& k : values.k) k /= h;
  if (config.table_power_unit == "Mpc^3")
    for (double& power : values.value) power *= std::pow(h, 3);
  return values;
}

}  // namespace

std::string SpectraConfig::table_file(std::string const& folder) const {
  return linear == "table" ? core::path_from(folder, table) : "";
}

std::shared_ptr<LinearTable const> SpectraConfig::read_table(Cosmology const& cosmology,
                                                             std::string const& folder) const {
  check();
  if (linear != "table") return nullptr;
  auto const path = table_file(folder);
  return std::make_shared<LinearTable const>(read_power_table(*this, cosmology.h, path), cosmology,
                                             path);
}

LinearPower SpectraConfig::linear_power(Cosmology const& cosmology,
                                        std::string const& folder) const {
  check();
  if (linear != "table")
    return LinearPower(cosmology, transfer(), drag == "ccl" ? Drag::ccl : Drag::jax_cosmo);
  auto const path = table_file(folder);
  auto const values = read_power_table(*this, cosmology.h, path);
  LinearTable const checked(values, cosmology, path);
  return LinearPower(cosmology, values);
}

}  // namespace shearwater::cosmology
