// SPDX-License-Identifier: BSD-3-Clause
#include "whole_sums.hpp"

#include <algorithm>
#include <cmath>

#include "shearwater/parallel/sums.hpp"

namespace shearwater::galaxies {

namespace {

constexpr std::size_t sums = static_cast<std::size_t>(PairSum::count);

double largest(std::vector<double> const& values, double without) {
  double result = values.empty() ? without : 0;
  for (double const value : values) result = std::max(result, std::abs(value));
  return result;
}

/// Whether a sum counts a pair of both orders once: those of i alone have had both.
bool is_symmetric(std::size_t sum) {
  return sum != static_cast<std::size_t>(PairSum::first) &&
         sum != static_cast<std::size_t>(PairSum::cross);
}

Whole whole(double value, int exponent) { return static_cast<Whole>(std::ldexp(value, exponent)); }

double number(Whole value, int exponent) {
  return std::ldexp(static_cast<double>(value), -exponent);
}

// A number in three limbs that a sum over a million ranks does not overflow.
constexpr int limb_bits = 42;

/// Collective: adds the ranks' numbers. Whole numbers: the same in any order.
void sum_over_ranks(parallel::Communicator const& comm, std::vector<Whole>& values) {
  if (comm.size() == 1) return;
  std::vector<std::int64_t> limbs;
  for (auto value : values)
    for (int l = 0; l < 3; ++l) {
      auto const low = l < 2 ? static_cast<std::int64_t>(value & ((Whole{1} << limb_bits) - 1))
                             : static_cast<std::int64_t>(value);
      limbs.push_back(low);
      value >>= limb_bits;
    }
  parallel::sum(comm, limbs);
  for (std::size_t v = 0; v < values.size(); ++v)
    values[v] =
        ((Whole{limbs[3 * v + 2]} << limb_bits) + limbs[3 * v + 1]) * (Whole{1} << limb_bits) +
        limbs[3 * v];
}

}  // namespace

Scale scale_of(parallel::Communicator const& comm, PairSample const& first,
               PairSample const& second) {
  double bound = 1;
  for (auto const* sample : {&first, &second}) {
    double const weight = comm.max(largest(sample->weight, 1.0));
    double const mark = std::max(1.0, comm.max(largest(sample->mark, 1.0)));
    // |e_+| <= |e_1| + |e_2|, and both orders of a pair are added.
    bound *= (weight > 0 ? weight : 1.0) * 2 * mark;
  }
  return {60 - static_cast<int>(std::ceil(std::log2(2 * bound)))};
}

WholeSums::WholeSums(PairConfig const& config, Scale scale, bool both)
    : bins_(static_cast<std::size_t>(config.bins())),
      regions_(static_cast<std::size_t>(config.regions)),
      scale_(scale),
      both_(both),
      values_(2 * regions_ * sums * bins_, 0) {}

int WholeSums::exponent(std::size_t sum) const {
  return sum == static_cast<std::size_t>(PairSum::pairs) ? 0 : scale_.exponent;
}

void WholeSums::add(std::int32_t region, BlockSums const& block) {
  auto const mine = static_cast<std::size_t>(region);
  std::size_t const size = sums * bins_;
  auto const& regions = block.regions();
  for (std::size_t s = 0; s < regions.size(); ++s) {
    auto const theirs = static_cast<std::size_t>(regions[s]);
    for (std::size_t b = 0; b < bins_; ++b) {
      if (block.value(s * bins_ + b, 0) == 0) continue;
      for (std::size_t t = 0; t < sums; ++t) {
        double const times = both_ && is_symmetric(t) ? 2.0 : 1.0;
        Whole const value = whole(times * block.value(s * bins_ + b, t), exponent(t));
        std::size_t const at = t * bins_ + b;
        if (mine == theirs) {
          values_[mine * size + at] += value;
        } else {
          values_[(regions_ + mine) * size + at] += value;
          values_[(regions_ + theirs) * size + at] += value;
        }
      }
    }
  }
}

void WholeSums::add(WholeSums const& other) {
  for (std::size_t v = 0; v < values_.size(); ++v) values_[v] += other.values_[v];
}

PairSums gather_sums(parallel::Communicator const& comm, PairConfig const& config, bool both,
                     std::vector<WholeSums>& workers) {
  auto& sum = workers.front();
  for (std::size_t w = 1; w < workers.size(); ++w) sum.add(workers[w]);
  sum_over_ranks(comm, sum.values());
  PairSums result;
  result.bins = config.bins();
  result.regions = config.regions;
  result.one_sample = both;
  auto const bins = static_cast<std::size_t>(result.bins),
             regions = static_cast<std::size_t>(result.regions);
  std::size_t const size = sums * bins;
  auto const& values = sum.values();
  for (std::size_t t = 0; t < sums; ++t)
    for (std::size_t b = 0; b < bins; ++b) {
      Whole inside = 0, across = 0;  // each pair across is there twice
      for (std::size_t r = 0; r < regions; ++r) {
        inside += values[r * size + t * bins + b];
        across += values[(regions + r) * size + t * bins + b];
      }
      result.total.push_back(number(inside + across / 2, sum.exponent(t)));
    }
  for (std::size_t v = 0; v < values.size(); ++v) {
    auto& list = v < values.size() / 2 ? result.inside : result.across;
    list.push_back(number(values[v], sum.exponent(v % size / bins)));
  }
  return result;
}

std::vector<double> sums_in_any_order(parallel::Communicator const& comm,
                                      std::vector<double> const& values,
                                      std::vector<std::int32_t> const& group, std::size_t groups) {
  std::vector<double> result(groups, 0.0);
  double const most = comm.max(largest(values, 0.0));
  if (most == 0) return result;
  int const exponent = 60 - static_cast<int>(std::ceil(std::log2(most)));
  std::vector<Whole> sum(groups, 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    sum[group.empty() ? 0 : static_cast<std::size_t>(group[i])] += whole(values[i], exponent);
  sum_over_ranks(comm, sum);
  for (std::size_t g = 0; g < groups; ++g) result[g] = number(sum[g], exponent);
  return result;
}

}  // namespace shearwater::galaxies
