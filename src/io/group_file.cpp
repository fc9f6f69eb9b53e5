// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/group_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "fits.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/parallel/communicator.hpp"
#include "simulation_units.hpp"

namespace shearwater::io {

void GroupLayout::describe(core::Fields& field) {
  field("mass", mass, "", "dataset of /Subhalo: the galaxy's own mass; NAME:4 is column 4 of NAME");
  field("axes", axes, "", "dataset of /Subhalo: unit vectors (n, 3, 3), or (n, 3): major axis");
  field("axis_ratios", axis_ratios, "", "dataset of /Subhalo: b/a and c/a (n, 2)");
  field("host_mass", host_mass, "", "dataset of /Group: the halo's mass");
  field("host_axes", host_axes, "", "dataset of /Group: unit vectors (n, 3, 3)");
  field("host_ids", host_ids, "",
        "dataset of /Group that galaxies name their hosts by; empty: rows from 0");
}

namespace {

struct Piece {
  InputFile file;
  std::int64_t rows;
};

/// The rows of one group ("Subhalo" or "Group") of all files, of which [first, first + count) are
/// wanted.
class Catalogue {
 public:
  Catalogue(std::string const& path, std::string const& group,
            std::vector<std::string> const& counts, SnapshotConfig const& units)
      : group_("/" + group + "/") {
    InputFile const start(path);
    header_ = read_common_header(start, units);
    auto const files = first_number(start, {"/Header:NumFiles", "/Header:NumFilesPerSnapshot"});
    for (auto const& name : file_set(path, static_cast<std::int64_t>(files.value_or(1)))) {
      InputFile file(name);
      std::optional<double> rows;
      for (auto const& name_of_count : counts)
        if (!rows) rows = find_number(file, "/Header", name_of_count + "_ThisFile");
      pieces_.push_back({std::move(file), static_cast<std::int64_t>(rows.value_or(0))});
      total += pieces_.back().rows;
    }
    std::optional<double> all;
    for (auto const& name_of_count : counts)
      if (!all) all = find_number(start, "/Header", name_of_count + "_Total");
    if (all && static_cast<std::int64_t>(*all) != total)
      throw core::InputError(
          fmt::format("{}: its Header counts {} rows of /{}, but the {} files hold {}", path, *all,
                      group, pieces_.size(), total));
    // The first file with rows says whether lengths carry 1/h.
    auto const filled = std::ranges::find_if(pieces_, [](Piece const& p) { return p.rows > 0; });
    auto const& example = filled == pieces_.end() ? pieces_.front().file : filled->file;
    factors = read_unit_factors(example, units, group_ + group + "Pos", header_.h);
    box_side = header_.box_side * factors.length;
  }

  void share(int part, int parts) {
    auto const mine = parallel::share_of(total, part, parts);
    first = mine.first;
    count = mine.count;
  }

  bool has(std::string const& name) const {
    if (name.empty()) return false;
    auto const dataset = group_ + name.substr(0, name.find(':'));
    return std::ranges::any_of(
        pieces_, [&](Piece const& p) { return p.rows > 0 && p.file.contains(dataset); });
  }

  /// Rows of a dataset with `row` behind the leading axis, times `factor`.
  std::vector<double> numbers(std::string const& name, Shape const& row, double factor = 1) const {
    std::vector<double> values;
    visit(name, row, [&](Array const& array) {
      for (double const v : array.to_double()) values.push_back(v * factor);
    });
    return values;
  }
  std::vector<std::int64_t> integers(std::string const& name) const {
    std::vector<std::int64_t> values;
    visit(name, {}, [&](Array const& array) {
      if (array.type == ElementType::int64)
        values.insert(values.end(), array.as<std::int64_t>().begin(),
                      array.as<std::int64_t>().end());
      else
        for (double const v : array.to_double()) values.push_back(static_cast<std::int64_t>(v));
    });
    return values;
  }
  /// NAME, or column k of it as NAME:k.
  std::vector<double> column(std::string const& name, double factor) const {
    auto const colon = name.find(':');
    if (colon == std::string::npos) return numbers(name, {}, factor);
    std::size_t k = 0;
    auto const text = name.substr(colon + 1), dataset = name.substr(0, colon);
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), k);
    auto const shape = shape_of(dataset);
    if (error != std::errc{} || end != text.data() + text.size() || shape.size() != 2 ||
        static_cast<std::int64_t>(k) >= shape[1])
      throw core::InputError(fmt::format("{}: '{}' is no column of {}{}, whose shape is {}",
                                         pieces_.front().file.path(), name, group_, dataset,
                                         shape_text(shape)));
    auto const all = numbers(dataset, {shape[1]}, factor);
    std::vector<double> values;
    for (auto i = k; i < all.size(); i += static_cast<std::size_t>(shape[1]))
      values.push_back(all[i]);
    return values;
  }
  Shape shape_of(std::string const& name) const {
    for (auto const& piece : pieces_)
      if (piece.rows > 0) return piece.file.info(group_ + name).shape;
    return {0};
  }
  std::vector<double> list(std::string const& name, std::string const& attribute) const {
    for (auto const& piece : pieces_) {
      if (piece.rows == 0 || !piece.file.has_attribute(group_ + name, attribute)) continue;
      auto const value = piece.file.attribute(group_ + name, attribute);
      if (auto const* many = std::get_if<std::vector<double>>(&value)) return *many;
      if (auto const* one = std::get_if<double>(&value)) return {*one};
    }
    return {};
  }
  std::string const& path() const { return pieces_.front().file.path(); }

  UnitFactors factors;
  double box_side = 0;
  std::int64_t total = 0, first = 0, count = 0;

 private:
  template <class Visit>
  void visit(std::string const& name, Shape const& row, Visit const& visit) const {
    std::int64_t before = 0;
    for (auto const& piece : pieces_) {
      auto const from = std::max(first, before), to = std::min(first + count, before + piece.rows);
      if (from < to) {
        auto shape = row;
        shape.insert(shape.begin(), piece.rows);
        piece.file.check_shape(group_ + name, shape);
        visit(piece.file.read_rows(group_ + name, from - before, to - from));
      }
      before += piece.rows;
    }
  }

  std::string group_;
  SnapshotHeader header_;
  std::vector<Piece> pieces_;
};

std::vector<std::int64_t> row_numbers(Catalogue const& c) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(c.count));
  std::iota(rows.begin(), rows.end(), c.first);
  return rows;
}

template <class T>
void keep_rows(std::vector<T>& values, std::vector<bool> const& keep) {
  if (values.empty()) return;
  std::size_t const width = values.size() / keep.size();
  std::size_t to = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (keep[i / width]) values[to++] = values[i];
  values.resize(to);
}

/// TNG's SubhaloFlag: 0 marks clumps of gas that never were galaxies of their own.
void drop_flagged(Catalogue const& c, SubhaloRows& rows) {
  if (!c.has("SubhaloFlag") || rows.id.empty()) return;
  std::vector<bool> keep;
  for (auto const flag : c.integers("SubhaloFlag")) keep.push_back(flag != 0);
  rows.dropped = std::ranges::count(keep, false);
  keep_rows(rows.id, keep);
  keep_rows(rows.host, keep);
  keep_rows(rows.position, keep);
  keep_rows(rows.central, keep);
  for (auto* column : {&rows.mass, &rows.host_mass, &rows.axes, &rows.axis_ratios})
    keep_rows(*column, keep);
}

}  // namespace

SubhaloRows read_subhalos(std::string const& path, GroupLayout const& layout,
                          SnapshotConfig const& units, int part, int parts) {
  Catalogue c(path, "Subhalo", {"Nsubgroups", "Nsubhalos"}, units);
  c.share(part, parts);
  SubhaloRows rows;
  rows.box_side = c.box_side;
  rows.total = c.total;
  if (c.total == 0) return rows;
  rows.position = c.numbers("SubhaloPos", {3}, c.factors.length);
  rows.id = c.has("SubhaloID") ? c.integers("SubhaloID") : row_numbers(c);
  for (auto const* name : {"SubhaloGrNr", "SubhaloGroupNr"})
    if (rows.host.empty() && c.has(name)) rows.host = c.integers(name);
  if (c.has("SubhaloCentral"))
    for (auto const v : c.integers("SubhaloCentral")) rows.central.push_back(v != 0);
  if (c.has(layout.mass)) rows.mass = c.column(layout.mass, c.factors.mass);
  if (c.has("SubhaloHostMass")) rows.host_mass = c.numbers("SubhaloHostMass", {}, c.factors.mass);
  if (c.has(layout.axes))
    rows.axes =
        c.numbers(layout.axes, c.shape_of(layout.axes).size() == 2 ? Shape{3} : Shape{3, 3});
  if (c.has(layout.axis_ratios)) rows.axis_ratios = c.numbers(layout.axis_ratios, {2});
  drop_flagged(c, rows);
  return rows;
}

GroupRows read_groups(std::string const& path, GroupLayout const& layout,
                      SnapshotConfig const& units, double tidal_smoothing, int part, int parts) {
  Catalogue c(path, "Group", {"Ngroups"}, units);
  c.share(part, parts);
  GroupRows rows;
  rows.box_side = c.box_side;
  rows.total = c.total;
  if (c.total == 0) return rows;
  rows.position = c.numbers("GroupPos", {3}, c.factors.length);
  if (!layout.host_ids.empty() && !c.has(layout.host_ids))
    throw core::InputError(
        fmt::format("{}: has no /Group/{}, which layout.host_ids names", path, layout.host_ids));
  rows.id = layout.host_ids.empty() ? row_numbers(c) : c.integers(layout.host_ids);
  if (c.has("GroupFirstSub")) rows.first_subhalo = c.integers("GroupFirstSub");
  if (c.has(layout.host_mass)) rows.mass = c.column(layout.host_mass, c.factors.mass);
  if (c.has(layout.host_axes)) rows.axes = c.numbers(layout.host_axes, {3, 3});
  if (tidal_smoothing == 0) return rows;
  auto const scales =
      c.has("GroupTidalAxes") ? c.list("GroupTidalAxes", "Smoothing") : std::vector<double>{};
  auto const scale = std::ranges::find_if(
      scales, [&](double s) { return std::abs(s - tidal_smoothing) < 1e-6 * tidal_smoothing; });
  if (scale == scales.end())
    throw core::InputError(
        fmt::format("{}: holds no tides smoothed by {:g} Mpc/h ({} there): name one of them as "
                    "graphs.tidal_smoothing, or find halos with that scale in tidal.smoothing",
                    path, tidal_smoothing, fmt::join(scales, ", ")));
  auto const many = std::ssize(scales);
  auto const at = static_cast<std::size_t>(scale - scales.begin());
  auto const pick = [&](char const* name, Shape const& row, std::size_t width) {
    auto const all = c.numbers(name, row);
    std::vector<double> values;
    for (std::size_t i = at * width; i < all.size(); i += static_cast<std::size_t>(many) * width)
      values.insert(values.end(), &all[i], &all[i] + width);
    return values;
  };
  rows.tidal_values = pick("GroupTidalEigenvalues", {many, 3}, 3);
  rows.tidal_axes = pick("GroupTidalAxes", {many, 3, 3}, 9);
  return rows;
}

bool is_group_file(std::string const& path) {
  return detect_format(path) == Format::hdf5 && InputFile(path).contains("/Header");
}

bool has_groups(std::string const& path) {
  return InputFile(path).contains("/Group") &&
         find_number(InputFile(path), "/Header", "Ngroups_Total").value_or(0) > 0;
}

}  // namespace shearwater::io
