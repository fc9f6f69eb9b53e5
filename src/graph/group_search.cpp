// SPDX-License-Identifier: BSD-3-Clause
#include "group_search.hpp"

#include <algorithm>
#include <cmath>

namespace shearwater::graph {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr std::size_t no_slot = static_cast<std::size_t>(-1);
/// Relative room for rounding of squared distances in single precision. With slack_ below,
/// |float - true| <= room * true + slack for every candidate.
constexpr float room = 1e-4F;
/// slack = this * reach^2: coordinates round by 4.2e-7 reach in all, squared and over `room`.
constexpr float rounding = 2e-9F;
/// Beyond this fraction of the box a second image may be as near as the first.
constexpr double one_image = 0.49;
constexpr std::size_t few = 64;

}  // namespace

GroupSearch::GroupSearch(PointTree const& tree, std::size_t keep, double period)
    : tree_(tree), keep_(keep), period_(period) {
  for (std::uint32_t i = 0; i < lanes; ++i)
    asking_.push_back({{}, 0, 0, {}, no_slot, Smallest(std::max<std::size_t>(keep, 1)), {}, {}, 0});
  reserve(64);
}

void GroupSearch::reserve(std::size_t candidates) {
  if (candidates * lanes + lanes <= at_.size()) return;
  auto const size = 2 * candidates;
  for (int a = 0; a < 3; ++a) {
    box_low_[a].resize(size + lanes);
    box_high_[a].resize(size + lanes);
  }
  candidate_.resize(size);
  at_.resize(size * lanes + lanes);
  near_at_.resize(size * lanes + lanes);
  squared_.resize(size * lanes + lanes);
}

float GroupSearch::grown(float squared) const { return squared * (1 + 3 * room) + 3 * slack_; }

float GroupSearch::bound_of(Asking const& asking) const {
  float const by_limit = grown(asking.limit_above);
  return keep_ == 0 ? by_limit : std::min(by_limit, grown(asking.smallest.largest()));
}

void GroupSearch::start(std::span<double const, 3> low, std::span<double const, 3> high) {
  reach_ = slack_ = 0;
  candidates_ = around_ = first_around_ = 0;
  everything_ = check_images_ = false;
  for (std::size_t a = 0; a < 3; ++a) {
    low_[a] = low[a];
    high_[a] = high[a];
    reach_ += rounded_up(high[a] - low[a]);
  }
}

void GroupSearch::add_candidate(std::size_t leaf, double const* shift) {
  reserve(candidates_ + 1);
  std::size_t const c = candidates_++;
  auto& candidate = candidate_[c];
  candidate.leaf = static_cast<std::uint32_t>(leaf);
  float furthest = 0;
  float const* points = tree_.near.data() + 3 * lanes * leaf;
  for (std::size_t a = 0; a < 3; ++a) {
    __builtin_prefetch(points + a * lanes);
    auto const offset = static_cast<float>(tree_.centre(3 * leaf + a) + shift[a] - centre_[a]);
    float const half = tree_.half(3 * leaf + a);
    float const edge = half + 1e-6F * (std::abs(offset) + half);
    box_low_[a][c] = offset - edge;
    box_high_[a][c] = offset + edge;
    furthest += std::abs(offset) + half;
    candidate.offset[a] = offset;
    candidate.shift[a] = shift[a];
  }
  reach_ = std::max(reach_, furthest);
}

std::uint32_t GroupSearch::near_bits(Asking const& asking, std::size_t candidate, float bound,
                                     float* squared) const {
  auto const& from = candidate_[candidate];
  float const q[3] = {asking.near[0] - from.offset[0], asking.near[1] - from.offset[1],
                      asking.near[2] - from.offset[2]};
  return near_points(tree_.near.data() + std::size_t{3} * lanes * from.leaf, q, bound, squared);
}

/// Takes the points of one candidate that lie within the present bound, which falls as nearer ones
/// are found.
void GroupSearch::look_at(Asking& asking, std::size_t candidate) {
  float squared[lanes];
  std::size_t const first = candidate * lanes;
  std::size_t const leaf = candidate_[candidate].leaf, slot = leaf * lanes;
  auto bits = near_bits(asking, candidate, grown(asking.smallest.largest()), squared);
  bits &= (1U << tree_.count(leaf)) - 1;
  if (asking.self >= slot && asking.self < slot + lanes) bits &= ~(1U << (asking.self - slot));
  pack(bits, static_cast<std::uint32_t>(first), squared, &asking.at[asking.count],
       &asking.squared[asking.count]);
  asking.count += static_cast<std::size_t>(std::popcount(bits));
  asking.smallest.offer(bits, squared);
}

/// Bounds for all points of a leaf from the leaves beside it, which hold enough of them.
void GroupSearch::look_around(std::size_t leaf) {
  std::size_t first = leaf, end = leaf + 1, points = tree_.count(leaf);
  auto const enough = std::min(2 * keep_ + lanes, tree_.points);
  while (points <= keep_ || (points < enough && end - first < 3)) {
    if (first == 0 && end == tree_.leaves) break;
    if (first > 0) points += tree_.count(--first);
    if (end < tree_.leaves) points += tree_.count(end++);
  }
  double const no_shift[3] = {0, 0, 0};
  first_around_ = first;
  around_ = end - first;
  for (auto l = first; l < end; ++l) add_candidate(l, no_shift);
  slack_ = rounding * reach_ * reach_;
  for (std::size_t q = 0; q < size_; ++q) {
    auto& asking = asking_[q];
    if (asking.at.size() < (around_ + 1) * lanes) {
      asking.at.resize(2 * (around_ + 1) * lanes);
      asking.squared.resize(asking.at.size());
    }
    // Its own leaf first: the sooner the bound is low, the less is kept.
    look_at(asking, leaf - first);
    for (std::size_t c = 0; c < around_; ++c)
      if (c != leaf - first) look_at(asking, c);
  }
}

void GroupSearch::take_leaf(std::size_t leaf, double limit) {
  size_ = tree_.count(leaf);
  float const above = rounded_up(limit);
  std::span<double const, 3> const centre(&tree_.centre(3 * leaf), 3);
  double low[3], high[3];
  for (std::size_t a = 0; a < 3; ++a) {
    centre_[a] = centre[a];
    auto const half = static_cast<double>(tree_.half(3 * leaf + a));
    low[a] = centre[a] - half;
    high[a] = centre[a] + half;
  }
  start(low, high);
  for (std::size_t q = 0; q < size_; ++q) {
    auto& asking = asking_[q];
    asking.self = leaf * lanes + q;
    asking.limit = limit;
    asking.limit_above = above;
    asking.count = 0;
    asking.smallest.clear();
    for (std::size_t a = 0; a < 3; ++a) {
      asking.x[a] = tree_.place(asking.self).x[a];
      asking.near[a] = tree_.near((3 * leaf + a) * lanes + q);
    }
  }
  if (keep_ > 0) look_around(leaf);
  float bound = 0;
  for (std::size_t q = 0; q < size_; ++q) bound = std::max(bound, bound_of(asking_[q]));
  gather(bound);
}

void GroupSearch::take(std::span<Query const> queries) {
  size_ = queries.size();
  double low[3], high[3];
  for (std::size_t a = 0; a < 3; ++a) {
    low[a] = high[a] = queries[0].x[a];
    for (auto const& query : queries) {
      low[a] = std::min(low[a], query.x[a]);
      high[a] = std::max(high[a], query.x[a]);
    }
    centre_[a] = 0.5 * (low[a] + high[a]);
  }
  start(low, high);
  float bound = 0;
  for (std::size_t q = 0; q < size_; ++q) {
    auto& asking = asking_[q];
    asking.self = no_slot;
    asking.limit = queries[q].limit;
    asking.limit_above = rounded_up(asking.limit);
    asking.count = 0;
    asking.smallest.clear();
    for (std::size_t a = 0; a < 3; ++a) {
      asking.x[a] = queries[q].x[a];
      asking.near[a] = static_cast<float>(asking.x[a] - centre_[a]);
    }
    bound = std::max(bound, bound_of(asking));
  }
  gather(bound);
}

/// Leaves at most sqrt(bound) from the box about the group, with their periodic images.
void GroupSearch::gather(float bound) {
  double const reach = std::sqrt(static_cast<double>(bound)) * (1 + 1e-6);
  bool const many_images = period_ > 0 && !(reach < one_image * period_);
  everything_ = !(bound < infinite) || (keep_ > 0 && many_images);
  check_images_ = many_images;
  if (everything_ || tree_.leaves == 0) return;
  int from[3] = {0, 0, 0}, to[3] = {0, 0, 0};
  if (period_ > 0)
    for (int a = 0; a < 3; ++a) {
      from[a] = low_[a] - reach <= 0 ? -1 : 0;
      to[a] = high_[a] + reach >= period_ ? 1 : 0;
    }
  std::size_t const top = tree_.levels.size() - 1;
  for (int i = from[0]; i <= to[0]; ++i)
    for (int j = from[1]; j <= to[1]; ++j)
      for (int k = from[2]; k <= to[2]; ++k) {
        double const shift[3] = {i * period_, j * period_, k * period_};
        float low[3], high[3];
        for (int a = 0; a < 3; ++a) {
          low[a] = rounded_down(low_[a] - shift[a]);
          high[a] = rounded_up(high_[a] - shift[a]);
        }
        visit(top, 0, low, high, rounded_up(reach * reach), shift);
      }
  for (std::size_t i = 0; i < lanes; ++i)  // the last block of boxes is looked at whole
    for (int a = 0; a < 3; ++a) {
      box_low_[a][candidates_ + i] = infinite;
      box_high_[a][candidates_ + i] = -infinite;
    }
  slack_ = rounding * reach_ * reach_;
}

void GroupSearch::visit(std::size_t level, std::size_t block, float const* low, float const* high,
                        float bound, double const* shift) {
  std::size_t const first = block * lanes;
  auto bits = near_boxes(tree_.levels[level].boxes(), first, low, high, bound);
  for (; bits != 0; bits &= bits - 1) {
    std::size_t const child = first + static_cast<std::size_t>(std::countr_zero(bits));
    if (level > 0) {
      visit(level - 1, child, low, high, bound, shift);
      continue;
    }
    bool const here = shift[0] == 0 && shift[1] == 0 && shift[2] == 0;
    if (here && child - first_around_ < around_) continue;
    add_candidate(child, shift);
  }
}

void GroupSearch::scan_candidates(Asking& asking) {
  Boxes const boxes{{box_low_[0].data(), box_low_[1].data(), box_low_[2].data()},
                    {box_high_[0].data(), box_high_[1].data(), box_high_[2].data()}};
  count_ = 0;
  float bound = bound_of(asking);
  float squared[lanes];
  for (auto c = around_; c < candidates_; c += lanes) {
    auto near = near_boxes(boxes, c, asking.near, asking.near, bound);
    for (; near != 0; near &= near - 1) {
      std::size_t const candidate = c + static_cast<std::size_t>(std::countr_zero(near));
      auto const bits = near_bits(asking, candidate, bound, squared);
      if (bits == 0) continue;
      pack(bits, static_cast<std::uint32_t>(candidate * lanes), squared, &at_[count_],
           &squared_[count_]);
      count_ += static_cast<std::size_t>(std::popcount(bits));
      if (keep_ > 0) asking.smallest.offer(bits, squared);
    }
    // Once for sixteen leaves: the next one need not wait for what this one changes.
    bound = bound_of(asking);
  }
  std::size_t const around =
      pack_near(asking.at.data(), asking.squared.data(), asking.count, bound, near_at_.data());
  take_exact(asking, around + pack_near(at_.data(), squared_.data(), count_, bound,
                                        near_at_.data() + around));
}

/// The first of near_at_ in double precision.
void GroupSearch::take_exact(Asking const& asking, std::size_t count) {
  // A point of another rank, or a radius: what is beyond the limit must go, and images be told
  // apart.
  if (check_images_ || asking.limit < unlimited) {
    for (std::size_t i = 0; i < count; ++i) {
      auto const& from = candidate_[near_at_[i] / lanes];
      add_exact(asking, std::size_t{from.leaf} * lanes + near_at_[i] % lanes, from.shift);
    }
    return;
  }
  found_.resize(count);
  double const x = asking.x[0], y = asking.x[1], z = asking.x[2];
  for (std::size_t i = 0; i < count; ++i) {
    auto const& from = candidate_[near_at_[i] / lanes];
    auto const& place = tree_.place(std::size_t{from.leaf} * lanes + near_at_[i] % lanes);
    double const* shift = from.shift;
    double const dx = (place.x[0] - x) + shift[0], dy = (place.x[1] - y) + shift[1],
                 dz = (place.x[2] - z) + shift[2];
    found_[i] = {dx * dx + dy * dy + dz * dz,
                 place.id,
                 {static_cast<float>(dx), static_cast<float>(dy), static_cast<float>(dz)}};
  }
}

void GroupSearch::add_exact(Asking const& asking, std::size_t slot, double const* shift) {
  auto const& place = tree_.place(slot);
  Found found{0, place.id, {}};
  double d[3];
  for (int a = 0; a < 3; ++a) {
    double const direct = place.x[a] - asking.x[a];
    if (check_images_ && -std::round(direct / period_) * period_ != shift[a]) return;
    d[a] = direct + shift[a];
    found.separation[a] = static_cast<float>(d[a]);
  }
  found.squared = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
  if (found.squared <= asking.limit && slot != asking.self) found_.push_back(found);
}

/// Every point by its nearest image: where the bound is half the box or more.
void GroupSearch::compare_all(Asking const& asking) {
  for (std::size_t leaf = 0; leaf < tree_.leaves; ++leaf)
    for (std::size_t i = 0; i < tree_.count(leaf); ++i) {
      double shift[3] = {0, 0, 0};
      for (int a = 0; a < 3 && period_ > 0; ++a) {
        double const direct = tree_.place(leaf * lanes + i).x[a] - asking.x[a];
        shift[a] = -std::round(direct / period_) * period_;
      }
      add_exact(asking, leaf * lanes + i, shift);
    }
}

/// By counting for each how many come before it, where there are few: no branch is guessed wrong.
void GroupSearch::sort_found() {
  std::size_t const n = found_.size();
  if (n > few) {
    std::ranges::sort(found_, std::less{});
    sorted_.swap(found_);
  } else {
    double squared[few];
    std::int64_t id[few];
    for (std::size_t i = 0; i < n; ++i) {
      squared[i] = found_[i].squared;
      id[i] = found_[i].id;
    }
    sorted_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::int64_t before = 0;
      for (std::size_t j = 0; j < n; ++j)
        before += (squared[j] < squared[i]) | ((squared[j] == squared[i]) & (id[j] < id[i]));
      sorted_[static_cast<std::size_t>(before)] = found_[i];
    }
  }
  if (keep_ > 0 && n > keep_) sorted_.resize(keep_);
}

std::span<Found const> GroupSearch::find(std::size_t q) {
  found_.clear();
  if (everything_)
    compare_all(asking_[q]);
  else
    scan_candidates(asking_[q]);
  sort_found();
  return sorted_;
}

}  // namespace shearwater::graph
