// SPDX-License-Identifier: BSD-3-Clause
// Groups of two times on 1 to 4 ranks, linked by the particles that they share.
#include <algorithm>
#include <map>

#include "catch.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/halos/progenitors.hpp"
#include "support.hpp"

using namespace shearwater;
using halos::GroupLinks;
using halos::MemberRow;

namespace {

/// Particles by group: groups[g] holds ids.
using Groups = std::vector<std::vector<std::int64_t>>;

std::vector<std::int64_t> sizes(Groups const& groups) {
  std::vector<std::int64_t> result;
  for (auto const& group : groups) result.push_back(std::ssize(group));
  return result;
}

/// This rank's members: every rank has those of every so-many-th particle.
std::vector<MemberRow> mine(Groups const& groups, std::int64_t offset) {
  std::vector<MemberRow> rows;
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (auto const id : groups[g])
      if ((id * 7 + offset) % test::world().size() == test::world().rank())
        rows.push_back({id, static_cast<std::int64_t>(g)});
  return rows;
}

GroupLinks links_of(Groups const& earlier, Groups const& later) {
  return halos::link_groups(test::world(), mine(earlier, 0), mine(later, 1), sizes(earlier),
                            sizes(later));
}

/// ids from `first` on.
std::vector<std::int64_t> ids(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < count; ++i) result.push_back(first + i);
  return result;
}

std::vector<std::int64_t> operator+(std::vector<std::int64_t> a,
                                    std::vector<std::int64_t> const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("groups that grow, merge, split, form and dissolve", "[halos][mpi]") {
  // 0 and 1 merge, 2 grows, 3 splits, 4 dissolves.
  Groups const earlier{ids(0, 60), ids(100, 50), ids(200, 30), ids(300, 40), ids(400, 20)};
  Groups const later{ids(0, 55) + ids(100, 50), ids(200, 29) + ids(230, 20), ids(300, 18),
                     ids(318, 21), ids(500, 25)};
  auto const links = links_of(earlier, later);
  CHECK(links.to_earlier == std::vector<std::int64_t>{0, 2, -1, 3, -1});
  CHECK(links.to_later == std::vector<std::int64_t>{0, -1, 1, 3, -1});
}

TEST_CASE("few common particles do not link groups, and of equals the first does", "[halos][mpi]") {
  // 9 of 20 are too few, 10 of 20 enough.
  CHECK(links_of({ids(0, 30)}, {ids(0, 9) + ids(100, 11)}).to_earlier ==
        std::vector<std::int64_t>{-1});
  CHECK(links_of({ids(0, 30)}, {ids(0, 10) + ids(100, 10)}).to_earlier ==
        std::vector<std::int64_t>{0});
  CHECK(links_of({ids(0, 20), ids(20, 20)}, {ids(0, 40)}).to_later ==
        std::vector<std::int64_t>{0, -1});
  CHECK(links_of({ids(0, 40)}, {ids(0, 20), ids(20, 20)}).to_earlier ==
        std::vector<std::int64_t>{0, -1});
  auto const none = links_of({}, {});
  CHECK((none.to_later.empty() && none.to_earlier.empty()));
  CHECK(links_of({}, {ids(0, 20)}).to_earlier == std::vector<std::int64_t>{-1});
}

TEST_CASE("links of many groups are those from comparing all pairs", "[halos][mpi]") {
  constexpr std::size_t groups = 40;
  Groups earlier(groups), later(groups);
  for (std::int64_t id = 0; id < 3000; ++id) {
    core::Stream random(3, core::Purpose::observation, static_cast<std::uint64_t>(id));
    auto const g = random.below(groups);
    earlier[g].push_back(id);
    // Most stay together, some go to a neighbour, and some leave.
    if (random.uniform() < 0.1) continue;
    later[(g + (random.uniform() < 0.55 ? 0 : 1)) % groups].push_back(id);
  }
  auto const links = links_of(earlier, later);
  std::vector<std::int64_t> to_earlier(groups, -1), shared(groups, 0);
  for (std::size_t l = 0; l < groups; ++l)
    for (std::size_t e = 0; e < groups; ++e) {
      std::int64_t common = 0;
      for (auto const id : later[l]) common += std::ranges::count(earlier[e], id);
      if (common <= shared[l]) continue;
      shared[l] = common;
      to_earlier[l] = static_cast<std::int64_t>(e);
    }
  std::size_t linked = 0;
  for (std::size_t l = 0; l < groups; ++l) {
    bool keeps = to_earlier[l] >= 0;
    if (keeps) {
      auto const e = static_cast<std::size_t>(to_earlier[l]);
      keeps = 2 * shared[l] >= std::min(std::ssize(earlier[e]), std::ssize(later[l]));
      for (std::size_t other = 0; keeps && other < groups; ++other)
        if (other != l && to_earlier[other] == to_earlier[l] &&
            2 * shared[other] >= std::min(std::ssize(earlier[e]), std::ssize(later[other])))
          keeps = shared[l] > shared[other] || (shared[l] == shared[other] && l < other);
    }
    CHECK(links.to_earlier[l] == (keeps ? to_earlier[l] : -1));
    if (keeps) {
      ++linked;
      CHECK(links.to_later[static_cast<std::size_t>(to_earlier[l])] ==
            static_cast<std::int64_t>(l));
    }
  }
  CHECK((linked > groups / 4 && linked < groups));
  CHECK(std::ranges::count(links.to_later, -1) == static_cast<std::int64_t>(groups - linked));
}
