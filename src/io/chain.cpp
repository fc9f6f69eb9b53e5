// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "numbers.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::io {

namespace {

void check_chain(Chain const& chain) {
  auto const rows = chain.weights.size();
  core::require(
      chain.log_density.size() == rows && chain.values.size() == rows * chain.parameters.size(),
      "the chain's columns differ in length");
  core::require(std::is_partitioned(chain.parameters.begin(), chain.parameters.end(),
                                    [](auto const& p) { return !p.derived; }),
                "derived parameters come last");
  for (auto const& parameter : chain.parameters)
    core::require(
        !parameter.name.empty() && parameter.name.find_first_of(" \t\n*") == std::string::npos,
        fmt::format("'{}' cannot name a parameter of a chain", parameter.name));
}

std::string chain_text(Chain const& chain) {
  std::string text;
  std::size_t const columns = chain.parameters.size();
  for (std::size_t row = 0; row < chain.weights.size(); ++row) {
    text +=
        fmt::format("{} {}", number_text(chain.weights[row]), number_text(-chain.log_density[row]));
    for (std::size_t c = 0; c < columns; ++c)
      text += fmt::format(" {}", number_text(chain.values[row * columns + c]));
    text += '\n';
  }
  return text;
}

std::string names_text(Chain const& chain) {
  std::string text;
  for (auto const& p : chain.parameters)
    text +=
        fmt::format("{}{}\t{}\n", p.name, p.derived ? "*" : "", p.label.empty() ? p.name : p.label);
  return text;
}

std::string ranges_text(Chain const& chain) {
  auto const bound = [](std::optional<double> value) {
    return value ? number_text(*value) : std::string("N");
  };
  std::string text;
  for (auto const& p : chain.parameters)
    text += fmt::format("{} {} {}\n", p.name, bound(p.low), bound(p.high));
  return text;
}

[[noreturn]] void wrong_line(std::string const& path, std::int64_t line, std::string const& what) {
  throw core::InputError(fmt::format("{}:{}: {}", path, line, what));
}

void read_names(std::string const& path, Chain& chain) {
  auto const text = read_text(path);
  for (std::string_view rest = text; !rest.empty();) {
    auto const line = next_line(rest);
    auto const fields = split(line, " \t");
    if (fields.empty() || fields[0].front() == '#') continue;
    ChainParameter parameter;
    parameter.name = fields[0];
    if (parameter.name.back() == '*') {
      parameter.derived = true;
      parameter.name.pop_back();
    }
    if (fields.size() > 1)
      parameter.label = line.substr(static_cast<std::size_t>(fields[1].data() - line.data()));
    chain.parameters.push_back(parameter);
  }
}

void read_ranges(std::string const& path, Chain& chain) {
  if (!std::filesystem::exists(path)) return;
  auto const text = read_text(path);
  std::int64_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    auto const fields = split(next_line(rest), " \t");
    if (fields.empty() || fields[0].front() == '#') continue;
    if (fields.size() < 3) wrong_line(path, number, "a name and two bounds are needed");
    for (auto& parameter : chain.parameters) {
      if (parameter.name != fields[0]) continue;
      parameter.low = parse_number(fields[1]);
      parameter.high = parse_number(fields[2]);
    }
  }
}

void read_rows(std::string const& path, Chain& chain) {
  auto const text = read_text(path, std::int64_t{8} << 30);
  std::size_t const columns = chain.parameters.size() + 2;
  std::int64_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    auto const fields = split(next_line(rest), " \t");
    if (fields.empty() || fields[0].front() == '#') continue;
    if (fields.size() != columns)
      wrong_line(
          path, number,
          fmt::format("{} columns where the .paramnames file asks for {}", fields.size(), columns));
    for (std::size_t c = 0; c < columns; ++c) {
      auto const value = parse_number(fields[c]);
      if (!value || std::isnan(*value))
        wrong_line(path, number, fmt::format("'{}' is not a number", fields[c]));
      if (c == 0) chain.weights.push_back(*value);
      if (c == 1) chain.log_density.push_back(-*value);
      if (c > 1) chain.values.push_back(*value);
    }
  }
}

}  // namespace

void write_chain(std::string const& root, Chain const& chain, Existing existing) {
  check_chain(chain);
  for (auto const* ending : {"_1.txt", ".paramnames", ".ranges"})
    require_writable(root + ending, existing);
  write_file(root + ".paramnames", names_text(chain), existing);
  write_file(root + ".ranges", ranges_text(chain), existing);
  write_file(root + "_1.txt", chain_text(chain), existing);
}

Chain read_chain(std::string const& root) {
  Chain chain;
  read_names(root + ".paramnames", chain);
  read_ranges(root + ".ranges", chain);
  int files = 0;
  for (std::string path;
       path = fmt::format("{}_{}.txt", root, files + 1), std::filesystem::exists(path); ++files)
    read_rows(path, chain);
  if (files == 0)
    read_rows(std::filesystem::exists(root + ".txt") ? root + ".txt" : root + "_1.txt", chain);
  return chain;
}

}  // namespace shearwater::io
