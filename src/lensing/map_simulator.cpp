// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/map_simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "shearwater/core/error.hpp"

namespace shearwater::lensing {

void MapConfig::describe(core::Fields& key) {
  key("pixels", pixels, "pixels", "side of a map; even").between(8, 8192);
  key("width_deg", width_deg, "degree", "side of a map").between(0.1, 60.0);
  key("field", field, "",
      "convergence: fields with the spectra, lognormal or gaussian, or the light cone of an n_body "
      "simulation, of tables [box], [initial], [mesh], [steps], [light_cone]")
      .one_of({"lognormal", "gaussian", "n_body"});
  key("multipoles", multipoles, "",
      "where spectra are tabulated: logarithmic (128 in [1, 10^4.5]) or grid (multiples of the "
      "fundamental)")
      .one_of({"logarithmic", "grid"});
  key("shift", shift, "",
      "lognormal shifts: polynomial (the two-parameter case), table (a file) or constant")
      .one_of({"polynomial", "table", "constant"});
  key("shift_table", shift_table, "", "file of shifts (.npy or .csv) for shift = \"table\"").path();
  key("shift_convention", shift_convention, "",
      "how a table or its fit is read: as sbi_lens codes it, or as the table means it")
      .one_of({"as_coded", "table"});
  key("shifts", shifts, "convergence", "one shift for each bin, for shift = \"constant\"")
      .positive();
  key("noise", noise, "", "whether shape noise is added");
  key("noise_channel", noise_channel, "",
      "whether examples carry the noise level of each pixel as an array for the network");
  key("interpolate_spectra", interpolate_spectra, "",
      "whether spectra are interpolated where at most three parameters vary; else always computed");
  key("seed", seed, "", "seed of fields and noise").at_least(0);
}

namespace {

constexpr double log10_largest_ell = 4.5;  // of logarithmic multipoles

}  // namespace

void MapConfig::check() const {
  if (pixels % 2 != 0)
    throw core::InputError(
        fmt::format("maps.pixels = {}: must be even, because Fourier transforms of the maps are "
                    "halved; use {} or {}",
                    pixels, pixels - 1, pixels + 1));
  if (is_n_body())
    return core::refuse_changed(
        "maps", *this,
        {"multipoles", "shift", "shift_table", "shift_convention", "shifts", "interpolate_spectra"},
        "maps.field = \"n_body\" draws no field from spectra");
  double const largest = std::pow(10.0, log10_largest_ell);
  double const corner = std::numbers::sqrt2 * sky().nyquist();
  if (multipoles == "grid" || corner <= largest) return;
  auto const most =
      2 * static_cast<std::int64_t>(largest / (std::numbers::sqrt2 * sky().fundamental()));
  throw core::InputError(fmt::format(
      "maps.pixels = {} on maps.width_deg = {:g}: the modes reach l = {:.0f}, but maps.multipoles "
      "= \"logarithmic\" ends at l = {:.0f}; take at most {} pixels on this width, a wider map, or "
      "maps.multipoles = \"grid\"",
      pixels, width_deg, corner, largest, most));
}

std::vector<double> MapConfig::ell() const {
  std::vector<double> result;
  if (multipoles == "grid") {
    for (std::int64_t n = 0; n <= pixels; ++n)
      result.push_back(static_cast<double>(n) * sky().fundamental());
    return result;
  }
  for (int n = 0; n < 128; ++n) result.push_back(std::pow(10.0, log10_largest_ell * n / 127.0));
  return result;
}

std::string MapConfig::shift_file(std::string const& folder) const {
  return field == "lognormal" && shift == "table" ? core::path_from(folder, shift_table) : "";
}

LognormalShift MapConfig::make_shift(std::int64_t bins, std::string const& folder) const {
  auto const convention = lensing::shift_convention(shift_convention);
  auto const path = core::path_from(folder, shift_table);
  if (shift == "table" && path.empty())
    throw core::InputError("maps.shift_table = \"" + shift_table +
                           "\": name a table; an environment variable in it may not be set");
  LognormalShift result = shift == "polynomial" ? LognormalShift::polynomial(convention)
                          : shift == "table"    ? LognormalShift::from_file(path, convention)
                                                : LognormalShift::constant(shifts);
  if (result.bins() != bins)
    throw core::InputError(
        fmt::format("maps.shift = \"{}\" gives {} shifts, but there are {} source bins: choose "
                    "\"table\" or \"constant\" with one shift for each bin",
                    shift, result.bins(), bins));
  return result;
}

void add_pixel_noise(std::uint64_t seed, std::uint64_t index,
                     std::vector<double> const& noise_per_pixel, std::span<float> maps) {
  auto const size = maps.size() / noise_per_pixel.size();
  for (std::size_t b = 0; b < noise_per_pixel.size(); ++b)
    if (noise_per_pixel[b] > 0)
      fields::add_normals(seed, core::Purpose::noise, index, b * size, noise_per_pixel[b],
                          maps.subspan(b * size, size));
}

MapSimulator::MapSimulator(MapConfig const& config, std::vector<double> noise_per_pixel)
    : ell_((config.check(), config.ell())),
      noise_(std::move(noise_per_pixel)),
      fields_(config.sky(), std::ssize(noise_), ell_),
      lognormal_(config.field == "lognormal") {
  core::require(!config.is_n_body(), "maps that are drawn from spectra");
  for (double& sd : noise_) {
    if (!(sd >= 0) || !std::isfinite(sd))
      throw core::InputError(fmt::format("noise of {} per pixel: it must be zero or positive", sd));
    if (!config.noise) sd = 0;
  }
}

fields::FieldReport MapSimulator::simulate(std::uint64_t seed, std::uint64_t index,
                                           std::span<double const> c_ell,
                                           std::span<double const> shifts, Workspace& workspace,
                                           std::span<float> maps) const {
  auto const size = static_cast<std::size_t>(sky().size());
  core::require(maps.size() == static_cast<std::size_t>(bins()) * size,
                "maps are (bins, pixels, pixels)");
  auto const used_shifts = lognormal_ ? shifts : std::span<double const>{};
  auto const report = fields_.prepare(c_ell, used_shifts, workspace);
  fields_.draw_modes(seed, index, workspace);
  for (std::size_t b = 0; b < noise_.size(); ++b) {
    auto const map = maps.subspan(b * size, size);
    fields_.make_map(static_cast<std::int64_t>(b), workspace, map.data());
    double const variance = lognormal_ ? fields::mean_square(map) : 0.0;
    // Pieces that stay in the first cache level from the field to the noisy pixels.
    constexpr std::size_t kPiece = 4096;
    for (std::size_t first = 0; first < size; first += kPiece) {
      auto const piece = map.subspan(first, std::min(kPiece, size - first));
      if (lognormal_) fields::lognormal_transform(piece, variance, shifts[b]);
      if (noise_[b] > 0)
        fields::add_normals(seed, core::Purpose::noise, index, b * size + first, noise_[b], piece);
    }
  }
  return report;
}

}  // namespace shearwater::lensing
