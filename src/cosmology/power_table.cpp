// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "shearwater/core/error.hpp"
#include "shearwater/cosmology/linear_power.hpp"
#include "text_table.hpp"

namespace shearwater::cosmology {

namespace {

constexpr std::size_t camb_total = 6;  // k/h, CDM, baryon, photon, massless, massive, total, ...

/// Index of CLASS's total matter: its header is "1:k (h/Mpc)  2:d_g  3:d_b ... 8:d_m  9:d_tot".
/// d_m leaves out photons and relics, which d_tot has: it is the one wanted where both are there.
std::size_t class_total(TextTable const& table, std::string const& path) {
  for (auto const* wanted : {":d_m", ":d_tot"}) {
    for (auto const& comment : table.comments) {
      std::istringstream words(comment);
      std::string word;
      while (words >> word) {
        auto const colon = word.find(':');
        if (colon == std::string::npos || word.substr(colon) != wanted) continue;
        std::istringstream index(word.substr(0, colon));
        if (std::size_t column = 0; index >> column && column >= 1) return column - 1;
      }
    }
  }
  throw core::InputError(fmt::format(
      "{}: no header names a column 'd_m' or 'd_tot', as CLASS's transfer files do (output = mTk)",
      path));
}

void check_table(PowerTable const& table, std::string const& path) {
  if (table.k.size() < 4)
    throw core::InputError(fmt::format("{}: {} rows; at least 4 are needed", path, table.k.size()));
  for (std::size_t n = 0; n < table.k.size(); ++n) {
    if (!(table.k[n] > 0) || (n > 0 && table.k[n] <= table.k[n - 1]))
      throw core::InputError(
          fmt::format("{}: k = {} in row {}: wavenumbers must be positive and increase", path,
                      table.k[n], n + 1));
    if (!(table.value[n] > 0))
      throw core::InputError(
          fmt::format("{}: value {} in row {}: must be positive", path, table.value[n], n + 1));
  }
}

}  // namespace

PowerTable PowerTable::read(std::string const& path, std::string const& format) {
  auto const text = read_text_table(path);
  std::size_t column = 1;
  if (format == "camb_transfer")
    column = camb_total;
  else if (format == "class_transfer")
    column = class_total(text, path);
  else if (format != "power")
    throw core::InputError(fmt::format(
        "format '{}' of a power table: must be power, camb_transfer or class_transfer", format));
  if (column >= text.columns.size())
    throw core::InputError(fmt::format("{}: format {} needs column {}, but there are {}", path,
                                       format, column + 1, text.columns.size()));
  PowerTable table;
  table.k = text.columns[0];
  table.value = text.columns[column];
  table.is_transfer = format != "power";
  for (std::size_t n = 0; n < table.k.size() && table.is_transfer; ++n) {
    table.value[n] = std::abs(table.value[n]);  // CLASS's densities are negative in its gauge
    if (format == "class_transfer") table.value[n] /= table.k[n] * table.k[n];
  }
  check_table(table, path);
  return table;
}

}  // namespace shearwater::cosmology
