// SPDX-License-Identifier: BSD-3-Clause
// Text to numbers and columns, for the readers of text files.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shearwater::io {

/// The number that is the whole of `text` ("nan" and "inf" included), or nothing.
inline std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Fields between the separators; several in a row count as one.
inline std::vector<std::string_view> split(std::string_view line, std::string_view separators) {
  std::vector<std::string_view> fields;
  while (true) {
    auto const begin = line.find_first_not_of(separators);
    if (begin == std::string_view::npos) return fields;
    auto const end = std::min(line.find_first_of(separators, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

/// The next line of `rest`, which is shortened by it; carriage returns are left out.
inline std::string_view next_line(std::string_view& rest) {
  auto const end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace shearwater::io
