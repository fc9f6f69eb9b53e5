// SPDX-License-Identifier: BSD-3-Clause
// Neighbours of up to 16 points that lie together: what may be near any of them is gathered once.
#pragma once

#include <span>
#include <vector>

#include "point_tree.hpp"

namespace shearwater::graph {

struct Found {
  double squared;  ///< distance
  std::int64_t id;
  float separation[3];  ///< to the nearest image

  bool operator<(Found const& other) const {
    return squared < other.squared || (squared == other.squared && id < other.id);
  }
};

/// A point of another rank that asks for what is at most sqrt(limit) away.
struct Query {
  double x[3];
  double limit;
  std::int32_t rank;
  std::uint32_t row;
};

/// Distances are bounded in single precision relative to the group, with room for its rounding; who
/// is a neighbour is decided in double precision. Scratch of one thread.
class GroupSearch {
 public:
  /// keep    the nearest ones, or 0 for all within a limit
  /// period  of the box; 0 for none
  GroupSearch(PointTree const& tree, std::size_t keep, double period);

  /// The points of a leaf, each without itself; `limit` is a squared distance.
  void take_leaf(std::size_t leaf, double limit);
  void take(std::span<Query const> queries);
  /// Neighbours of point q of the group, nearest first. Valid until the next call.
  std::span<Found const> find(std::size_t q);

 private:
  struct Asking {
    double x[3], limit;
    float limit_above;              ///< the limit in single precision
    float near[3];                  ///< from the group's centre
    std::size_t self;               ///< its slot
    Smallest smallest;              ///< squared distances
    std::vector<std::uint32_t> at;  ///< candidates from the leaves around
    std::vector<float> squared;
    std::size_t count;
  };
  void start(std::span<double const, 3> low, std::span<double const, 3> high);
  void look_around(std::size_t leaf);
  void look_at(Asking& asking, std::size_t candidate);
  std::uint32_t near_bits(Asking const& asking, std::size_t candidate, float bound,
                          float* squared) const;
  void gather(float bound);
  void visit(std::size_t level, std::size_t block, float const* low, float const* high, float bound,
             double const* shift);
  void add_candidate(std::size_t leaf, double const* shift);
  void reserve(std::size_t candidates);
  float grown(float squared) const;
  float bound_of(Asking const& asking) const;
  void scan_candidates(Asking& asking);
  void add_exact(Asking const& asking, std::size_t slot, double const* shift);
  void take_exact(Asking const& asking, std::size_t count);
  void compare_all(Asking const& asking);
  void sort_found();

  PointTree const& tree_;
  std::size_t keep_;
  double period_;
  std::vector<Asking> asking_;
  std::size_t size_ = 0;
  double centre_[3] = {}, low_[3] = {}, high_[3] = {};
  float reach_ = 0, slack_ = 0;  ///< largest coordinate of a candidate; its rounding, squared
  bool everything_ = false, check_images_ = false;

  /// A leaf or an image of it. Its points have the numbers 16 c to 16 c + 15.
  struct Candidate {
    float offset[3];  ///< of its centre from the group's
    std::uint32_t leaf;
    double shift[3];
  };
  std::size_t candidates_ = 0, around_ = 0, first_around_ = 0;
  std::vector<Candidate> candidate_;
  std::vector<float> box_low_[3], box_high_[3];  ///< about each, from the group's centre

  std::vector<std::uint32_t> at_, near_at_;
  std::vector<float> squared_;
  std::size_t count_ = 0;
  std::vector<Found> found_, sorted_;
};

}  // namespace shearwater::graph
