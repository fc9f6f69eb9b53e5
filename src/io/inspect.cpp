// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/inspect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shearwater/core/error.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

namespace {

struct AttributeText {
  std::string operator()(std::string const& value) const { return "\"" + value + "\""; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return number_text(value); }
  template <class T>
  std::string operator()(std::vector<T> const& values) const {
    std::vector<std::string> texts;
    for (auto const& value : values) texts.push_back((*this)(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
};

/// Foreign files may hold attributes that we do not read; they are named all the same.
std::string attribute_text(InputFile const& file, std::string const& object,
                           std::string const& name) {
  try {
    return std::visit(AttributeText{}, file.attribute(object, name));
  } catch (core::InputError const&) {
    return "(not text or number)";
  }
}

bool is_meaning(std::string const& name) {
  return name == "unit" || name == "description" || name == "power_of_a" || name == "power_of_h";
}

void append_attributes(InputFile const& file, std::string const& object, std::string const& indent,
                       std::string& text) {
  for (auto const& name : file.attribute_names(object))
    if (!is_meaning(name))
      text += fmt::format("{}@{} = {}\n", indent, name, attribute_text(file, object, name));
}

void append_dataset(InputFile const& file, std::string const& name, std::string const& child,
                    std::string const& indent, std::string& text) {
  try {
    auto const info = file.info(name);
    text += fmt::format(
        "{}{}  {} {}  [{}]{}{}{}  {}\n", indent, child, type_name(info.type),
        shape_text(info.shape), info.meaning.unit.empty() ? "?" : info.meaning.unit,
        info.meaning.power_of_a == 0 ? ""
                                     : fmt::format(" a^{}", number_text(info.meaning.power_of_a)),
        info.meaning.power_of_h == 0 ? ""
                                     : fmt::format(" h^{}", number_text(info.meaning.power_of_h)),
        info.checksum ? " fletcher32" : " no checksum", info.meaning.description);
    append_attributes(file, name, indent + "  ", text);
  } catch (core::InputError const& error) {
    text += fmt::format("{}{}  (not readable here: {})\n", indent, child, error.what());
  }
}

void append_group(InputFile const& file, std::string const& group, std::string const& indent,
                  std::string& text) {
  append_attributes(file, group.empty() ? "/" : group, indent, text);
  for (auto const& child : file.children(group.empty() ? "/" : group)) {
    std::string const name = group + "/" + child;
    if (name == "/Provenance") continue;
    bool is_group = false;
    try {
      is_group = file.is_group(name);
    } catch (core::InputError const& error) {
      text += fmt::format("{}{}  (not followed: {})\n", indent, child, error.what());
      continue;
    }
    if (is_group) {
      text += fmt::format("{}{}/\n", indent, child);
      append_group(file, name, indent + "  ", text);
    } else {
      append_dataset(file, name, child, indent, text);
    }
  }
}

void append_facts(std::string const& title, core::Provenance::Facts const& facts,
                  std::string& text) {
  if (facts.empty()) return;
  text += title + "\n";
  for (auto const& [name, value] : facts) {
    bool const lines = value.find('\n') != std::string::npos;
    text += fmt::format(
        "  {} = {}\n", name,
        lines ? fmt::format("({} bytes of text; --toml prints the input)", value.size()) : value);
  }
}

}  // namespace

std::string inspect(std::string const& path) {
  InputFile const file(path);
  std::string text = path + "\n";
  append_group(file, "", "  ", text);
  auto const provenance = file.provenance();
  append_facts("/Provenance", provenance.origin, text);
  append_facts("/Provenance/Run", provenance.run, text);
  return text;
}

std::string stored_input(std::string const& path) {
  InputFile const file(path);
  for (auto const& [name, value] : file.provenance().origin)
    if (name == "input") return value;
  throw core::InputError(fmt::format("{}: holds no input: it was not made by shearwater", path));
}

}  // namespace shearwater::io
