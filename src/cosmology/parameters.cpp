// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/cosmology/parameters.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/background.hpp"

namespace shearwater::cosmology {

namespace {

struct Parameter {
  std::string name;
  double Cosmology::*member;
};

std::vector<Parameter> const& parameters() {
  static std::vector<Parameter> const list = {{"omega_c", &Cosmology::omega_c},
                                              {"omega_b", &Cosmology::omega_b},
                                              {"h", &Cosmology::h},
                                              {"n_s", &Cosmology::n_s},
                                              {"sigma_8", &Cosmology::sigma_8},
                                              {"a_s", &Cosmology::a_s},
                                              {"w_0", &Cosmology::w_0},
                                              {"w_a", &Cosmology::w_a},
                                              {"omega_k", &Cosmology::omega_k},
                                              {"omega_r", &Cosmology::omega_r},
                                              {"t_cmb", &Cosmology::t_cmb},
                                              {"m_nu", &Cosmology::m_nu}};
  return list;
}

double Cosmology::*member_of(std::string_view name) {
  for (auto const& parameter : parameters())
    if (parameter.name == name) return parameter.member;
  auto const near = core::nearest(std::string(name), Cosmology::parameter_names());
  throw core::InputError(fmt::format("'{}' is not a cosmological parameter{}; there are {}", name,
                                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near),
                                     fmt::join(Cosmology::parameter_names(), ", ")));
}

/// Published parameters; where the original has massive neutrinos their density is in omega_c.
std::map<std::string, Cosmology> const& table() {
  static std::map<std::string, Cosmology> const models = [] {
    std::map<std::string, Cosmology> named;
    auto add = [&](std::string const& name, double omega_c, double omega_b, double h, double n_s,
                   double sigma_8, double t_cmb) {
      Cosmology model;
      model.base = name;
      model.omega_c = omega_c, model.omega_b = omega_b, model.h = h, model.n_s = n_s;
      model.sigma_8 = sigma_8, model.t_cmb = t_cmb;
      named.emplace(name, model);
    };
    // Zeghal et al. 2024 and its first version (2023), as sbi_lens has them.
    add("lsst_y10", 0.2664, 0.0492, 0.6727, 0.9645, 0.831, 2.726);
    add("sbi_two_parameter", 0.3, 0.0486, 0.6774, 0.9667, 0.8, 2.726);
    // Planck 2018 VI, table 2, TT,TE,EE+lowE+lensing+BAO; Planck 2015 XIII, table 4, last column.
    add("planck18", 0.26213, 0.04897, 0.6766, 0.9665, 0.8102, 2.7255);
    add("planck15", 0.26030, 0.04860, 0.6774, 0.9667, 0.8159, 2.7255);
    // Hinshaw et al. 2013, table 4, WMAP+eCMB+BAO+H0; Komatsu et al. 2011, table 1 (maximum
    // likelihood).
    add("wmap9", 0.2402, 0.04628, 0.6932, 0.9608, 0.820, 2.725);
    add("wmap7", 0.2265, 0.0455, 0.704, 0.967, 0.810, 2.725);
    return named;
  }();
  return models;
}

void require_value(bool right, char const* name, double value, char const* range) {
  if (!right) throw core::InputError(fmt::format("cosmology: {} = {} {}", name, value, range));
}

void check_expansion(Cosmology const& cosmology) {
  for (double log_a = 0; log_a > -9.3; log_a -= 0.1) {
    double const squared = expansion_squared(cosmology, log_a);
    if (!(squared > 0) || !std::isfinite(squared))
      throw core::InputError(fmt::format(
          "cosmology: omega_m = {}, omega_de = {}, omega_k = {}, w_0 = {}, w_a = {} have no big "
          "bang: H^2/H0^2 = {} at z = {:.4g}; take dark energy or curvature nearer to zero",
          cosmology.omega_m(), cosmology.omega_de(), cosmology.omega_k, cosmology.w_0,
          cosmology.w_a, squared, std::exp(-log_a) - 1));
  }
}

}  // namespace

void Cosmology::describe(core::Fields& field) {
  field("base", base, "", "named cosmology whose values the other keys change")
      .one_of(named_cosmologies());
  field("omega_c", omega_c, "", "density of cold dark matter today, in critical densities")
      .between(0, 2);
  field("omega_b", omega_b, "", "density of baryons today").between(0, 1);
  field("h", h, "100 km/s/Mpc", "Hubble parameter today").between(0.1, 2);
  field("n_s", n_s, "", "slope of the primordial spectrum").between(0, 2);
  field("sigma_8", sigma_8, "", "rms linear overdensity in spheres of 8 Mpc/h today").between(0, 3);
  field("a_s", a_s, "", "primordial amplitude at 0.05/Mpc, in place of sigma_8 where positive")
      .between(0, 1e-7);
  field("w_0", w_0, "", "equation of state of dark energy today").between(-5, 1);
  field("w_a", w_a, "", "its change: w(a) = w_0 + w_a (1 - a)").between(-5, 5);
  field("omega_k", omega_k, "", "curvature").between(-1, 1);
  field("omega_r", omega_r, "", "density of radiation today, in the expansion rate")
      .between(0, 0.1);
  field("t_cmb", t_cmb, "K", "temperature of the microwave background").between(1, 10);
  field("m_nu", m_nu, "eV", "sum of neutrino masses; only 0 is supported").between(0, 10);
}

void Cosmology::set(std::string_view name, double value) { this->*member_of(name) = value; }
double Cosmology::get(std::string_view name) const { return this->*member_of(name); }

std::vector<std::string> const& Cosmology::parameter_names() {
  static std::vector<std::string> const names = [] {
    std::vector<std::string> list;
    for (auto const& parameter : parameters()) list.push_back(parameter.name);
    return list;
  }();
  return names;
}

void Cosmology::check() const {
  for (auto const& parameter : parameters())
    require_value(std::isfinite(this->*parameter.member), parameter.name.c_str(),
                  this->*parameter.member, "is not a finite number");
  require_value(
      m_nu == 0, "m_nu", m_nu,
      "eV: massive neutrinos make the growth depend on scale, which the fits of the transfer "
      "function and of halofit used here do not describe; set m_nu = 0 and count their "
      "density as cold dark matter");
  require_value(omega_c >= 0, "omega_c", omega_c, "must not be negative");
  require_value(omega_b >= 0, "omega_b", omega_b, "must not be negative");
  require_value(omega_m() > 0, "omega_c + omega_b", omega_m(), "must be positive");
  require_value(omega_r >= 0, "omega_r", omega_r, "must not be negative");
  require_value(h > 0, "h", h, "must be positive");
  require_value(t_cmb > 0, "t_cmb", t_cmb, "must be positive");
  require_value(a_s >= 0, "a_s", a_s, "must not be negative (0 uses sigma_8)");
  require_value(a_s > 0 || sigma_8 > 0, "sigma_8", sigma_8, "must be positive");
  check_expansion(*this);
}

Cosmology named_cosmology(std::string const& name) {
  auto const found = table().find(name);
  if (found != table().end()) return found->second;
  throw core::InputError(fmt::format("'{}' is not a named cosmology; known are: {}", name,
                                     fmt::join(named_cosmologies(), ", ")));
}

std::vector<std::string> named_cosmologies() {
  std::vector<std::string> names;
  for (auto const& [name, model] : table()) names.push_back(name);
  return names;
}

Cosmology read_cosmology(core::Config& config, std::string const& table_name) {
  // Defaults depend on `base`: read it first, then all keys again over the named values.
  auto const first = config.read<Cosmology>(table_name);
  Cosmology cosmology = named_cosmology(first.base);
  core::Fields fields;
  cosmology.describe(fields);
  config.read_table(table_name, fields);
  cosmology.check();
  return cosmology;
}

}  // namespace shearwater::cosmology
