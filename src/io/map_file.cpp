// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/map_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "map_checks.hpp"
#include "nonfinite.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::io {

namespace {

std::int64_t bytes_of(MapFileShape const& shape) {
  auto const pixels = shape.pixels * shape.pixels;
  return 4 * pixels * (shape.count * shape.bins + shape.masks + shape.noises * shape.bins) +
         8 * shape.count * static_cast<std::int64_t>(shape.parameter_names.size());
}

OutputOptions options_of(MapFileShape const& shape, Existing existing) {
  OutputOptions options;
  options.existing = existing;
  options.expected_bytes = bytes_of(shape);
  return options;
}

void check_rows(std::int64_t rows, std::int64_t count, char const* name) {
  core::require(rows == 0 || rows == 1 || rows == count,
                fmt::format("{} has {} rows where 0, 1 or {} are possible", name, rows, count));
}

}  // namespace

MapFileWriter::MapFileWriter(parallel::Communicator const& comm, std::string const& path,
                             MapFileShape const& shape, core::Provenance const& provenance,
                             Existing existing)
    : file_(comm, path, "maps", provenance, options_of(shape, existing)) {
  check_rows(shape.masks, shape.count, "mask");
  check_rows(shape.noises, shape.count, "noise");
  auto const parameters = static_cast<std::int64_t>(shape.parameter_names.size());
  file_.create("/parameters", ElementType::float64, {shape.count, parameters},
               {"1", "parameters of each map's simulation, named by the attribute 'names'"});
  file_.attribute("/parameters", "names", shape.parameter_names);
  file_.create("/maps", ElementType::float32, {shape.count, shape.bins, shape.pixels, shape.pixels},
               {"1", "convergence in each source bin and pixel"});
  file_.attribute("/maps", "width", shape.width);
  file_.attribute("/maps", "width_unit", std::string("radian"));
  if (shape.masks > 0)
    file_.create("/mask", ElementType::float32, {shape.masks, 1, shape.pixels, shape.pixels},
                 {"1", "1 where a pixel is observed, 0 where it is not"});
  if (shape.noises > 0)
    file_.create("/noise", ElementType::float32,
                 {shape.noises, shape.bins, shape.pixels, shape.pixels},
                 {"1", "standard deviation of the noise of the convergence in each pixel"});
}

void MapFileWriter::write(std::int64_t first, std::span<double const> parameters,
                          std::span<float const> maps) {
  file_.write_rows("/parameters", first, parameters);
  file_.write_rows("/maps", first, maps);
}
void MapFileWriter::write_mask(std::int64_t first, std::span<float const> mask) {
  file_.write_rows("/mask", first, mask);
}
void MapFileWriter::write_noise(std::int64_t first, std::span<float const> noise) {
  file_.write_rows("/noise", first, noise);
}
void MapFileWriter::commit() { file_.commit(); }

namespace {

void check_type(InputFile const& file, std::string const& name, ElementType type) {
  auto const found = file.info(name).type;
  if (found != type)
    throw core::InputError(fmt::format("{}: dataset '{}' holds {}, but {} is needed", file.path(),
                                       name, type_name(found), type_name(type)));
}

/// Rows of an optional dataset that is shared by all maps or given for each.
std::int64_t optional_rows(InputFile const& file, std::string const& name, std::int64_t count,
                           Shape const& row) {
  if (!file.contains(name)) return 0;
  check_type(file, name, ElementType::float32);
  file.check_unit(name, "1");
  auto const rows = file.info(name).shape.at(0);
  file.check_shape(name, {rows == 1 ? 1 : count, row[0], row[1], row[2]});
  return rows;
}

}  // namespace

void check_mask(std::span<float const> mask, std::int64_t pixels, std::string const& name) {
  // Not a number is in no interval either.
  auto const wrong = std::ranges::find_if_not(mask, [](float v) { return v >= 0 && v <= 1; });
  if (wrong != mask.end())
    throw core::InputError(
        fmt::format("{}: holds {}, but a mask is 1 where a pixel is observed and 0 where it is not",
                    name, *wrong));
  auto const size = static_cast<std::size_t>(pixels);
  for (std::size_t map = 0; map * size < mask.size(); ++map)
    if (std::ranges::none_of(mask.subspan(map * size, size), [](float v) { return v > 0.5F; }))
      throw core::InputError(fmt::format(
          "{}: mask {} hides every pixel, so that nothing was observed: correct it, or leave the "
          "map out",
          name, map));
}

void check_noise(std::span<float const> noise, std::string const& name) {
  auto const wrong = std::ranges::find_if_not(
      noise, [](float v) { return v >= 0 && v <= std::numeric_limits<float>::max(); });
  if (wrong != noise.end())
    throw core::InputError(fmt::format(
        "{}: holds {}, but a standard deviation is finite and not negative", name, *wrong));
}

MapFileReader::MapFileReader(std::string const& path) : file_(path) {
  file_.check_schema("maps");
  file_.check_shape("/maps", {-1, -1, -1, -1});
  check_type(file_, "/maps", ElementType::float32);
  file_.check_unit("/maps", "1");
  auto const shape = file_.info("/maps").shape;
  shape_.count = shape[0];
  shape_.bins = shape[1];
  shape_.pixels = shape[2];
  file_.check_shape("/maps", {-1, -1, shape_.pixels, shape_.pixels});
  shape_.width = file_.number("/maps", "width");
  shape_.parameter_names = file_.texts("/parameters", "names");
  check_type(file_, "/parameters", ElementType::float64);
  file_.check_shape("/parameters",
                    {shape_.count, static_cast<std::int64_t>(shape_.parameter_names.size())});
  shape_.masks = optional_rows(file_, "/mask", shape_.count, {1, shape_.pixels, shape_.pixels});
  shape_.noises =
      optional_rows(file_, "/noise", shape_.count, {shape_.bins, shape_.pixels, shape_.pixels});
}

std::vector<double> MapFileReader::parameters(std::int64_t first, std::int64_t count) const {
  auto values = file_.rows<double>("/parameters", first, count);
  require_finite<double>(values, {count, static_cast<std::int64_t>(shape_.parameter_names.size())},
                         file_.path() + ": /parameters", first);
  return values;
}

std::vector<float> MapFileReader::maps(std::int64_t first, std::int64_t count) const {
  auto values = file_.rows<float>("/maps", first, count);
  require_finite<float>(values, {count, shape_.bins, shape_.pixels, shape_.pixels},
                        file_.path() + ": /maps", first);
  return values;
}

std::vector<float> MapFileReader::shared_rows(std::string const& name, std::int64_t rows,
                                              std::int64_t first, std::int64_t count) const {
  core::require(rows > 0, file_.path() + " holds no " + name);
  if (rows != 1 || shape_.count == 1) return file_.rows<float>(name, first, count);
  auto const one = file_.rows<float>(name, 0, 1);
  std::vector<float> all;
  all.reserve(one.size() * static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
  return all;
}

std::vector<float> MapFileReader::mask(std::int64_t first, std::int64_t count) const {
  auto values = shared_rows("/mask", shape_.masks, first, count);
  check_mask(values, shape_.pixels * shape_.pixels, file_.path() + ": /mask");
  return values;
}
std::vector<float> MapFileReader::noise(std::int64_t first, std::int64_t count) const {
  auto values = shared_rows("/noise", shape_.noises, first, count);
  check_noise(values, file_.path() + ": /noise");
  return values;
}

}  // namespace shearwater::io
