// SPDX-License-Identifier: BSD-3-Clause
// The text lists of Rockstar (out_N.list) and AHF (*.AHF_halos), told apart by their first line.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "halo_readers.hpp"
#include "numbers.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/array.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::io {

namespace {

constexpr std::string_view blanks = " \t";

struct List {
  std::string path;
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  std::vector<std::string> comments;
  std::vector<std::int64_t> ids;  ///< the first column once more: doubles hold 53 bits only

  std::vector<double> const* find(std::string const& name) const {
    auto const at = std::find(names.begin(), names.end(), name);
    return at == names.end() ? nullptr : &columns[static_cast<std::size_t>(at - names.begin())];
  }
  std::vector<double> const& get(std::string const& name) const {
    if (auto const* column = find(name)) return *column;
    throw core::InputError(
        fmt::format("{}: has no column '{}'; there are: {}", path, name, fmt::join(names, ", ")));
  }
  std::vector<double> scaled(std::string const& name, double factor) const {
    auto values = get(name);
    for (auto& v : values) v *= factor;
    return values;
  }
  /// Three columns as rows (n, 3); empty where the list has none of them.
  std::vector<double> vectors(std::vector<std::string> const& three, double factor) const {
    if (find(three[0]) == nullptr) return {};
    std::vector<double> rows;
    for (std::size_t i = 0; i < get(three[0]).size(); ++i)
      for (auto const& name : three) rows.push_back(factor * get(name)[i]);
    return rows;
  }
  std::vector<double> optional(std::string const& name) const {
    return find(name) == nullptr ? std::vector<double>{} : get(name);
  }
  std::vector<std::int64_t> integers(std::string const& name) const {
    std::vector<std::int64_t> values;
    for (double const v : get(name)) values.push_back(static_cast<std::int64_t>(v));
    return values;
  }
};

/// "Mvir(4)" is Mvir: AHF numbers its columns.
std::string bare_name(std::string_view name) {
  auto const open = name.rfind('(');
  bool const number = open != std::string_view::npos && name.back() == ')' &&
                      parse_number(name.substr(open + 1, name.size() - open - 2)).has_value();
  return std::string(number ? name.substr(0, open) : name);
}

std::int64_t parse_id(std::string const& path, std::int64_t line, std::string_view text) {
  std::int64_t id = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size())
    throw core::InputError(
        fmt::format("{}:{}: the id '{}' is not an integer below 2^63", path, line, text));
  return id;
}

List read_list(std::string const& path) {
  auto const text = read_text(path, default_size_cap);
  std::string_view rest = text;
  List list;
  list.path = path;
  auto first = next_line(rest);
  if (!first.empty() && first.front() == '#') first.remove_prefix(1);
  for (auto const name : split(first, blanks)) list.names.push_back(bare_name(name));
  list.columns.resize(list.names.size());
  for (std::int64_t number = 2; !rest.empty(); ++number) {
    auto const line = next_line(rest);
    auto const fields = split(line, blanks);
    if (fields.empty()) continue;
    if (line.front() == '#') {
      list.comments.emplace_back(line);
      continue;
    }
    if (fields.size() != list.names.size())
      throw core::InputError(
          fmt::format("{}:{}: {} values where {} columns are named: the list is "
                      "cut off or of another version",
                      path, number, fields.size(), list.names.size()));
    list.ids.push_back(parse_id(path, number, fields[0]));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      auto const value = parse_number(fields[i]);
      if (!value)
        throw core::InputError(fmt::format("{}:{}: column '{}': '{}' is not a number", path, number,
                                           list.names[i], fields[i]));
      list.columns[i].push_back(*value);
    }
  }
  return list;
}

/// The number after `key` in the comments.
std::optional<double> comment_number(List const& list, std::string const& key) {
  for (auto const& line : list.comments) {
    auto const at = line.find(key);
    if (at == std::string::npos) continue;
    for (auto const word : split(std::string_view(line).substr(at + key.size()), " =:;\t"))
      return parse_number(word);
  }
  return std::nullopt;
}

HaloCatalogue from_rockstar(List const& list) {
  HaloCatalogue c;
  c.format = "rockstar-ascii";
  // Columns 3 and 6 are mass and radius of the first mass definition, and named after it.
  c.mass_definition = list.names.at(2);
  auto const radius = "R" + c.mass_definition.substr(1);
  c.scale_factor = comment_number(list, "#a = ").value_or(0);
  c.omega_m = comment_number(list, "Om = ").value_or(0);
  c.h = comment_number(list, " h = ").value_or(0);
  c.box_side = comment_number(list, "#Box size: ").value_or(0);
  c.particle_mass = comment_number(list, "#Particle mass: ").value_or(0);
  c.id = list.ids;
  c.particles = list.integers("Np");
  c.mass = list.get(c.mass_definition);
  c.radius = list.scaled(list.find(radius) != nullptr ? radius : list.names.at(5), 1e-3);
  c.position = list.vectors({"X", "Y", "Z"}, 1);
  c.velocity = list.vectors({"VX", "VY", "VZ"}, 1);
  c.b_to_a = list.optional("b_to_a");
  c.c_to_a = list.optional("c_to_a");
  c.major_axis = list.vectors({"A[x]", "A[y]", "A[z]"}, 1);
  c.spin = list.optional("spin_bullock");
  return c;
}

HaloCatalogue from_ahf(List const& list) {
  HaloCatalogue c;
  c.format = "ahf";
  c.mass_definition = list.find("Mvir") != nullptr ? "Mvir" : "Mhalo";
  c.id = list.ids;
  c.particles = list.integers("npart");
  c.mass = list.get(c.mass_definition);
  c.radius = list.scaled(list.find("Rvir") != nullptr ? "Rvir" : "Rhalo", 1e-3);
  c.position = list.vectors({"Xc", "Yc", "Zc"}, 1e-3);
  c.velocity = list.vectors({"VXc", "VYc", "VZc"}, 1);
  c.b_to_a = list.optional("b");
  c.c_to_a = list.optional("c");
  c.major_axis = list.vectors({"Eax", "Eay", "Eaz"}, 1);
  c.spin = list.optional("lambda");
  return c;
}

}  // namespace

HaloCatalogue read_halo_list(std::string const& path) {
  auto const list = read_list(path);
  if (list.find("hostHalo") != nullptr) return from_ahf(list);
  if (list.find("DescID") != nullptr) return from_rockstar(list);
  throw core::InputError(
      fmt::format("{}: its first line names neither Rockstar's columns (ID DescID ...) nor AHF's "
                  "(ID hostHalo ...): map its columns by a table [columns]",
                  path));
}

}  // namespace shearwater::io
