// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/sacc.hpp"

#include <fitsio.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "shearwater/core/error.hpp"
#include "temporary.hpp"

namespace shearwater::io {

namespace {

struct TableColumn {
  std::string name, format;
};

/// A FITS file of binary tables. Every call of the library is checked.
class TableFile {
 public:
  explicit TableFile(std::string const& path) : path_(path) {
    int status = 0;
    std::remove(path.c_str());  // what a run that was killed has left
    fits_create_diskfile(&file_, path.c_str(), &status);
    check(status);
    fits_create_img(file_, BYTE_IMG, 0, nullptr, &status);
    int version = 2;
    fits_update_key(file_, TINT, "SACCFVER", &version, nullptr, &status);
    check(status);
  }
  ~TableFile() {
    int status = 0;
    if (file_ != nullptr) fits_close_file(file_, &status);
  }
  TableFile(TableFile const&) = delete;
  TableFile& operator=(TableFile const&) = delete;

  void table(std::vector<TableColumn> const& columns, std::size_t rows, std::string const& type,
             std::string const& of_class, std::string const& name) {
    std::vector<char*> names, formats;
    for (auto const& column : columns) {
      names.push_back(const_cast<char*>(column.name.c_str()));
      formats.push_back(const_cast<char*>(column.format.c_str()));
    }
    int status = 0;
    fits_create_tbl(file_, BINARY_TBL, static_cast<LONGLONG>(rows),
                    static_cast<int>(columns.size()), names.data(), formats.data(), nullptr,
                    nullptr, &status);
    check(status);
    key("SACCTYPE", type);
    key("SACCNAME", name);
    if (of_class.empty()) return;
    key("SACCCLSS", of_class);
    key("EXTNAME", type + ":" + of_class + ":" + name);
  }
  void key(char const* name, std::string const& value) {
    int status = 0;
    fits_update_key(file_, TSTRING, name, const_cast<char*>(value.c_str()), nullptr, &status);
    check(status);
  }
  void key(char const* name, long value) {
    int status = 0;
    fits_update_key(file_, TLONG, name, &value, nullptr, &status);
    check(status);
  }
  void column(int number, std::vector<std::string> const& values) {
    std::vector<char*> texts;
    for (auto const& value : values) texts.push_back(const_cast<char*>(value.c_str()));
    int status = 0;
    fits_write_col(file_, TSTRING, number, 1, 1, static_cast<LONGLONG>(texts.size()), texts.data(),
                   &status);
    check(status);
  }
  void column(int number, std::vector<double> const& values) {
    int status = 0;
    fits_write_col(file_, TDOUBLE, number, 1, 1, static_cast<LONGLONG>(values.size()),
                   const_cast<double*>(values.data()), &status);
    check(status);
  }
  void column(int number, std::vector<LONGLONG> const& values) {
    int status = 0;
    fits_write_col(file_, TLONGLONG, number, 1, 1, static_cast<LONGLONG>(values.size()),
                   const_cast<LONGLONG*>(values.data()), &status);
    check(status);
  }
  void close() {
    int status = 0;
    fits_close_file(file_, &status);
    file_ = nullptr;
    check(status);
  }

 private:
  void check(int status) const {
    if (status == 0) return;
    char text[FLEN_STATUS];
    fits_get_errstatus(status, text);
    throw core::IoError(fmt::format("{}: cannot be written: {}", path_, text));
  }
  std::string path_;
  fitsfile* file_ = nullptr;
};

std::string text_format(std::vector<std::string> const& values) {
  std::size_t longest = 1;
  for (auto const& value : values) longest = std::max(longest, value.size());
  return fmt::format("{}A", longest);
}

void write_block(TableFile& file, SaccBlock const& block, LONGLONG first) {
  std::size_t const rows = block.value.size();
  std::vector<std::string> const one(rows, block.tracers[0]), two(rows, block.tracers[1]);
  std::vector<TableColumn> columns = {
      {"tracer_0", text_format(one)}, {"tracer_1", text_format(two)}, {"value", "D"}};
  for (auto const& [name, values] : block.tags) {
    core::require(values.size() == rows, "io::write_sacc: a tag for each row");
    columns.push_back({name, "D"});
  }
  columns.push_back({"sacc_ordering", "K"});
  file.table(columns, rows, "data", "", block.type);
  file.key("NTRACER", 2L);
  file.column(1, one);
  file.column(2, two);
  file.column(3, block.value);
  int number = 4;
  for (auto const& [name, values] : block.tags) file.column(number++, values);
  std::vector<LONGLONG> order(rows);
  for (std::size_t i = 0; i < rows; ++i) order[i] = first + static_cast<LONGLONG>(i);
  file.column(number, order);
}

}  // namespace

namespace {

void write_tables(std::string const& path, SaccData const& data) {
  TableFile file(path);
  for (auto const& tracer : data.tracers) {
    file.table({{"name", text_format({tracer})}, {"quantity", "7A"}}, 1, "tracer", "Misc", tracer);
    file.column(1, std::vector<std::string>{tracer});
    file.column(2, std::vector<std::string>{"generic"});
  }
  std::size_t rows = 0;
  for (auto const& block : data.blocks) rows += block.value.size();
  if (!data.covariance.empty()) {
    core::require(data.covariance.size() == rows * rows, "io::write_sacc: a square covariance");
    file.table({{"row", fmt::format("{}D", rows)}}, rows, "covariance", "full", "cov");
    file.key("SIZE", static_cast<long>(rows));
    file.column(1, data.covariance);
  }
  LONGLONG first = 0;
  for (auto const& block : data.blocks) {
    write_block(file, block, first);
    first += static_cast<LONGLONG>(block.value.size());
  }
  std::vector<TableColumn> columns;
  for (auto const& [name, value] : data.metadata) columns.push_back({name, text_format({value})});
  file.table(columns, columns.empty() ? 0 : 1, "metadata", "metadata", "metadata");
  for (std::size_t c = 0; c < data.metadata.size(); ++c)
    file.column(static_cast<int>(c + 1), std::vector<std::string>{data.metadata[c].second});
  file.close();
}

}  // namespace

void write_sacc(std::string const& path, SaccData const& data, Existing existing) {
  require_writable(path, existing);
  auto const temporary = claim_temporary(path);
  try {
    write_tables(temporary, data);
    publish(temporary, path, existing);
  } catch (...) {
    std::remove(temporary.c_str());
    throw;
  }
}

}  // namespace shearwater::io
