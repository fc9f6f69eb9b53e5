// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/survey/shape_catalogue.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::survey {
namespace {

using Index = std::size_t;

void check_row(ShapeCatalogue const& c, Index g) {
  double const sum = c.ra_deg[g] + c.dec_deg[g] + c.e1[g] + c.e2[g] + c.weight[g];
  if (!std::isfinite(sum) || c.weight[g] < 0 || std::abs(c.dec_deg[g]) > 90)
    throw core::InputError(fmt::format(
        "galaxy {} of the shape catalogue (counted from 0) has ra {}, dec {}, e1 {}, e2 {}, weight "
        "{}: all must be finite, weights not negative, declinations within 90 degrees",
        g, c.ra_deg[g], c.dec_deg[g], c.e1[g], c.e2[g], c.weight[g]));
}

/// Sums of one pixel of one bin.
struct Cell {
  double weight = 0, square = 0, e1 = 0, e2 = 0;
};

}  // namespace

void CatalogueConfig::describe(core::Fields& key) {
  key("centre_ra_deg", centre_ra_deg, "degree", "right ascension of the map's centre")
      .between(-360, 360);
  key("centre_dec_deg", centre_dec_deg, "degree", "declination of the map's centre")
      .between(-90, 90);
  key("flip_e2", flip_e2, "", "whether e2 changes its sign: for catalogues whose x points west");
  key("smallest_weight", smallest_weight, "", "pixels of less weight in any bin are masked")
      .at_least(0);
}

Projected project(double ra_deg, double dec_deg, double centre_ra_deg, double centre_dec_deg) {
  double const ra = (ra_deg - centre_ra_deg) * units::degree;
  double const s = std::sin(dec_deg * units::degree), c = std::cos(dec_deg * units::degree);
  double const s0 = std::sin(centre_dec_deg * units::degree);
  double const c0 = std::cos(centre_dec_deg * units::degree);
  // Direction in the frame of the centre: east, north, ahead; and its derivative along the
  // meridian.
  double const east = c * std::sin(ra), north = c0 * s - s0 * c * std::cos(ra);
  double const depth = s0 * s + c0 * c * std::cos(ra);
  double const d_east = -s * std::sin(ra), d_north = c0 * c + s0 * s * std::cos(ra);
  double const d_depth = s0 * c - c0 * s * std::cos(ra);
  Projected p;
  p.ahead = depth > 1e-6;
  if (!p.ahead) return p;
  p.x = east / depth;
  p.y = north / depth;
  p.angle = std::atan2(-(d_east - p.x * d_depth), d_north - p.y * d_depth);
  return p;
}

ShearPixels pixelise(ShapeCatalogue const& catalogue, CatalogueConfig const& config,
                     double width_deg, std::int64_t pixels, std::int64_t bins) {
  Index const rows = catalogue.ra_deg.size();
  for (Index const size : {catalogue.dec_deg.size(), catalogue.e1.size(), catalogue.e2.size(),
                           catalogue.weight.size(), catalogue.bin.size()})
    if (size != rows)
      throw core::InputError(
          fmt::format("the columns of the shape catalogue have {} and {} rows", rows, size));
  ShearPixels result;
  result.bins = bins;
  result.pixels = pixels;
  auto const area = static_cast<Index>(pixels * pixels), total = static_cast<Index>(bins) * area;
  std::vector<Cell> cells(total);
  std::vector<double> variance(static_cast<Index>(bins), 0.0),
      squares(static_cast<Index>(bins), 0.0);
  double const scale = static_cast<double>(pixels) / (width_deg * units::degree);
  for (Index g = 0; g < rows; ++g) {
    check_row(catalogue, g);
    auto const p = project(catalogue.ra_deg[g], catalogue.dec_deg[g], config.centre_ra_deg,
                           config.centre_dec_deg);
    double const column = std::floor(p.x * scale + 0.5 * static_cast<double>(pixels));
    double const row = std::floor(p.y * scale + 0.5 * static_cast<double>(pixels));
    double const last = static_cast<double>(pixels - 1);
    bool const on_map = p.ahead && column >= 0 && column <= last && row >= 0 && row <= last;
    std::int64_t const bin = catalogue.bin[g];
    if (!on_map || bin < 0 || bin >= bins || catalogue.weight[g] == 0) {
      ++result.outside;
      continue;
    }
    ++result.used;
    // An ellipse turned by an angle turns by twice the angle in (e1, e2).
    double const cosine = std::cos(2 * p.angle), sine = std::sin(2 * p.angle);
    double const e1 = catalogue.e1[g], e2 = config.flip_e2 ? -catalogue.e2[g] : catalogue.e2[g];
    double const w = catalogue.weight[g];
    Cell& cell =
        cells[static_cast<Index>(bin) * area +
              static_cast<Index>(row) * static_cast<Index>(pixels) + static_cast<Index>(column)];
    cell.weight += w;
    cell.square += w * w;
    cell.e1 += w * (cosine * e1 - sine * e2);
    cell.e2 += w * (sine * e1 + cosine * e2);
    variance[static_cast<Index>(bin)] += w * w * 0.5 * (e1 * e1 + e2 * e2);
    squares[static_cast<Index>(bin)] += w * w;
  }
  if (result.used == 0)
    throw core::InputError(fmt::format(
        "none of the {} galaxies of the shape catalogue lies on the map of {:g} degrees about ra "
        "{:g}, dec {:g}: check catalogue.centre_ra_deg and centre_dec_deg",
        rows, width_deg, config.centre_ra_deg, config.centre_dec_deg));
  result.gamma_1.assign(total, 0.0F);
  result.gamma_2.assign(total, 0.0F);
  result.noise.assign(total, 0.0F);
  result.mask.assign(area, 1.0F);
  for (Index b = 0; b < static_cast<Index>(bins); ++b) {
    result.shape_noise.push_back(squares[b] > 0 ? std::sqrt(variance[b] / squares[b]) : 0.0);
    for (Index p = 0; p < area; ++p) {
      Cell const& cell = cells[b * area + p];
      if (!(cell.weight > config.smallest_weight)) result.mask[p] = 0.0F;
      if (!(cell.weight > 0)) continue;
      result.gamma_1[b * area + p] = static_cast<float>(cell.e1 / cell.weight);
      result.gamma_2[b * area + p] = static_cast<float>(cell.e2 / cell.weight);
      result.noise[b * area + p] =
          static_cast<float>(result.shape_noise[b] * std::sqrt(cell.square) / cell.weight);
    }
  }
  return result;
}

}  // namespace shearwater::survey
