// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fits.hpp"
#include "numbers.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

namespace {

using Columns = std::vector<std::vector<double>>;

std::size_t column_index(std::string const& path, std::vector<std::string> const& names,
                         std::string const& wanted) {
  auto const found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end())
    throw core::InputError(
        fmt::format("{}: has no column '{}'; there are: {}", path, wanted, fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

/// Rows of the request that lie in a table of `total`.
std::int64_t rows_wanted(TableRequest const& request, std::int64_t total) {
  std::int64_t const count = request.count < 0 ? total - request.first : request.count;
  if (request.first < 0 || count < 0 || request.first > total - count)
    throw core::InputError(fmt::format("{}: rows {} to {} were asked for, but there are {}",
                                       request.path, request.first, request.first + count, total));
  return count;
}

// ---- text ----

constexpr std::string_view separators = ", \t";

struct TextTable {
  std::vector<std::string> names;
  std::string_view body;
};

TextTable open_text(std::string const& path, std::string_view text) {
  auto line = next_line(text);
  if (!line.empty() && line.front() == '#') line.remove_prefix(1);
  TextTable table;
  for (auto const field : split(line, separators)) table.names.emplace_back(field);
  if (table.names.empty() || parse_number(table.names[0]))
    throw core::InputError(fmt::format(
        "{}: its first line must name the columns, such as ra,dec,e1,e2,weight,bin", path));
  table.body = text;
  return table;
}

std::int64_t count_text_rows(TextTable const& table) {
  std::int64_t rows = 0;
  for (auto rest = table.body; !rest.empty();) {
    auto const line = next_line(rest);
    rows += line.find_first_not_of(separators) != std::string_view::npos && line.front() != '#';
  }
  return rows;
}

Columns read_text_columns(TableRequest const& request) {
  auto const text = read_text(request.path, default_size_cap);
  auto const table = open_text(request.path, text);
  std::vector<std::size_t> wanted;
  for (auto const& name : request.columns)
    wanted.push_back(column_index(request.path, table.names, name));
  std::int64_t const count = rows_wanted(request, count_text_rows(table));
  Columns columns(wanted.size());
  for (auto& column : columns) column.reserve(static_cast<std::size_t>(count));
  std::int64_t number = 1, row = -1;
  for (auto rest = table.body; !rest.empty();) {
    ++number;
    auto const line = next_line(rest);
    auto const fields = split(line, separators);
    if (fields.empty() || line.front() == '#') continue;
    if (++row < request.first || row >= request.first + count) continue;
    if (fields.size() != table.names.size())
      throw core::InputError(fmt::format("{}:{}: {} values where {} columns are named",
                                         request.path, number, fields.size(), table.names.size()));
    for (std::size_t c = 0; c < wanted.size(); ++c) {
      auto const value = parse_number(fields[wanted[c]]);
      if (!value)
        throw core::InputError(fmt::format("{}:{}: column '{}': '{}' is not a number", request.path,
                                           number, request.columns[c], fields[wanted[c]]));
      columns[c].push_back(*value);
    }
  }
  return columns;
}

// ---- HDF5 ----

std::string hdf5_group(TableRequest const& request) {
  return request.table.empty() ? "/" : request.table;
}

std::vector<std::string> hdf5_columns(InputFile const& file, std::string const& group) {
  std::vector<std::string> names;
  for (auto const& name : file.children(group))
    if (!file.is_group(group + "/" + name)) names.push_back(name);
  return names;
}

std::int64_t hdf5_rows(InputFile const& file, TableRequest const& request) {
  auto const group = hdf5_group(request);
  auto const names = hdf5_columns(file, group);
  std::int64_t rows = -1;
  for (auto const& name : request.columns.empty() ? names : request.columns) {
    column_index(request.path, names, name);
    auto const shape = file.info(group + "/" + name).shape;
    if (shape.size() != 1 || (rows >= 0 && shape[0] != rows))
      throw core::InputError(fmt::format(
          "{}: column '{}' has the shape {}, but columns of one axis and one length are needed",
          request.path, name, shape_text(shape)));
    rows = shape[0];
  }
  return std::max<std::int64_t>(rows, 0);
}

Columns read_hdf5_columns(TableRequest const& request) {
  InputFile const file(request.path);
  std::int64_t const count = rows_wanted(request, hdf5_rows(file, request));
  Columns columns;
  for (auto const& name : request.columns)
    columns.push_back(
        file.read_rows(hdf5_group(request) + "/" + name, request.first, count).to_double());
  return columns;
}

// ---- FITS ----

/// Moves to the table that was asked for, or to the first one.
void find_table(FitsFile const& file, TableRequest const& request) {
  int status = 0, units = 0, kind = 0;
  if (!request.table.empty()) {
    fits_movnam_hdu(file.get(), ANY_HDU, const_cast<char*>(request.table.c_str()), 0, &status);
    if (status == BAD_HDU_NUM)
      throw core::InputError(fmt::format("{}: has no extension '{}'", request.path, request.table));
    file.check(status, "finding the extension " + request.table);
    fits_get_hdu_type(file.get(), &kind, &status);
    if (kind != IMAGE_HDU) return;
  } else {
    fits_get_num_hdus(file.get(), &units, &status);
    for (int unit = 1; unit <= units; ++unit) {
      fits_movabs_hdu(file.get(), unit, &kind, &status);
      file.check(status, "reading a header");
      if (kind != IMAGE_HDU) return;
    }
  }
  throw core::InputError(fmt::format("{}: holds no table there", request.path));
}

std::vector<std::string> fits_columns(FitsFile const& file) {
  int count = 0, status = 0;
  fits_get_num_cols(file.get(), &count, &status);
  file.check(status, "reading the columns' names");
  std::vector<std::string> names;
  for (int c = 1; c <= count; ++c) {
    char key[FLEN_KEYWORD], value[FLEN_VALUE]{};
    fits_make_keyn("TTYPE", c, key, &status);
    fits_read_key(file.get(), TSTRING, key, value, nullptr, &status);
    file.check(status, "reading the columns' names");
    names.emplace_back(value);
  }
  return names;
}

std::int64_t fits_rows(FitsFile const& file) {
  LONGLONG rows = 0;
  int status = 0;
  fits_get_num_rowsll(file.get(), &rows, &status);
  file.check(status, "reading the number of rows");
  return rows;
}

Columns read_fits_columns(TableRequest const& request) {
  FitsFile const file(request.path);
  find_table(file, request);
  auto const names = fits_columns(file);
  std::int64_t const count = rows_wanted(request, fits_rows(file));
  Columns columns;
  for (auto const& name : request.columns) {
    int const index = static_cast<int>(column_index(request.path, names, name)) + 1;
    int kind = 0, status = 0;
    LONGLONG repeat = 0, width = 0;
    fits_get_coltypell(file.get(), index, &kind, &repeat, &width, &status);
    if (repeat != 1 || kind == TSTRING || kind < 0)
      throw core::InputError(
          fmt::format("{}: column '{}' does not hold one number per row", request.path, name));
    auto& column = columns.emplace_back(static_cast<std::size_t>(count));
    double blank = std::numeric_limits<double>::quiet_NaN();
    fits_read_col(file.get(), TDOUBLE, index, request.first + 1, 1, count, &blank, column.data(),
                  nullptr, &status);
    file.check(status, "reading the column " + name);
  }
  return columns;
}

void check_values(TableRequest const& request, Columns const& columns) {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto const bad = std::find_if_not(columns[c].begin(), columns[c].end(),
                                      [](double value) { return std::isfinite(value); });
    if (bad != columns[c].end())
      throw core::InputError(fmt::format(
          "{}: column '{}' holds {} in row {} (from 0): only finite values are accepted; remove "
          "such rows or give them weight 0 and a finite value",
          request.path, request.columns[c], *bad, request.first + (bad - columns[c].begin())));
  }
}

}  // namespace

Columns read_columns(TableRequest const& request) {
  auto const format = detect_format(request.path);
  auto columns = format == Format::hdf5   ? read_hdf5_columns(request)
                 : format == Format::fits ? read_fits_columns(request)
                                          : read_text_columns(request);
  if (request.require_finite) check_values(request, columns);
  return columns;
}

std::vector<std::int64_t> whole_numbers(std::vector<double> const& values, std::string const& path,
                                        std::string const& column) {
  std::vector<std::int64_t> result;
  for (double const value : values) {
    if (!(std::abs(value) < 0x1p53) || value != std::floor(value))
      throw core::InputError(fmt::format(
          "{}: column '{}' holds {}, which is no whole number below 2^53: give ids that "
          "a table can hold, such as numbers of rows",
          path, column, value));
    result.push_back(static_cast<std::int64_t>(value));
  }
  return result;
}

void require_angles(std::span<double const> degrees, AngleRange range, std::string const& path,
                    std::string const& column, std::int64_t first) {
  auto const bad = std::ranges::find_if_not(degrees, [&](double angle) {
    return angle >= range.low - 1e-9 && angle <= range.high + 1e-9;
  });
  if (bad != degrees.end())
    throw core::InputError(fmt::format(
        "{}: column '{}' holds {:g} in row {} (from 0), but it must be within [{:g}, {:g}] "
        "degrees: are those its units?",
        path, column, *bad, first + (bad - degrees.begin()), range.low, range.high));
}

double unit_factor(std::string const& path, std::string const& table, std::string const& key,
                   std::string const& unit, double h) {
  if (unit.empty())
    throw core::InputError(fmt::format("{}: the unit is missing: state {}.{}", path, table, key));
  bool const per_h = unit.ends_with("/h");
  if (!per_h && !(h > 0))
    throw core::InputError(
        fmt::format("{0}: {1}.{2} = \"{3}\" carries no h, and h is not known: state {1}.h", path,
                    table, key, unit));
  double const scale = unit.starts_with("kpc") ? 1e-3 : unit.starts_with("1e10") ? 1e10 : 1;
  return per_h ? scale : scale * h;
}

std::int64_t table_rows(TableRequest const& request) {
  auto const format = detect_format(request.path);
  if (format == Format::hdf5) return hdf5_rows(InputFile(request.path), request);
  if (format == Format::fits) {
    FitsFile const file(request.path);
    find_table(file, request);
    return fits_rows(file);
  }
  auto const text = read_text(request.path, default_size_cap);
  return count_text_rows(open_text(request.path, text));
}

std::vector<std::string> table_columns(TableRequest const& request) {
  auto const format = detect_format(request.path);
  if (format == Format::hdf5) return hdf5_columns(InputFile(request.path), hdf5_group(request));
  if (format == Format::fits) {
    FitsFile const file(request.path);
    find_table(file, request);
    return fits_columns(file);
  }
  auto const text = read_text(request.path, default_size_cap);
  return open_text(request.path, text).names;
}

}  // namespace shearwater::io
