// SPDX-License-Identifier: BSD-3-Clause
#include "measured_galaxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "shearwater/core/log.hpp"
#include "shearwater/galaxies/cone_correlations.hpp"
#include "shearwater/galaxies/tally.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::commands {

namespace {

using galaxies::Marks;
using galaxies::PairGeometry;

/// What a pass over the pairs sums, and which statistics come of it.
struct Pass {
  PairGeometry geometry;
  Marks marks;
  bool randoms;  ///< with random places on a light cone
  std::vector<std::string> statistics;
};

Marks marks_of(galaxies::Statistic const& what) {
  if (what.name == "xi" || what.name == "wgg") return Marks::none;
  if (what.geometry == PairGeometry::spherical) return Marks::axes;
  return what.needs_shapes ? Marks::ellipticities : Marks::directions;
}

/// As few passes as serve all: numbers of pairs come with any marks.
std::vector<Pass> passes_of(std::vector<std::string> const& statistics, bool on_sky) {
  std::vector<Pass> passes;
  for (bool const counts : {false, true})
    for (auto const& name : statistics) {
      auto const& what = galaxies::statistic(name);
      auto const marks = marks_of(what);
      bool const randoms = on_sky && what.needs_randoms;
      if ((marks == Marks::none) != counts) continue;
      auto const found = std::ranges::find_if(passes, [&](Pass const& pass) {
        return pass.geometry == what.geometry && pass.randoms == randoms &&
               (marks == Marks::none || pass.marks == marks);
      });
      if (found != passes.end())
        found->statistics.push_back(name);
      else
        passes.push_back({what.geometry, marks, randoms, {name}});
    }
  return passes;
}

/// Positions are moved into redshift space once, and every line of sight is the one they are for.
void check_sight(MeasureConfig const& config, MeasuredGalaxies const& galaxies) {
  if (galaxies.on_sky && config.line_of_sight != "z")
    throw core::InputError(
        fmt::format("measure.line_of_sight = \"{}\": galaxies on the sky are each seen along their "
                    "own line of sight; leave the key out",
                    config.line_of_sight));
  if (!galaxies.rows.redshift_space) return;
  if (config.space != "redshift")
    throw core::InputError(
        "measure.space = \"real\": the positions of these galaxies are in redshift space already "
        "(observation.redshift_space of `shearwater populate`): state \"redshift\", which does not "
        "move them again, or populate with observation.redshift_space = false");
  if (config.line_of_sight != galaxies.moved_along)
    throw core::InputError(
        fmt::format("measure.line_of_sight = \"{}\": these galaxies are in redshift space along "
                    "{}: state that, "
                    "or populate with observation.redshift_space = false",
                    config.line_of_sight, galaxies.moved_along));
}

void check(MeasureConfig const& config, MeasuredGalaxies const& galaxies) {
  check_sight(config, galaxies);
  double const side = galaxies.rows.box_side;
  for (auto const& name : config.statistics) {
    auto const& what = galaxies::statistic(name);
    bool const cone = galaxies.on_sky && !galaxies.angles_alone && galaxies.randoms;
    if (what.needs_randoms && side == 0 && !cone)
      throw core::InputError(fmt::format(
          "measure.statistics: {} needs the number of pairs of random places, which is known in a "
          "periodic box alone; on a light cone name columns.redshift and random places by "
          "[randoms]; ed and ee need none",
          name));
    if (what.geometry == PairGeometry::projected && galaxies.on_sky && !what.needs_shapes)
      throw core::InputError(
          fmt::format("measure.statistics: {} of a light cone would need a line of sight for each "
                      "pair; measure wg_plus, wgg, ed, ee, xi_plus and xi_minus of it",
                      name));
    if (what.geometry == PairGeometry::projected && galaxies.on_sky && !galaxies.stored_shapes &&
        marks_of(what) == Marks::ellipticities)
      throw core::InputError(
          fmt::format("measure.statistics: {} on the sky is of ellipticities that the catalogue "
                      "holds: name the "
                      "columns e1 and e2",
                      name));
    if (what.geometry == PairGeometry::spherical && galaxies.angles_alone)
      throw core::InputError(fmt::format(
          "measure.statistics: {} needs positions in space, and the columns give ra and dec alone; "
          "measure xi_plus and xi_minus",
          name));
  }
  if (config.jackknife > 1 && side == 0 && !galaxies.on_sky)
    throw core::InputError(
        fmt::format("measure.jackknife = {}: regions are sub-boxes of a periodic box or parts of "
                    "the sky, and there are neither a box nor right ascensions; set it to 1",
                    config.jackknife));
}

/// The distances within which 90 % of places are, and the median, to a thousandth of all.
struct Depths {
  double low, middle, high;
};

/// Collective over comm.
Depths depths_of(parallel::Communicator const& comm, std::vector<double> const& position,
                 double furthest) {
  constexpr std::size_t cells = 1000;
  std::vector<std::int64_t> count(cells);
  for (std::size_t i = 0; i + 2 < position.size(); i += 3) {
    double const d = std::hypot(position[i], position[i + 1], position[i + 2]);
    ++count[std::min(cells - 1, static_cast<std::size_t>(d / furthest * cells))];
  }
  parallel::sum(comm, count);
  auto const total =
      static_cast<double>(std::accumulate(count.begin(), count.end(), std::int64_t{0}));
  auto const quantile = [&](double share) {
    std::int64_t sum = 0;
    std::size_t cell = 0;
    while (cell < cells && static_cast<double>(sum += count[cell]) < share * total) ++cell;
    return (static_cast<double>(cell) + 0.5) / cells * furthest;
  };
  return {quantile(0.05), quantile(0.5), quantile(0.95)};
}

/// Collective over comm: throws InputError where random places are not where the galaxies are along
/// the line of sight, and warns where half of one of them is beyond the other.
void check_depths(parallel::Communicator const& comm, io::GalaxyCatalogue const& rows,
                  galaxies::PairSample const& randoms) {
  double furthest = 0;
  for (auto const* list : {&rows.position, &randoms.position})
    for (std::size_t i = 0; i + 2 < list->size(); i += 3)
      furthest = std::max(furthest, std::hypot((*list)[i], (*list)[i + 1], (*list)[i + 2]));
  furthest = comm.max(furthest);
  if (!(furthest > 0)) return;
  auto const mine = depths_of(comm, rows.position, furthest),
             theirs = depths_of(comm, randoms.position, furthest);
  auto const text = fmt::format(
      "randoms: 90 % of them are {:.4g} to {:.4g} Mpc/h away, and of the galaxies {:.4g} to {:.4g}",
      theirs.low, theirs.high, mine.low, mine.high);
  if (theirs.low > mine.high || mine.low > theirs.high)
    throw core::InputError(
        text + ": random places have the redshifts of the galaxies; check randoms.redshift");
  if (theirs.low > mine.middle || theirs.high < mine.middle || mine.low > theirs.middle ||
      mine.high < theirs.middle)
    core::log_warning(text + ": do they have the redshifts of the galaxies?");
}

/// Collective over comm: throws InputError where most random places, or galaxies, are beyond the
/// field of the other, and warns where many are. Regions of a jackknife do not tell: random places
/// all around a field may be shared equally by all of its regions.
void check_fields(parallel::Communicator const& comm, io::GalaxyCatalogue const& rows,
                  RandomPlaces const& randoms) {
  constexpr double many = 2.0 / 3, most = 0.9;  // a field of three and of ten times the size
  // Few galaxies do not show how far their field goes.
  if (comm.sum(std::ssize(rows.ra)) < 30) return;
  galaxies::SkyField const field(comm, rows.ra, rows.dec), theirs(comm, randoms.ra, randoms.dec);
  auto const check = [](double share, char const* which, char const* of) {
    if (share < many) return;
    auto const text = fmt::format(
        "randoms: {:.3g} % of the {} are beyond the right ascensions and declinations of the {}",
        100 * share, which, of);
    if (share > most)
      throw core::InputError(text +
                             ": random places cover the field of the galaxies and no more; cut "
                             "them to it, or check randoms.ra and randoms.dec");
    core::log_warning(text + "; do they cover the same field?");
  };
  check(galaxies::share_beyond(comm, field, randoms.ra, randoms.dec), "random places", "galaxies");
  check(galaxies::share_beyond(comm, theirs, rows.ra, rows.dec), "galaxies", "random places");
}

/// Collective over comm: throws InputError where all weights of a sample are 0.
void check_weights(parallel::Communicator const& comm, galaxies::PairSample const& sample) {
  if (!comm.any(!sample.weight.empty())) return;
  if (!comm.any(std::ranges::any_of(sample.weight, [](double w) { return w != 0; })))
    throw core::InputError(
        "the weights of all galaxies are 0: leave columns.weight out, or mend them");
}

void warn_of_empty(std::vector<galaxies::Correlation> const& correlations) {
  std::vector<std::string> empty;
  for (auto const& one : correlations)
    if (std::ranges::all_of(one.pairs, [](double n) { return n == 0; })) empty.push_back(one.name);
  if (!empty.empty())
    core::log_warning(
        fmt::format("no two galaxies are as far apart as the bins of {}: they are empty",
                    fmt::join(empty, ", ")));
}

struct Measurement {
  parallel::Communicator const& comm;
  MeasureConfig const& config;
  core::RunControl const& control;
  double box_side;
  galaxies::Regions regions;
  std::vector<galaxies::Correlation> all, of_one, of_two;

  galaxies::PairConfig config_of(Pass const& pass, bool sky) const {
    galaxies::PairConfig pairs;
    bool const flat = pass.geometry == PairGeometry::projected;
    pairs.geometry = sky                    ? PairGeometry::sky
                     : flat && pass.randoms ? PairGeometry::cone
                                            : pass.geometry;
    pairs.edges = sky ? galaxies::chords_of(config.angle_edges()) : config.bin_edges();
    pairs.pi_max = config.pi_max;
    pairs.box_side = box_side;
    pairs.pi_bins = flat && (box_side > 0 || pass.randoms) ? config.pi_bins : 1;
    pairs.regions = regions.count;
    pairs.pause = [this] { stop_if_asked(comm, control); };
    pairs.pause();
    return pairs;
  }

  void run(Pass const& pass, bool sky, galaxies::PairSample const& shapes,
           galaxies::PairSample const* places, bool split) {
    auto const pairs = config_of(pass, sky);
    auto const sums = galaxies::sum_pairs(comm, pairs, shapes, places);
    auto const randoms = galaxies::random_pairs(comm, pairs, shapes, places);
    add(pass, pairs, sums, nullptr, randoms, "", all);
    if (!split) return;
    pairs.pause();
    auto const within = galaxies::sum_pairs_in_hosts(comm, pairs, shapes, places);
    add(pass, pairs, within, &sums, randoms, "_one_halo", of_one);
    add(pass, pairs, galaxies::difference(sums, within), &sums, randoms, "_two_halo", of_two);
  }

  void warn_of_randoms(galaxies::ConePairs const& counted) const {
    constexpr double most = 3;
    if (double const factor = galaxies::uneven_randoms(counted, regions.count); factor > most)
      core::log_warning(fmt::format(
          "randoms: a region of the galaxies' sky holds {:.3g} times as large a share of them as "
          "of the galaxies, or one as much smaller; do they cover the same field?",
          factor));
  }

  void run_cone(Pass const& pass, galaxies::PairSample const& shapes,
                galaxies::PairSample const* places, galaxies::PairSample const& randoms) {
    auto const pairs = config_of(pass, false);
    auto const count = [&](auto const& first, auto const* second) {
      pairs.pause();
      return galaxies::count_pairs(comm, pairs, first, second);
    };
    galaxies::ConePairs counted{count(shapes, places),
                                count(shapes, &randoms),
                                {},
                                count(randoms, static_cast<galaxies::PairSample const*>(nullptr))};
    counted.randoms_places = places == nullptr ? counted.shapes_randoms : count(randoms, places);
    warn_of_randoms(counted);
    for (auto const& name : pass.statistics)
      all.push_back(
          galaxies::cone_correlation(galaxies::statistic(name), pairs, counted, regions.count));
  }

  void add(Pass const& pass, galaxies::PairConfig const& pairs, galaxies::PairSums const& sums,
           galaxies::PairSums const* whole, galaxies::RandomPairs const& randoms,
           std::string const& suffix, std::vector<galaxies::Correlation>& to) const {
    for (auto const& name : pass.statistics) {
      auto const& what = galaxies::statistic(name);
      // An excess over random pairs belongs to no part of the pairs.
      if (!suffix.empty() && marks_of(what) == Marks::none) continue;
      to.push_back(galaxies::correlation(what, pairs, sums, randoms, regions, whole));
      to.back().name += suffix;
      to.back().on_sky = pairs.geometry == PairGeometry::sky;
      if (to.back().on_sky) to.back().edges = config.angle_edges();
    }
  }
};

}  // namespace

void RandomPlaces::divide(galaxies::SkyRegions const* regions) {
  sample.region.clear();
  for (std::size_t i = 0; regions != nullptr && i < ra.size(); ++i)
    sample.region.push_back(regions->of(ra[i], dec[i]));
}

RatioCounts count_axis_ratios(parallel::Communicator const& comm, io::GalaxyCatalogue const& rows) {
  RatioCounts counts;
  if (!comm.any(!rows.axis_ratios.empty())) return counts;
  std::vector<std::int64_t>* const lists[2] = {&counts.b_to_a, &counts.c_to_a};
  for (auto* list : lists) list->resize(galaxies::Tally::kRatios);
  for (std::size_t i = 0; i < rows.axis_ratios.size(); ++i)
    galaxies::Tally::count_ratio(*lists[i % 2], rows.axis_ratios[i]);
  for (auto* list : lists) parallel::sum(comm, *list);
  return counts;
}

std::vector<galaxies::Correlation> measure_correlations(parallel::Communicator const& comm,
                                                        MeasureConfig const& config,
                                                        MeasuredGalaxies& galaxies,
                                                        std::vector<std::int64_t>& samples,
                                                        core::RunControl const& control) {
  check(config, galaxies);
  auto const& rows = galaxies.rows;
  if (galaxies.randoms && galaxies.on_sky) {
    check_depths(comm, rows, galaxies.randoms->sample);
    check_fields(comm, rows, *galaxies.randoms);
  }
  bool const split = config.split_hosts && comm.any(!rows.host.empty());
  bool const in_box = rows.box_side > 0;
  galaxies::SubBoxes const boxes{rows.box_side,
                                 in_box ? static_cast<std::int32_t>(config.jackknife) : 1};
  auto const parts = static_cast<std::int32_t>(config.regions());
  galaxies::SkyRegions const field = in_box || parts == 1
                                         ? galaxies::SkyRegions()
                                         : galaxies::SkyRegions(comm, rows.ra, rows.dec, parts);
  auto const* const sky_regions = field.count() > 1 ? &field : nullptr;
  galaxies::Regions const regions =
      in_box ? galaxies::Regions(boxes) : galaxies::Regions{field.count(), 0};
  Measurement measurement{comm, config, control, rows.box_side, regions, {}, {}, {}};
  samples.clear();
  if (galaxies.randoms) galaxies.randoms->divide(sky_regions);
  for (auto const& pass : passes_of(config.statistics, galaxies.on_sky)) {
    galaxies::PairSample shapes, places;
    bool const one = config.shapes == config.places;
    bool const sky = galaxies.on_sky && pass.geometry == PairGeometry::projected && !pass.randoms;
    auto const sphere = sky ? galaxies::on_unit_sphere(rows) : io::GalaxyCatalogue();
    comm.together([&] {
      auto const select = [&](std::string const& which) {
        return galaxies::pair_sample(sky ? sphere : rows, which, config, pass.marks,
                                     galaxies.stored_shapes, boxes, sky_regions);
      };
      shapes = select(config.shapes);
      if (!one) places = select(config.places);
    });
    samples = {comm.sum(shapes.size()), comm.sum(one ? shapes.size() : places.size())};
    if (samples[0] == 0 || samples[1] == 0)
      throw core::InputError(fmt::format(
          "no galaxy is left of {}: check measure.shapes, places and the limits of host mass",
          galaxies.total));
    check_weights(comm, shapes);
    if (!one) check_weights(comm, places);
    core::log_info(fmt::format("{} shapes about {} places: {}", samples[0], samples[1],
                               fmt::join(pass.statistics, ", ")));
    auto const* const others = one ? nullptr : &places;
    if (pass.randoms)
      measurement.run_cone(pass, shapes, others, galaxies.randoms->sample);
    else
      measurement.run(pass, sky, shapes, others, split);
  }
  auto result = std::move(measurement.all);
  for (auto* more : {&measurement.of_one, &measurement.of_two})
    result.insert(result.end(), more->begin(), more->end());
  warn_of_empty(result);
  return result;
}

}  // namespace shearwater::commands
