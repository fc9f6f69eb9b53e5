// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/sky_regions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "shearwater/core/error.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::galaxies {

namespace {

constexpr std::int64_t cells = 32768;
constexpr double turn = 2 * std::numbers::pi;

/// From the smallest to the largest number of all ranks; 0 to 0 of none. Collective.
std::pair<double, double> extent_of(parallel::Communicator const& comm,
                                    std::vector<double> const& values) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  double low = none, high = none;
  for (double const x : values) low = std::max(low, -x), high = std::max(high, x);
  low = -comm.max(low), high = comm.max(high);
  return high < low ? std::pair{0.0, 0.0} : std::pair{low, high};
}

/// Numbers of galaxies in equal cells of [low, high], on all ranks.
class Histogram {
 public:
  explicit Histogram(std::pair<double, double> extent)
      : low_(extent.first),
        width_(extent.second > extent.first ? extent.second - extent.first : 1.0),
        counts_(cells, 0) {}
  void add(double x) { ++counts_[static_cast<std::size_t>(cell_of(x))]; }
  /// Collective.
  void gather(parallel::Communicator const& comm) { parallel::sum(comm, counts_); }

  /// The border of cells below which is nearest to this share of all.
  double below(double share) const {
    std::int64_t total = 0, sum = 0;
    for (auto const n : counts_) total += n;
    double const wanted = share * static_cast<double>(total);
    std::int64_t cell = 0;
    while (cell < cells) {
      auto const n = counts_[static_cast<std::size_t>(cell)];
      if (static_cast<double>(sum) + 0.5 * static_cast<double>(n) >= wanted) break;
      sum += n, ++cell;
    }
    return at(cell);
  }
  /// The middle of the longest stretch of empty cells, which may go on from the end at the start.
  double middle_of_gap() const {
    std::int64_t longest = 0, end = 0, run = 0;
    for (std::int64_t c = 0; c < 2 * cells; ++c) {
      run = counts_[static_cast<std::size_t>(c % cells)] == 0 ? run + 1 : 0;
      if (run > longest && run <= cells) longest = run, end = c + 1;
    }
    return at(end) - 0.5 * width_ * static_cast<double>(longest) / static_cast<double>(cells);
  }

 private:
  double at(std::int64_t cell) const {
    return low_ + width_ * static_cast<double>(cell) / static_cast<double>(cells);
  }
  std::int64_t cell_of(double x) const {
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>((x - low_) / width_ * static_cast<double>(cells)), 0, cells - 1);
  }

  double low_, width_;
  std::vector<std::int64_t> counts_;
};

double within_turn(double angle) {
  double const rest = angle - turn * std::floor(angle / turn);
  return rest < turn ? rest : 0.0;
}

/// The place of x among rising borders.
std::size_t part_of(std::vector<double> const& borders, double x) {
  return static_cast<std::size_t>(std::ranges::upper_bound(borders, x) - borders.begin());
}

}  // namespace

SkyField::SkyField(parallel::Communicator const& comm, std::vector<double> const& ra,
                   std::vector<double> const& dec) {
  Histogram around({0.0, turn});
  for (double const a : ra) around.add(within_turn(a));
  around.gather(comm);
  start = around.middle_of_gap();
  std::vector<double> from_start, sines;
  for (double const a : ra) from_start.push_back(place_of(a));
  for (double const d : dec) sines.push_back(std::sin(d));
  places = extent_of(comm, from_start), heights = extent_of(comm, sines);
}

double SkyField::place_of(double ra) const { return within_turn(ra - start); }

bool SkyField::contains(double ra, double dec) const {
  double const x = place_of(ra), z = std::sin(dec);
  return x >= places.first && x <= places.second && z >= heights.first && z <= heights.second;
}

double share_beyond(parallel::Communicator const& comm, SkyField const& field,
                    std::vector<double> const& ra, std::vector<double> const& dec) {
  std::int64_t beyond = 0;
  for (std::size_t i = 0; i < ra.size(); ++i) beyond += !field.contains(ra[i], dec[i]);
  auto const all = comm.sum(std::ssize(ra)), out = comm.sum(beyond);
  return all > 0 ? static_cast<double>(out) / static_cast<double>(all) : 0;
}

std::int32_t SkyRegions::of(double ra, double dec) const {
  if (first_.empty()) return 0;
  std::size_t const band = part_of(tops_, std::sin(dec));
  return first_[band] + static_cast<std::int32_t>(part_of(borders_[band], field_.place_of(ra)));
}

SkyRegions::SkyRegions(parallel::Communicator const& comm, std::vector<double> const& ra,
                       std::vector<double> const& dec, std::int32_t wanted)
    : field_(comm, ra, dec) {
  core::require(ra.size() == dec.size() && wanted >= 1, "galaxies::SkyRegions: places on the sky");
  if (wanted == 1) return;
  std::vector<double> sines;
  for (double const d : dec) sines.push_back(std::sin(d));
  Histogram heights(field_.heights);
  for (double const z : sines) heights.add(z);
  heights.gather(comm);
  auto const [south, north] = field_.heights;
  auto const [west, east] = field_.places;
  // sin(north) - sin(south) over an angle is the height times the cosine of the middle declination.
  double const height = std::asin(north) - std::asin(south);
  double const width = (east - west) * (north - south) / std::max(height, 1e-9);
  auto const bands = std::clamp(
      static_cast<std::int32_t>(std::lround(std::sqrt(wanted * height / std::max(width, 1e-9)))), 1,
      wanted);
  for (std::int32_t b = 0; b <= bands; ++b)
    first_.push_back(static_cast<std::int32_t>(std::int64_t{b} * wanted / bands));
  for (std::int32_t b = 1; b < bands; ++b)
    tops_.push_back(
        heights.below(static_cast<double>(first_[static_cast<std::size_t>(b)]) / wanted));
  borders_.resize(static_cast<std::size_t>(bands));
  for (std::size_t b = 0; b < borders_.size(); ++b) {
    Histogram band(field_.places);
    for (std::size_t i = 0; i < ra.size(); ++i)
      if (part_of(tops_, sines[i]) == b) band.add(field_.place_of(ra[i]));
    band.gather(comm);
    std::int32_t const parts = first_[b + 1] - first_[b];
    for (std::int32_t p = 1; p < parts; ++p)
      borders_[b].push_back(band.below(static_cast<double>(p) / parts));
  }
  std::vector<std::int64_t> members(static_cast<std::size_t>(wanted), 0);
  for (std::size_t i = 0; i < ra.size(); ++i)
    ++members[static_cast<std::size_t>(of(ra[i], dec[i]))];
  parallel::sum(comm, members);
  if (std::ranges::find(members, 0) != members.end())
    throw core::InputError(
        fmt::format("measure.jackknife: {} regions of the sky for {} galaxies, and one would hold "
                    "none: take a smaller measure.jackknife",
                    wanted, comm.sum(std::ssize(ra))));
}

}  // namespace shearwater::galaxies
