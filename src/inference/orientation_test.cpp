// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/inference/orientation_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/galaxies/pair_sums.hpp"
#include "shearwater/statistics/c2st.hpp"

namespace shearwater::inference {

void OrientationTestConfig::describe(core::Fields& field) {
  field("draws", draws, "", "draws of all axes that are averaged").between(2, 10000);
  field("rows", rows, "", "galaxies of each sample that the classifier sees").between(10, 1e6);
  field("bins", bins, "", "bins of separation").between(1, 100);
  field("smallest", smallest, "Mpc/h", "smallest separation").between(1e-4, 1e4);
  field("largest", largest, "Mpc/h", "largest separation").between(1e-4, 1e4);
  field("seed", seed, "", "seed of the draws and of the classifier").at_least(0);
}

namespace {

constexpr std::int64_t fewest_galaxies = 20;
constexpr std::size_t features = 4;
// Of a cosine in a sum of whole numbers, which holds those of 3e10 galaxies.
constexpr double cosine_scale = 0x1p28;

double cosine(float const* axis, float const* other) {
  double sum = 0, length = 0;
  for (int d = 0; d < 3; ++d) {
    sum += static_cast<double>(axis[d]) * static_cast<double>(other[d]);
    length += static_cast<double>(axis[d]) * static_cast<double>(axis[d]);
  }
  return std::min(1.0, std::abs(sum) / std::sqrt(length));
}

/// How many cosines of centrals and of satellites are in each bin.
using CosineCounts = std::array<std::array<std::int64_t, OrientationTest::cosine_bins>, 2>;

/// What one draw gives.
struct DrawStatistics {
  double central = 0, satellite = 0;
  std::vector<double> ed;
  CosineCounts cosines{};  ///< of this rank
};

class Comparison {
 public:
  Comparison(parallel::Communicator const& comm, OrientedGalaxies const& galaxies,
             OrientationTestConfig const& config)
      : comm_(comm), galaxies_(galaxies), seed_(static_cast<std::uint64_t>(config.seed)) {
    pairs_.edges = galaxies::logarithmic_edges(config.smallest, config.largest, config.bins);
    pairs_.box_side = galaxies.box_side;
    sample_.position = galaxies.position;
    sample_.id = galaxies.id;
  }

  std::vector<double> const& edges() const { return pairs_.edges; }

  DrawStatistics measure(std::vector<float> const& axes) {
    auto const n = static_cast<std::size_t>(galaxies_.size());
    comm_.together([&] {
      if (axes.size() != 3 * n) throw core::InternalError("a draw has an axis for each galaxy");
    });
    DrawStatistics result;
    // Whole numbers: their sum does not depend on the ranks.
    std::array<std::int64_t, 2> sum{}, count{};
    sample_.mark.resize(3 * n);
    for (std::size_t i = 0; i < n; ++i) {
      float const* axis = &axes[3 * i];
      unit(axis, &sample_.mark[3 * i]);
      std::size_t const kind = galaxies_.central[i] != 0 ? 0 : 1;
      auto const* other = kind == 0 ? &galaxies_.host_major[3 * i] : &galaxies_.to_central[3 * i];
      if (kind == 1 && other[0] == 0 && other[1] == 0 && other[2] == 0) continue;
      double const c = cosine(axis, other);
      sum[kind] += std::llround(cosine_scale * c);
      ++count[kind];
      ++result.cosines[kind][std::min(
          OrientationTest::cosine_bins - 1,
          static_cast<std::size_t>(c * static_cast<double>(OrientationTest::cosine_bins)))];
    }
    result.central = mean(sum[0], count[0]);
    result.satellite = mean(sum[1], count[1]);
    auto const sums = galaxies::sum_pairs(comm_, pairs_, sample_);
    for (std::int64_t bin = 0; bin < sums.bins; ++bin)
      result.ed.push_back(sums.sum(galaxies::PairSum::first, bin) /
                              sums.sum(galaxies::PairSum::weight, bin) -
                          1.0 / 3);
    return result;
  }

  /// (key, features) of this rank's galaxies with these axes.
  std::vector<double> rows(std::vector<float> const& axes) const {
    std::vector<double> result;
    for (std::size_t i = 0; i < static_cast<std::size_t>(galaxies_.size()); ++i) {
      core::Stream random(seed_, core::Purpose::calibration,
                          static_cast<std::uint64_t>(galaxies_.id[i]));
      bool const central = galaxies_.central[i] != 0;
      result.insert(result.end(),
                    {random.uniform(), cosine(&axes[3 * i], &galaxies_.host_major[3 * i]),
                     central ? 0.0 : cosine(&axes[3 * i], &galaxies_.to_central[3 * i]),
                     static_cast<double>(galaxies_.log10_mass[i]), central ? 1.0 : 0.0});
    }
    return result;
  }

 private:
  static void unit(float const* axis, double* to) {
    double const x = axis[0], y = axis[1], z = axis[2];
    double const length = std::sqrt(x * x + y * y + z * z);
    to[0] = x / length, to[1] = y / length, to[2] = z / length;
  }
  double mean(std::int64_t sum, std::int64_t count) const {
    auto const all = static_cast<double>(comm_.sum(count));
    return static_cast<double>(comm_.sum(sum)) / cosine_scale / all;
  }

  parallel::Communicator const& comm_;
  OrientedGalaxies const& galaxies_;
  std::uint64_t seed_;
  galaxies::PairConfig pairs_;
  galaxies::PairSample sample_;
};

/// Mean of `values` and its error; `scatter` of one draw is used where there is only one.
Estimate estimate(std::vector<double> const& values, double scatter) {
  auto const n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (double const value : values) sum += value;
  for (double const value : values) squares += (value - sum / n) * (value - sum / n);
  double const sd = values.size() > 1 ? std::sqrt(squares / (n - 1)) : scatter;
  return {sum / n, sd / std::sqrt(n)};
}

template <class Get>
std::vector<double> column(std::vector<DrawStatistics> const& draws, Get get) {
  std::vector<double> values;
  for (auto const& draw : draws) values.push_back(get(draw));
  return values;
}

/// The estimates of the truth and of the generator of one statistic.
template <class Get>
std::pair<Estimate, Estimate> both(std::vector<DrawStatistics> const& truth,
                                   std::vector<DrawStatistics> const& generated, Get get) {
  auto const other = estimate(column(generated, get), 0);
  double const scatter = other.error * std::sqrt(static_cast<double>(generated.size()));
  return {estimate(column(truth, get), scatter), other};
}

/// Of all draws and ranks, the share of cosines of `kind` in each bin.
std::vector<double> shares(parallel::Communicator const& comm,
                           std::vector<DrawStatistics> const& draws, std::size_t kind) {
  std::vector<double> result;
  double all = 0;
  for (std::size_t bin = 0; bin < OrientationTest::cosine_bins; ++bin) {
    std::int64_t count = 0;
    for (auto const& draw : draws) count += draw.cosines[kind][bin];
    result.push_back(static_cast<double>(comm.sum(count)));
    all += result.back();
  }
  for (double& share : result) share /= std::max(1.0, all);
  return result;
}

/// Rows of all ranks in the order of their keys, without them.
std::vector<std::array<double, features>> gather_rows(parallel::Communicator const& comm,
                                                      std::vector<double> const& mine) {
  auto const all = comm.all_gather<double>(mine);
  std::vector<std::array<double, features + 1>> rows(all.size() / (features + 1));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(&all[i * (features + 1)], features + 1, rows[i].begin());
  std::ranges::sort(rows);
  std::vector<std::array<double, features>> result(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(&rows[i][1], features, result[i].begin());
  return result;
}

/// The first `count` true rows and the last `count` generated ones, by the columns that vary.
double classify(std::vector<std::array<double, features>> const& truth,
                std::vector<std::array<double, features>> const& generated, std::size_t count,
                std::uint64_t seed) {
  std::vector<std::size_t> columns;
  for (std::size_t f = 0; f < features; ++f)
    if (std::any_of(truth.begin(), truth.begin() + static_cast<std::ptrdiff_t>(count),
                    [&](auto const& row) { return row[f] != truth[0][f]; }))
      columns.push_back(f);
  std::vector<double> a, b;
  for (std::size_t i = 0; i < count; ++i)
    for (auto const f : columns) {
      a.push_back(truth[i][f]);
      b.push_back(generated[generated.size() - count + i][f]);
    }
  return statistics::c2st(a, b, static_cast<std::int64_t>(columns.size()), seed);
}

void check(parallel::Communicator const& comm, OrientedGalaxies const& galaxies) {
  comm.together([&] {
    auto const n = static_cast<std::size_t>(galaxies.size());
    core::require(galaxies.position.size() == 3 * n && galaxies.host_major.size() == 3 * n &&
                      galaxies.to_central.size() == 3 * n && galaxies.log10_mass.size() == n &&
                      galaxies.central.size() == n,
                  "the galaxies' columns have one length");
  });
  if (auto const all = comm.sum(galaxies.size()); all < fewest_galaxies)
    throw core::InputError(
        fmt::format("{} galaxies are too few to judge a generator by: hold out at least {}", all,
                    fewest_galaxies));
}

}  // namespace

bool OrientationTest::passes() const {
  auto const near = [](Estimate const& value, Estimate const& truth) {
    auto const error = std::hypot(value.error, truth.error);
    return std::abs(value.value - truth.value) <= std::max(angle_gate, deviation_gate * error);
  };
  // A ratio of NaN stands for no measured bin: then nothing is known of ED, and it fails.
  return near(central, true_central) && near(satellite, true_satellite) &&
         ratio_min() >= ratio_low && ratio_max() <= ratio_high &&
         worst_deviation() <= deviation_gate && c2st <= c2st_gate;
}

double OrientationTest::ratio_min() const {
  double result = std::numeric_limits<double>::quiet_NaN();
  for (auto const& bin : ratio)
    if (bin.error < measured) result = std::fmin(result, bin.value);
  return result;
}

double OrientationTest::ratio_max() const {
  double result = std::numeric_limits<double>::quiet_NaN();
  for (auto const& bin : ratio)
    if (bin.error < measured) result = std::fmax(result, bin.value);
  return result;
}

double OrientationTest::worst_deviation() const {
  double result = 0;
  for (auto const& bin : ratio)
    if (bin.error >= measured) result = std::max(result, std::abs(bin.value - 1) / bin.error);
  return result;
}

OrientationTest test_orientations(parallel::Communicator const& comm,
                                  OrientedGalaxies const& galaxies,
                                  OrientationTestConfig const& config, DrawAxes const& truth,
                                  std::int64_t true_draws, DrawAxes const& generated) {
  check(comm, galaxies);
  Comparison comparison(comm, galaxies, config);
  std::vector<DrawStatistics> of_truth, of_generator;
  std::vector<double> true_rows, rows;
  auto const draw = [&](DrawAxes const& from, std::int64_t count, auto& statistics, auto& kept) {
    for (std::int64_t k = 0; k < count; ++k) {
      auto const axes = from(k);
      statistics.push_back(comparison.measure(axes));
      if (k == 0) kept = comparison.rows(axes);
    }
  };
  draw(truth, true_draws, of_truth, true_rows);
  draw(generated, config.draws, of_generator, rows);

  OrientationTest result;
  result.galaxies = comm.sum(galaxies.size());
  result.centrals = comm.sum(std::ranges::count(galaxies.central, std::uint8_t{1}));
  result.true_draws = true_draws;
  result.draws = config.draws;
  std::tie(result.true_central, result.central) =
      both(of_truth, of_generator, [](auto const& d) { return d.central; });
  std::tie(result.true_satellite, result.satellite) =
      both(of_truth, of_generator, [](auto const& d) { return d.satellite; });
  result.true_central_shares = shares(comm, of_truth, 0);
  result.central_shares = shares(comm, of_generator, 0);
  result.true_satellite_shares = shares(comm, of_truth, 1);
  result.satellite_shares = shares(comm, of_generator, 1);
  result.edges = comparison.edges();
  for (std::size_t bin = 0; bin + 1 < result.edges.size(); ++bin) {
    auto const [a, b] = both(of_truth, of_generator, [&](auto const& d) { return d.ed[bin]; });
    result.true_ed.push_back(a);
    result.ed.push_back(b);
    double const ratio = b.value / a.value;
    result.ratio.push_back({ratio, std::hypot(b.error / a.value, ratio * a.error / a.value)});
  }
  auto const all_true = gather_rows(comm, true_rows), all = gather_rows(comm, rows);
  auto const count = std::min<std::size_t>(static_cast<std::size_t>(config.rows), all.size() / 2);
  result.rows = static_cast<std::int64_t>(count);
  result.c2st = classify(all_true, all, count, static_cast<std::uint64_t>(config.seed));
  return result;
}

}  // namespace shearwater::inference
