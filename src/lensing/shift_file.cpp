// SPDX-License-Identifier: BSD-3-Clause
#include "shift_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>

#include "shearwater/core/error.hpp"

namespace shearwater::lensing {
namespace {

std::string read_bytes(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw core::IoError(
        fmt::format("the table of lognormal shifts '{}' cannot be read: check the path", path));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

[[noreturn]] void refuse(std::string const& path, std::string const& why) {
  throw core::InputError(fmt::format("'{}' is not a table of lognormal shifts: {}", path, why));
}

void check_values(ShiftTable const& table, std::string const& path) {
  for (double const value : table.values)
    if (!(value > 0) || !std::isfinite(value))
      refuse(path, fmt::format("it holds a shift of {}, which is not positive", value));
}

/// The five-axis table of sbi_lens: (sigma_8, Omega_m, w_0, bin, [Omega_m, sigma_8, w_0, bin,
/// lambda]).
ShiftTable parse_npy(std::string const& bytes, std::string const& path) {
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0)
    refuse(path, "the file does not begin as a .npy file");
  bool const version1 = bytes[6] == 1;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, version1 ? 2 : 4);
  std::size_t const start = (version1 ? 10 : 12) + length;
  std::string const header = bytes.substr(0, std::min(start, bytes.size()));
  std::smatch shape;
  std::regex const pattern(R"('shape': \((\d+), (\d+), (\d+), (\d+), 5\))");
  if (header.find("'<f8'") == std::string::npos ||
      header.find("'fortran_order': False") == std::string::npos ||
      !std::regex_search(header, shape, pattern))
    refuse(path, "it must hold float64 in C order with the shape (n, n, n, bins, 5)");
  std::array<std::int64_t, 4> extent{};
  for (std::size_t a = 0; a < 4; ++a) extent[a] = std::stoll(shape[a + 1]);
  std::vector<double> raw(
      static_cast<std::size_t>(extent[0] * extent[1] * extent[2] * extent[3] * 5));
  if (raw.empty() || bytes.size() != start + raw.size() * sizeof(double))
    refuse(path, fmt::format("it has {} bytes, which is not what its shape needs", bytes.size()));
  std::memcpy(raw.data(), bytes.data() + start, raw.size() * sizeof(double));

  ShiftTable table;
  table.nodes = {extent[1], extent[0], extent[2]};
  table.bins = extent[3];
  for (std::size_t p = 0; p < 3; ++p) {
    table.low[p] = raw[p];
    table.high[p] = raw[raw.size() - 5 + p];
  }
  table.values.resize(raw.size() / 5);
  std::size_t from = 0;
  for (std::int64_t s = 0; s < extent[0]; ++s)
    for (std::int64_t o = 0; o < extent[1]; ++o)
      for (std::int64_t rest = 0; rest < extent[2] * extent[3]; ++rest, ++from)
        table.values[static_cast<std::size_t>((o * extent[0] + s) * extent[2] * extent[3] + rest)] =
            raw[5 * from + 4];
  return table;
}

ShiftTable parse_csv(std::string const& bytes, std::string const& path) {
  std::istringstream lines(bytes);
  std::string line;
  std::getline(lines, line);  // header
  std::vector<std::array<double, 3>> rows;
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    std::array<double, 3> row{};
    if (std::sscanf(line.c_str(), "%lf , %lf , %lf", &row[0], &row[1], &row[2]) != 3)
      refuse(path, fmt::format("line {} is not 'Omega_m, sigma_8, lambda'", rows.size() + 2));
    rows.push_back(row);
  }
  if (rows.empty()) refuse(path, "it has no rows");
  ShiftTable table;
  std::size_t fast = 1;
  while (fast < rows.size() && rows[fast][0] == rows[0][0]) ++fast;
  if (rows.size() % fast != 0) refuse(path, "its rows are not a grid of Omega_m and sigma_8");
  table.nodes = {static_cast<std::int64_t>(rows.size() / fast), static_cast<std::int64_t>(fast), 1};
  table.low = {rows.front()[0], rows.front()[1], 0};
  table.high = {rows.back()[0], rows.back()[1], 0};
  for (auto const& row : rows) table.values.push_back(row[2]);
  return table;
}

}  // namespace

ShiftTable read_shift_table(std::string const& path) {
  std::string const bytes = read_bytes(path);
  ShiftTable table = path.ends_with(".npy") ? parse_npy(bytes, path) : parse_csv(bytes, path);
  check_values(table, path);
  return table;
}

}  // namespace shearwater::lensing
