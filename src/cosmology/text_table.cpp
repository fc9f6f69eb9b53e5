// SPDX-License-Identifier: BSD-3-Clause
#include "text_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "shearwater/core/error.hpp"

namespace shearwater::cosmology {

namespace {

std::vector<double> numbers_of(std::string const& text, std::string const& place) {
  std::istringstream words(text);
  std::vector<double> row;
  std::string word;
  while (words >> word) {
    std::size_t used = 0;
    double value = NAN;
    try {
      value = std::stod(word, &used);
    } catch (std::exception const&) {
    }
    if (used != word.size() || !std::isfinite(value))
      throw core::InputError(fmt::format("{}: '{}' is not a finite number", place, word));
    row.push_back(value);
  }
  return row;
}

}  // namespace

TextTable read_text_table(std::string const& path) {
  std::ifstream file(path);
  if (!file) throw core::IoError(fmt::format("cannot read the table '{}'", path));
  TextTable table;
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    auto const comment = line.find('#');
    if (comment != std::string::npos) table.comments.push_back(line.substr(comment + 1));
    std::string const place = fmt::format("{}:{}", path, number);
    auto const row = numbers_of(line.substr(0, comment), place);
    if (row.empty()) continue;
    if (table.columns.empty()) table.columns.resize(row.size());
    if (row.size() != table.columns.size())
      throw core::InputError(fmt::format("{}: {} numbers, but the lines before have {}", place,
                                         row.size(), table.columns.size()));
    for (std::size_t c = 0; c < row.size(); ++c) table.columns[c].push_back(row[c]);
  }
  if (table.columns.empty()) throw core::InputError(fmt::format("{}: holds no numbers", path));
  return table;
}

}  // namespace shearwater::cosmology
