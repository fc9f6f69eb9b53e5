// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/config.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "shearwater/core/error.hpp"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace shearwater::core {

struct Config::State {
  toml::table root;
  std::string name;
  std::filesystem::path folder;
  std::map<std::string, std::set<std::string>> read;  // table -> keys that were read
  std::vector<std::pair<std::string, std::string>>
      resolved;  // table -> its text, in order of reading
};

namespace {

std::string place(std::string const& name, toml::source_region const& source) {
  if (!source.begin) return name;
  return fmt::format("{}:{}:{}", name, source.begin.line, source.begin.column);
}

toml::table parse(std::string const& text, std::string const& name) {
  try {
    return toml::parse(text, name);
  } catch (toml::parse_error const& error) {
    throw InputError(
        fmt::format("{}: not valid TOML: {}", place(name, error.source()), error.description()));
  }
}

/// The value of an override: TOML if it parses as TOML, else a text.
toml::table override_value(std::string const& text) {
  try {
    return toml::parse("value = " + text);
  } catch (toml::parse_error const&) {
    toml::table table;
    table.insert("value", text);
    return table;
  }
}

void apply_override(toml::table& root, std::string const& assignment) {
  auto const equals = assignment.find('=');
  auto const dot = assignment.rfind('.', equals);
  if (equals == std::string::npos || dot == std::string::npos || dot == 0)
    throw UsageError(fmt::format(
        "--set {}: expected table.key=value, for example --set maps.pixels=256", assignment));
  std::string const path = assignment.substr(0, dot);
  toml::table* table = &root;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    if (table->get(part) == nullptr) table->insert(part, toml::table{});
    auto* next = table->get(part)->as_table();
    if (next == nullptr)
      throw UsageError(fmt::format("--set {}: '{}' is a value, not a table", assignment, part));
    table = next;
  }
  auto value = override_value(assignment.substr(equals + 1));
  table->insert_or_assign(assignment.substr(dot + 1, equals - dot - 1), *value.get("value"));
}

/// "step[2]" -> element 2 of the array of tables "step"; "prior.omega_c" -> nested tables.
toml::table const* find_table(toml::table const& root, std::string const& path) {
  toml::table const* table = &root;
  std::istringstream parts(path);
  for (std::string part; table != nullptr && std::getline(parts, part, '.');) {
    auto const bracket = part.find('[');
    auto const* node = table->get(part.substr(0, bracket));
    if (node == nullptr) return nullptr;
    if (bracket == std::string::npos) {
      table = node->as_table();
    } else {
      auto const* array = node->as_array();
      auto const index = std::stoul(part.substr(bracket + 1));
      table = array != nullptr && index < array->size() ? (*array)[index].as_table() : nullptr;
    }
  }
  return table;
}

std::string type_text(FieldSpec::Value const& value) {
  static char const* const names[] = {"true or false",  "a whole number",     "a number",
                                      "a text",         "a list of integers", "a list of numbers",
                                      "a list of texts"};
  return names[value.index()];
}

template <class T>
bool assign_scalar(toml::node const& node, T& target) {
  if constexpr (std::is_same_v<T, double>) {
    if (auto const number = node.value<double>(); number && node.is_number())
      return target = *number, true;
  } else {
    if (auto const value = node.value_exact<T>()) return target = *value, true;
  }
  return false;
}

template <class T>
bool assign_list(toml::node const& node, std::vector<T>& target) {
  auto const* array = node.as_array();
  if (array == nullptr) return false;
  std::vector<T> values(array->size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!assign_scalar((*array)[i], values[i])) return false;
  target = std::move(values);
  return true;
}

struct Assign {
  toml::node const& node;
  template <class T>
  bool operator()(T* target) const {
    return assign_scalar(node, *target);
  }
  template <class T>
  bool operator()(std::vector<T>* target) const {
    return assign_list(node, *target);
  }
};

void make_absolute(FieldSpec const& spec, std::string const& folder) {
  auto const change = [&](std::string& name) {
    if (name.empty() || name.find("${") != std::string::npos) return;
    name =
        std::filesystem::absolute(std::filesystem::path(folder) / name).lexically_normal().string();
  };
  if (auto* const* list = std::get_if<std::vector<std::string>*>(&spec.value()))
    for (auto& name : **list) change(name);
  else
    change(*std::get<std::string*>(spec.value()));
}

std::string suggestion(std::string const& word, std::vector<std::string> const& candidates) {
  auto const near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

}  // namespace

Config Config::from_text(std::string const& text, std::string const& name,
                         std::vector<std::string> const& overrides) {
  Config config;
  config.state_ = std::make_shared<State>();
  config.state_->root = parse(text, name);
  config.state_->name = name;
  config.state_->folder = std::filesystem::path(name).parent_path();
  for (auto const& assignment : overrides) apply_override(config.state_->root, assignment);
  return config;
}

Config Config::from_file(std::string const& path, std::vector<std::string> const& overrides) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw IoError(fmt::format("{}: the input file cannot be read (does it exist?)", path));
  std::ostringstream text;
  text << file.rdbuf();
  return from_text(text.str(), path, overrides);
}

void Config::read_table(std::string const& table_name, Fields const& fields) {
  auto& state = *state_;
  auto const* table = find_table(state.root, table_name);
  std::string text;
  for (auto const& spec : fields.specs()) {
    state.read[table_name].insert(spec->key());
    auto const* node = table == nullptr ? nullptr : table->get(spec->key());
    auto const at = where(table_name, spec->key());
    if (node == nullptr && spec->is_required())
      throw InputError(fmt::format("{}: {}.{} is missing: give {} [{}], {}", at, table_name,
                                   spec->key(), type_text(spec->value()), spec->unit(),
                                   spec->help()));
    if (node != nullptr && !std::visit(Assign{*node}, spec->value()))
      throw InputError(fmt::format("{}: {}.{} must be {} ({})", at, table_name, spec->key(),
                                   type_text(spec->value()), spec->help()));
    if (auto const wrong = spec->violation(); !wrong.empty())
      throw InputError(fmt::format("{}: {}.{} = {}: {}", at, table_name, spec->key(),
                                   spec->value_text(), wrong));
    if (node != nullptr && spec->is_path()) make_absolute(*spec, folder());
    text += fmt::format("{} = {}\n", spec->key(), spec->value_text());
  }
  std::erase_if(state.resolved, [&](auto const& entry) { return entry.first == table_name; });
  state.resolved.emplace_back(table_name, text);
  if (table == nullptr) return;
  std::vector<std::string> known;
  for (auto const& spec : fields.specs()) known.push_back(spec->key());
  for (auto const& [key, node] : *table) {
    std::string const word(key.str());
    if (node.is_table() || node.is_array_of_tables() || state.read[table_name].contains(word))
      continue;
    throw InputError(fmt::format("{}: unknown key '{}' in [{}]{}", place(state.name, key.source()),
                                 word, table_name, suggestion(word, known)));
  }
}

void Config::set(std::string const& table, std::string const& key, std::string const& text) {
  auto& root = state_->root;
  if (root.get(table) == nullptr) root.insert(table, toml::table{});
  // What is no table is refused when it is read.
  if (auto* keys = root.get(table)->as_table()) keys->insert_or_assign(key, text);
}

bool Config::has(std::string const& table) const {
  return find_table(state_->root, table) != nullptr;
}

std::vector<std::string> Config::tables_in(std::string const& table_name) const {
  std::vector<std::pair<std::uint32_t, std::string>> found;
  auto const* table = find_table(state_->root, table_name);
  if (table == nullptr) return {};
  for (auto const& [key, node] : *table)
    if (node.is_table()) found.emplace_back(key.source().begin.line, std::string(key.str()));
  // toml++ sorts keys by name; the order of the file is the order that its author chose.
  std::stable_sort(found.begin(), found.end(),
                   [](auto const& a, auto const& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& entry : found) names.push_back(std::move(entry.second));
  return names;
}

std::int64_t Config::array_size(std::string const& table) const {
  auto const* node = state_->root.get(table);
  auto const* array = node == nullptr ? nullptr : node->as_array();
  return array == nullptr ? 0 : static_cast<std::int64_t>(array->size());
}

void Config::refuse_unread() const {
  auto const& state = *state_;
  std::vector<std::string> known;
  for (auto const& entry : state.read) known.push_back(entry.first);
  auto const is_prefix = [&](std::string const& path) {
    for (auto const& name : known)
      if (name == path || name.starts_with(path + ".") || name.starts_with(path + "[")) return true;
    return false;
  };
  std::function<void(toml::table const&, std::string const&)> const visit =
      [&](toml::table const& table, std::string const& prefix) {
        for (auto const& [key, node] : table) {
          std::string const path = prefix + std::string(key.str());
          auto const at = place(state.name, key.source());
          if (node.is_table()) {
            if (!is_prefix(path))
              throw InputError(
                  fmt::format("{}: unknown table [{}]{}", at, path, suggestion(path, known)));
            visit(*node.as_table(), path + ".");
          } else if (node.is_array_of_tables() ? !is_prefix(path) : prefix.empty()) {
            throw InputError(
                fmt::format("{}: '{}' is not known here{}", at, path, suggestion(path, known)));
          }
        }
      };
  visit(state.root, "");
}

std::string Config::resolved() const {
  std::string text;
  for (auto const& [table, keys] : state_->resolved) {
    auto const bracket = table.find('[');
    text += bracket == std::string::npos ? fmt::format("[{}]\n", table)
                                         : fmt::format("[[{}]]\n", table.substr(0, bracket));
    text += keys + "\n";
  }
  return text;
}

std::string const& Config::name() const { return state_->name; }

std::string Config::folder() const {
  return state_->folder.empty() ? std::string(".") : state_->folder.string();
}

std::string Config::path_from(std::string const& path) const {
  return core::path_from(folder(), path);
}

std::string Config::where(std::string const& table_name, std::string const& key) const {
  auto const* table = find_table(state_->root, table_name);
  auto const* node = table == nullptr ? nullptr : table->get(key);
  if (node != nullptr) return place(state_->name, node->source());
  return table == nullptr ? state_->name : place(state_->name, table->source());
}

}  // namespace shearwater::core
