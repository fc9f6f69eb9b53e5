// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "fits.hpp"
#include "map_checks.hpp"
#include "nonfinite.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/map_file.hpp"
#include "shearwater/io/npy.hpp"

namespace shearwater::io {

namespace {

/// A unit as written in files: pure numbers are "1", "" or "dimensionless".
std::string canonical(std::string const& unit) {
  std::string lower;
  for (char const c : unit)
    if (c != ' ') lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.empty() || lower == "dimensionless" || lower == "none" ? "1" : unit;
}

void check_unit(MapRequest const& request, std::string const& found) {
  if (canonical(found) != canonical(request.unit))
    throw core::InputError(
        fmt::format("{}: its values have the unit '{}', but '{}' is needed: convert them, or "
                    "correct the unit in the file",
                    request.path, found, request.unit));
}

[[noreturn]] void wrong_shape(MapRequest const& request, Shape const& shape) {
  auto const any = [](std::int64_t extent) {
    return extent == 0 ? std::string("any") : fmt::format("{}", extent);
  };
  throw core::InputError(
      fmt::format("{}: holds values of shape {}, but maps of {} bins and {} x {} pixels are "
                  "needed: (pixels, pixels), (bins, pixels, pixels) or (maps, bins, pixels, "
                  "pixels); rebin or cut the map, or use a model trained for this shape",
                  request.path, shape_text(shape), any(request.bins), any(request.pixels),
                  any(request.pixels)));
}

bool fits(std::int64_t wanted, std::int64_t found) { return wanted == 0 || wanted == found; }

/// (N, N, bins) to (bins, N, N).
std::vector<double> bins_first(std::vector<double> const& values, Shape const& shape) {
  std::vector<double> result(values.size());
  auto const pixels = static_cast<std::size_t>(shape[0] * shape[1]);
  auto const bins = static_cast<std::size_t>(shape[2]);
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t b = 0; b < bins; ++b) result[b * pixels + p] = values[p * bins + b];
  return result;
}

/// Sets count, bins and pixels of `stack` from the array's shape, and orders the values.
std::vector<double> arrange(MapRequest const& request, Array const& array, MapStack& stack) {
  auto const& shape = array.shape;
  auto values = array.to_double();
  if (shape.size() == 2) {
    stack.count = stack.bins = 1;
    stack.pixels = shape[0];
    if (shape[1] != shape[0]) wrong_shape(request, shape);
  } else if (shape.size() == 3 && shape[0] == shape[1] && shape[1] != shape[2] &&
             fits(request.bins, shape[2]) && fits(request.pixels, shape[0])) {
    values = bins_first(values, shape);
    stack.count = 1;
    stack.bins = shape[2];
    stack.pixels = shape[0];
  } else if (shape.size() == 3 && shape[1] == shape[2]) {
    bool const many = request.bins == 1;
    stack.count = many ? shape[0] : 1;
    stack.bins = many ? 1 : shape[0];
    stack.pixels = shape[1];
  } else if (shape.size() == 4 && shape[2] == shape[3]) {
    stack.count = shape[0];
    stack.bins = shape[1];
    stack.pixels = shape[2];
  } else {
    wrong_shape(request, shape);
  }
  if (values.empty() || !fits(request.bins, stack.bins) || !fits(request.pixels, stack.pixels))
    wrong_shape(request, shape);
  return values;
}

MapStack from_array(MapRequest const& request, Array const& array, std::string const& unit) {
  if (array.type != ElementType::float32 && array.type != ElementType::float64)
    throw core::InputError(fmt::format("{}: holds {}, but a map is float32 or float64: convert it",
                                       request.path, type_name(array.type)));
  check_unit(request, unit);
  if (array.type == ElementType::float32)
    require_finite(array.as<float>(), array.shape, request.path);
  else
    require_finite(array.as<double>(), array.shape, request.path);
  MapStack stack;
  auto const values = arrange(request, array, stack);
  stack.values.assign(values.begin(), values.end());
  require_finite<float>(stack.values, {stack.count, stack.bins, stack.pixels, stack.pixels},
                        request.path + " as float32");
  return stack;
}

std::vector<float> companion(InputFile const& file, std::string const& name, std::int64_t& rows) {
  rows = 0;
  if (!file.contains(name)) return {};
  auto const array = file.read(name);
  auto const values = array.to_double();
  require_finite<double>(values, array.shape, file.path() + ": " + name);
  rows = array.shape.at(0);
  return {values.begin(), values.end()};
}

MapStack from_hdf5(MapRequest const& request) {
  InputFile const file(request.path);
  bool const ours = file.has_attribute("/", "schema") && request.dataset == "maps";
  // Checks every dataset of a file of ours, and refuses newer formats.
  if (ours) MapFileReader const check(request.path);
  auto const info = file.info(request.dataset);
  auto stack = from_array(request, file.read(request.dataset), info.meaning.unit);
  if (file.has_attribute(request.dataset, "width"))
    stack.width = file.number(request.dataset, "width");
  if (ours) {
    stack.mask = companion(file, "/mask", stack.masks);
    stack.noise = companion(file, "/noise", stack.noises);
    check_mask(stack.mask, stack.pixels * stack.pixels, request.path + ": /mask");
    check_noise(stack.noise, request.path + ": /noise");
  }
  return stack;
}

}  // namespace

MapStack read_maps(MapRequest const& request) {
  switch (detect_format(request.path)) {
    case Format::hdf5:
      return from_hdf5(request);
    case Format::npy:
      return from_array(request, read_npy(request.path), request.unit);
    case Format::fits: {
      std::string unit;
      auto const image = read_fits_image(request.path, unit);
      return from_array(request, image, unit);
    }
    case Format::other:
      break;
  }
  throw core::InputError(fmt::format(
      "{}: is neither HDF5, FITS nor .npy by its first bytes: it is damaged, or must be converted",
      request.path));
}

}  // namespace shearwater::io
