// SPDX-License-Identifier: BSD-3-Clause
#include "simulation_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::io {

namespace {

constexpr double largest_contradiction = 0.02;

/// The nearest power of ten where `factor` is that within `tolerance`, else `factor`.
double exact_power(double factor, double tolerance) {
  double const power = std::pow(10.0, std::round(std::log10(factor)));
  return std::abs(factor / power - 1) < tolerance ? power : factor;
}

bool differ(double a, double b) { return std::abs(a / b - 1) > largest_contradiction; }

}  // namespace

std::vector<double> find_list(InputFile const& file, std::string const& object,
                              std::string const& name) {
  if (!file.contains(object) || !file.has_attribute(object, name)) return {};
  auto const value = file.attribute(object, name);
  if (auto const* d = std::get_if<double>(&value)) return {*d};
  if (auto const* i = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*i)};
  if (auto const* list = std::get_if<std::vector<double>>(&value)) return *list;
  if (auto const* list = std::get_if<std::vector<std::int64_t>>(&value))
    return {list->begin(), list->end()};
  throw core::InputError(
      fmt::format("{}: attribute {} of {} is not a number", file.path(), name, object));
}

std::optional<double> find_number(InputFile const& file, std::string const& object,
                                  std::string const& name) {
  auto const list = find_list(file, object, name);
  if (list.empty()) return std::nullopt;
  if (!std::isfinite(list[0]))
    throw core::InputError(fmt::format("{}: attribute {} of {} is {}: must be a finite number",
                                       file.path(), name, object, list[0]));
  if (std::any_of(list.begin(), list.end(), [&](double v) { return v != list[0]; }))
    throw core::InputError(fmt::format(
        "{}: attribute {} of {} holds different numbers ({:g}, {:g}...): only cubic boxes are read",
        file.path(), name, object, list[0], list[1]));
  return list[0];
}

std::optional<double> first_number(InputFile const& file, std::vector<std::string> const& places) {
  for (auto const& place : places) {
    auto const colon = place.rfind(':');
    if (auto const value = find_number(file, place.substr(0, colon), place.substr(colon + 1)))
      return value;
  }
  return std::nullopt;
}

bool is_swift(InputFile const& file) {
  if (!file.contains("/Header") || !file.has_attribute("/Header", "Code")) return false;
  auto const value = file.attribute("/Header", "Code");
  if (auto const* text = std::get_if<std::string>(&value)) return *text == "SWIFT";
  auto const* texts = std::get_if<std::vector<std::string>>(&value);
  return texts != nullptr && !texts->empty() && texts->front() == "SWIFT";
}

std::optional<double> settle(InputFile const& file, std::string const& what, std::string const& key,
                             std::optional<double> found, double stated) {
  if (stated == 0) return found;
  if (found && *found != 0 && differ(*found, stated))
    throw core::InputError(fmt::format(
        "{}: says that {} is {:g}, but {} states {:g}: more than 2 % apart; correct the input, or "
        "leave the key out",
        file.path(), what, *found, key, stated));
  return stated;
}

SnapshotHeader read_common_header(InputFile const& file, SnapshotConfig const& config) {
  SnapshotHeader header;
  header.code = is_swift(file) ? "SWIFT" : "Gadget";
  auto const box = first_number(file, {"/Header:BoxSize", "/Parameters:BoxSize"});
  if (!box || !(*box > 0))
    throw core::InputError(fmt::format(
        "{}: has no /Header/BoxSize above 0, so it is no snapshot or catalogue in Gadget's or "
        "SWIFT's layout",
        file.path()));
  header.box_side = *box;
  auto const redshift = find_number(file, "/Header", "Redshift");
  auto const time = find_number(file, "/Header", header.code == "SWIFT" ? "Scale-factor" : "Time");
  if (!redshift && !time)
    throw core::InputError(
        fmt::format("{}: has neither Redshift nor Time in its Header", file.path()));
  header.scale_factor = time ? *time : 1 / (1 + *redshift);
  if (!(header.scale_factor > 0) ||
      (redshift && time && differ(header.scale_factor * (1 + *redshift), 1)))
    throw core::InputError(fmt::format(
        "{}: Time = {:g} is not the scale factor of Redshift = {:g}: only cosmological runs are "
        "read",
        file.path(), header.scale_factor, redshift.value_or(0)));
  auto const omega_m =
      settle(file, "omega_m", "snapshot.omega_m",
             first_number(file, {"/Header:Omega0", "/Parameters:Omega0", "/Cosmology:Omega_m"}),
             config.omega_m);
  auto const h =
      settle(file, "h", "snapshot.h",
             first_number(file, {"/Header:HubbleParam", "/Parameters:HubbleParam", "/Cosmology:h"}),
             config.h);
  header.omega_m = omega_m.value_or(0);
  header.omega_de = first_number(file, {"/Header:OmegaLambda", "/Parameters:OmegaLambda",
                                        "/Cosmology:Omega_lambda"})
                        .value_or(0);
  header.h = h.value_or(0);
  return header;
}

namespace {

double unit(InputFile const& file, std::string const& what, std::string const& key,
            std::vector<std::string> const& places, double stated) {
  auto const value = settle(file, "the unit of " + what, key, first_number(file, places), stated);
  if (value && *value > 0) return *value;
  throw core::InputError(fmt::format("{}: does not say what its unit of {} is: state it as {}",
                                     file.path(), what, key));
}

/// Whether lengths are in units per h.
bool with_h(InputFile const& file, SnapshotConfig const& config, std::string const& example) {
  std::optional<bool> found;
  if (is_swift(file)) found = false;
  if (!found && file.contains(example))
    if (auto const power = find_number(file, example, "h_scaling")) found = *power == -1;
  if (config.units_with_h == "file") {
    if (found) return *found;
    throw core::InputError(
        fmt::format("{}: does not say whether its units carry 1/h: state snapshot.units_with_h as "
                    "\"yes\" (Mpc/h, kpc/h) or \"no\"",
                    file.path()));
  }
  bool const stated = config.units_with_h == "yes";
  if (found && *found != stated)
    throw core::InputError(
        fmt::format("{}: says that its units {} 1/h, but snapshot.units_with_h is \"{}\"",
                    file.path(), *found ? "carry" : "do not carry", config.units_with_h));
  return stated;
}

}  // namespace

UnitFactors read_unit_factors(InputFile const& file, SnapshotConfig const& config,
                              std::string const& example, double h) {
  auto const places = [](std::string const& gadget, std::string const& swift) {
    return std::vector<std::string>{"/Header:" + gadget, "/Parameters:" + gadget,
                                    "/Units:" + gadget, "/Units:" + swift};
  };
  double const length =
      unit(file, "length", "snapshot.unit_length_cm",
           places("UnitLength_in_cm", "Unit length in cgs (U_L)"), config.unit_length_cm);
  double const mass = unit(file, "mass", "snapshot.unit_mass_g",
                           places("UnitMass_in_g", "Unit mass in cgs (U_M)"), config.unit_mass_g);
  auto found = first_number(file, places("UnitVelocity_in_cm_per_s", ""));
  if (auto const time = first_number(file, {"/Units:Unit time in cgs (U_t)"}))
    found = length / *time;
  auto const velocity = settle(file, "the unit of velocity", "snapshot.unit_velocity_cm_s", found,
                               config.unit_velocity_cm_s);
  bool const per_h = with_h(file, config, example);
  if (!per_h && !(h > 0))
    throw core::InputError(
        fmt::format("{}: its units carry no h, and h is not known: state snapshot.h", file.path()));
  double const to_h = per_h ? 1 : h;
  UnitFactors factors;
  factors.length = exact_power(length / units::cm_per_mpc, 2e-5) * to_h;
  factors.mass = exact_power(mass / units::g_per_solar_mass, 1e-3) * to_h;
  // Without a unit velocities cannot be read; whether the file has any is seen later.
  factors.velocity = velocity ? exact_power(*velocity / 1e5, 2e-5) : 0;
  return factors;
}

std::vector<std::string> file_set(std::string const& path, std::int64_t count) {
  if (count <= 1) return {path};
  static std::regex const numbered(R"((.*\.)\d+(\.[^./]+))");
  std::smatch parts;
  if (!std::regex_match(path, parts, numbered))
    throw core::InputError(fmt::format(
        "{}: is one of {} files, but its name has no number: name one such as snapshot_099.0.hdf5",
        path, count));
  std::vector<std::string> files;
  for (std::int64_t i = 0; i < count; ++i)
    files.push_back(fmt::format("{}{}{}", parts[1].str(), i, parts[2].str()));
  return files;
}

}  // namespace shearwater::io
