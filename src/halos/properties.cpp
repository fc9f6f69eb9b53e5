// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/properties.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "shearwater/core/units.hpp"

namespace shearwater::halos {

double nearest_offset(double x, double from, double box_side) {
  double const d = x - from;
  return 2 * d > box_side ? d - box_side : 2 * d < -box_side ? d + box_side : d;
}

namespace {

using Vector = std::array<double, 3>;

/// The members of one group.
struct Group {
  GroupMembers const& all;
  std::size_t begin, end;

  std::size_t size() const { return end - begin; }
  double mass(std::size_t i) const { return all.mass[begin + i]; }
  double velocity(std::size_t i, std::size_t a) const { return all.velocity[3 * (begin + i) + a]; }
  bool moves() const { return !all.velocity.empty(); }
  std::span<double const> masses() const { return std::span(all.mass).subspan(begin, size()); }

  /// (n, 3) from `centre`, by nearest images.
  std::vector<double> offsets(Vector const& centre) const {
    std::vector<double> result(3 * size());
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = nearest_offset(all.position[3 * begin + i], centre[i % 3], all.box_side);
    return result;
  }
  Vector first_position() const {
    return {all.position[3 * begin], all.position[3 * begin + 1], all.position[3 * begin + 2]};
  }
};

Group group_at(GroupMembers const& groups, std::size_t g) {
  return {groups, groups.begin[g], groups.begin[g + 1]};
}

/// Back into [0, box_side).
double wrapped(double x, double box_side) {
  double const inside = x - box_side * std::floor(x / box_side);
  return inside < box_side ? inside : 0;
}

/// Sum over sources of -m / sqrt(r^2 + softening^2) at `target`; itself left out.
double potential_at(std::span<double const> offsets, std::span<double const> masses,
                    std::vector<std::size_t> const& sources, std::size_t target,
                    double softening_squared) {
  double sum = 0;
  for (std::size_t const s : sources) {
    if (s == target) continue;
    double square = softening_squared;
    for (std::size_t a = 0; a < 3; ++a) {
      double const d = offsets[3 * s + a] - offsets[3 * target + a];
      square += d * d;
    }
    sum -= masses[s] / std::sqrt(square);
  }
  return sum;
}

/// The member of `among` with the lowest potential of `among`.
std::size_t lowest(std::span<double const> offsets, std::span<double const> masses,
                   std::vector<std::size_t> const& among, double softening_squared) {
  std::size_t best = among.front();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t const i : among) {
    double const value = potential_at(offsets, masses, among, i, softening_squared);
    if (value < least) least = value, best = i;
  }
  return best;
}

/// The member at the potential's minimum.
std::size_t most_bound(std::span<double const> offsets, std::span<double const> masses,
                       PropertyOptions const& options) {
  std::size_t const n = masses.size(), most = static_cast<std::size_t>(options.direct_members);
  double const softening_squared = options.softening * options.softening;
  std::vector<std::size_t> members(n);
  std::iota(members.begin(), members.end(), std::size_t{0});
  if (n <= most) return lowest(offsets, masses, members, softening_squared);
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < most; ++i) sample.push_back(i * n / most);
  std::size_t const near = lowest(offsets, masses, sample, softening_squared);
  // Mass outside a sphere hardly changes the differences of the potential inside it.
  auto const distance = [&](std::size_t i) {
    double sum = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      double const d = offsets[3 * i + a] - offsets[3 * near + a];
      sum += d * d;
    }
    return std::pair(sum, i);
  };
  std::nth_element(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(most) - 1,
                   members.end(),
                   [&](std::size_t i, std::size_t j) { return distance(i) < distance(j); });
  members.resize(most);
  std::sort(members.begin(), members.end());
  return lowest(offsets, masses, members, softening_squared);
}

void add_motion(Group const& group, GroupProperties& result) {
  for (std::size_t i = 0; i < group.size(); ++i)
    for (std::size_t a = 0; a < 3; ++a)
      result.velocity[a] += group.mass(i) * group.velocity(i, a) / result.mass;
  double sum = 0;
  for (std::size_t i = 0; i < group.size(); ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      double const d = group.velocity(i, a) - result.velocity[a];
      sum += group.mass(i) * d * d;
    }
  result.velocity_dispersion = std::sqrt(sum / (3 * result.mass));
}

GroupProperties properties_of(Group const& group, PropertyOptions const& options) {
  GroupProperties result;
  auto const masses = group.masses();
  auto const from = group.first_position();
  auto const offsets = group.offsets(from);
  Vector mean{};
  for (std::size_t i = 0; i < masses.size(); ++i) {
    result.mass += masses[i];
    for (std::size_t a = 0; a < 3; ++a) mean[a] += masses[i] * offsets[3 * i + a];
  }
  std::size_t const bound = most_bound(offsets, masses, options);
  for (std::size_t a = 0; a < 3; ++a) {
    result.centre_of_mass[a] = wrapped(from[a] + mean[a] / result.mass, group.all.box_side);
    result.potential_minimum[a] = group.all.position[3 * (group.begin + bound) + a];
  }
  if (group.moves()) add_motion(group, result);
  auto const about_minimum = group.offsets(result.potential_minimum);
  result.simple = simple_shape(about_minimum, masses);
  result.reduced = reduced_shape(about_minimum, masses);
  result.iterative = iterative_shape(about_minimum, masses, options.shape);
  return result;
}

double spin_of(Group const& group, Vector const& centre, double radius, double scale_factor) {
  auto const offsets = group.offsets(centre);
  std::vector<std::size_t> inside;
  double mass = 0;
  Vector velocity{};
  for (std::size_t i = 0; i < group.size(); ++i) {
    double const* x = &offsets[3 * i];
    if (x[0] * x[0] + x[1] * x[1] + x[2] * x[2] > radius * radius) continue;
    inside.push_back(i);
    mass += group.mass(i);
    for (std::size_t a = 0; a < 3; ++a) velocity[a] += group.mass(i) * group.velocity(i, a);
  }
  if (inside.size() < 2 || !(radius > 0)) return std::numeric_limits<double>::quiet_NaN();
  Vector momentum{};
  for (std::size_t const i : inside)
    for (std::size_t a = 0; a < 3; ++a) {
      std::size_t const b = (a + 1) % 3, c = (a + 2) % 3;
      momentum[a] += group.mass(i) * scale_factor *
                     (offsets[3 * i + b] * (group.velocity(i, c) - velocity[c] / mass) -
                      offsets[3 * i + c] * (group.velocity(i, b) - velocity[b] / mass));
    }
  double const total = std::hypot(momentum[0], momentum[1], momentum[2]);
  double const physical = scale_factor * radius;
  return total / (std::sqrt(2.0) * mass * std::sqrt(units::gravity * mass / physical) * physical);
}

/// work(g) for each group, the largest first, on any free thread.
template <class Work>
void for_each_group(std::size_t groups, Work const& work) {
  using Policy =
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  Kokkos::parallel_for("halos::for_each_group", Policy(0, groups, Kokkos::ChunkSize(1)), work);
}

}  // namespace

std::vector<GroupProperties> group_properties(GroupMembers const& groups,
                                              PropertyOptions const& options) {
  std::vector<GroupProperties> result(groups.size());
  auto* const rows = result.data();
  for_each_group(groups.size(), [=, &groups](std::size_t g) {
    rows[g] = properties_of(group_at(groups, g), options);
  });
  return result;
}

std::vector<double> bullock_spins(GroupMembers const& groups, std::vector<double> const& centres,
                                  std::vector<double> const& radii, double scale_factor) {
  std::vector<double> result(groups.size());
  auto* const rows = result.data();
  for_each_group(groups.size(), [=, &groups, &centres, &radii](std::size_t g) {
    Vector const centre{centres[3 * g], centres[3 * g + 1], centres[3 * g + 2]};
    rows[g] = spin_of(group_at(groups, g), centre, radii[g], scale_factor);
  });
  return result;
}

}  // namespace shearwater::halos
