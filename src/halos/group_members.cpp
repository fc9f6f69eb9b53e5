// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/group_members.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>
#include <unordered_map>

#include "host_columns.hpp"

namespace shearwater::halos {

namespace {

struct Size {
  std::int64_t label, particles;
  /// Larger groups first.
  bool operator<(Size const& other) const {
    return std::tie(other.particles, label) < std::tie(particles, other.label);
  }
};

/// Adds up the sizes of equal labels.
std::vector<Size> merged(std::vector<Size> sizes) {
  std::sort(sizes.begin(), sizes.end(),
            [](Size const& a, Size const& b) { return a.label < b.label; });
  std::vector<Size> result;
  for (auto const& size : sizes) {
    if (result.empty() || result.back().label != size.label)
      result.push_back(size);
    else
      result.back().particles += size.particles;
  }
  return result;
}

/// This rank's part of each group that its particles belong to, without the one particle whose id
/// is the group's label: most groups are that particle alone.
std::vector<Size> others_by_label(std::span<std::int64_t const> labels,
                                  std::span<std::int64_t const> ids) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) count += labels[row] != ids[row] ? 1 : 0;
  std::vector<std::int64_t> others;
  others.reserve(count);
  for (std::size_t row = 0; row < labels.size(); ++row)
    if (labels[row] != ids[row]) others.push_back(labels[row]);
  std::sort(others.begin(), others.end());
  std::vector<Size> sizes;
  for (auto label = others.begin(), end = label; label != others.end(); label = end) {
    end = std::upper_bound(label, others.end(), *label);
    sizes.push_back({*label, end - label});
  }
  return sizes;
}

/// The rank that adds up the sizes of a label. Ids of 64 bits without sign are negative here.
std::size_t collector(std::int64_t label, int ranks) {
  return static_cast<std::uint64_t>(label) % static_cast<std::uint64_t>(ranks);
}

/// Collective over comm: all groups that are large enough, in the order of the catalogue, on every
/// rank; and the number of all groups.
std::vector<Size> catalogue_order(parallel::Communicator const& comm,
                                  std::span<std::int64_t const> labels,
                                  std::span<std::int64_t const> ids, std::int64_t smallest,
                                  std::int64_t& all_groups) {
  std::int64_t alone = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) alone += labels[row] == ids[row] ? 1 : 0;
  all_groups = comm.sum(alone);
  std::vector<std::vector<Size>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& size : others_by_label(labels, ids))
    to[collector(size.label, comm.size())].push_back(size);
  if (smallest <= 1)
    for (std::size_t row = 0; row < labels.size(); ++row)
      if (labels[row] == ids[row]) to[collector(ids[row], comm.size())].push_back({ids[row], 0});
  auto sizes = merged(comm.deliver(to));
  for (auto& size : sizes) ++size.particles;
  std::erase_if(sizes, [&](Size const& size) { return size.particles < smallest; });
  auto all = comm.all_gather<Size>(sizes);
  std::sort(all.begin(), all.end());
  return all;
}

/// The rank of each group: neighbouring groups, cut where the particles before are a rank's share.
std::vector<int> owners(std::vector<Size> const& groups, int ranks) {
  std::int64_t total = 0, before = 0;
  for (auto const& group : groups) total += group.particles;
  std::vector<int> result;
  for (auto const& group : groups) {
    result.push_back(static_cast<int>(static_cast<double>(before) * ranks /
                                      static_cast<double>(std::max<std::int64_t>(total, 1))));
    before += group.particles;
  }
  return result;
}

/// A particle in its group.
struct Place {
  std::int64_t group, id;
  bool operator<(Place const& other) const {
    return std::tie(group, id) < std::tie(other.group, other.id);
  }
};

/// The way of this rank's members to the ranks of their groups, and into their order there.
class Way {
 public:
  /// Collective over comm.
  Way(parallel::Communicator const& comm, std::span<std::int64_t const> labels,
      std::span<std::int64_t const> ids, std::vector<Size> const& groups,
      std::vector<int> const& owner)
      : comm_(comm), sent_(static_cast<std::size_t>(comm.size()), 0) {
    std::unordered_map<std::int64_t, std::int64_t> index;
    for (std::size_t g = 0; g < groups.size(); ++g)
      index.emplace(groups[g].label, static_cast<std::int64_t>(g));
    auto const owner_of = [&](std::int64_t group) {
      return static_cast<std::size_t>(owner[static_cast<std::size_t>(group)]);
    };
    for_members(labels, index, [&](std::size_t, auto group) { ++sent_[owner_of(group)]; });
    std::vector<std::size_t> next;
    std::size_t total = 0;
    for (auto const count : sent_) {
      next.push_back(total);
      total += static_cast<std::size_t>(count);
    }
    rows_.resize(total);
    std::vector<Place> leaving(total);
    for_members(labels, index, [&](std::size_t row, auto group) {
      auto const at = next[owner_of(group)]++;
      rows_[at] = row;
      leaving[at] = {group, ids[row]};
    });
    index.clear();
    received_ = comm.exchange_counts(sent_);
    arrived_.resize(static_cast<std::size_t>(
        std::accumulate(received_.begin(), received_.end(), std::int64_t{0})));
    comm.exchange<Place>(leaving, sent_, arrived_, received_);
    leaving = std::vector<Place>();
    order_.resize(arrived_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(),
              [&](std::size_t a, std::size_t b) { return arrived_[a] < arrived_[b]; });
  }

  std::size_t members() const { return order_.size(); }
  /// Of the members in their order.
  Place const& place(std::size_t m) const { return arrived_[order_[m]]; }

  /// Collective: of(row) of each member, put at to[first + stride m].
  template <class Of>
  void carry(Of of, std::vector<double>& to, std::size_t first, std::size_t stride) const {
    std::vector<double> leaving(rows_.size()), here(order_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) leaving[i] = of(rows_[i]);
    comm_.exchange<double>(leaving, sent_, here, received_);
    for (std::size_t m = 0; m < order_.size(); ++m) to[first + stride * m] = here[order_[m]];
  }

 private:
  template <class Visit>
  static void for_members(std::span<std::int64_t const> labels,
                          std::unordered_map<std::int64_t, std::int64_t> const& index,
                          Visit visit) {
    for (std::size_t row = 0; row < labels.size(); ++row)
      if (auto const found = index.find(labels[row]); found != index.end())
        visit(row, found->second);
  }

  parallel::Communicator const& comm_;
  std::vector<std::size_t> rows_;  ///< as they leave
  std::vector<std::int64_t> sent_, received_;
  std::vector<Place> arrived_;
  std::vector<std::size_t> order_;  ///< rows that arrived, by group and id
};

/// Collective: columns of the members.
template <class T>
void fill(parallel::Communicator const& comm, particles::ParticleSet<T> const& particles,
          Way const& way, GroupMembers& result) {
  using Velocity = typename particles::ParticleSet<T>::Velocity;
  auto const x = host_columns<T>(particles.positions);
  auto const v = host_columns<Velocity>(particles.velocities);
  auto const mass = Kokkos::create_mirror_view_and_copy(HostSpace(), particles.masses);
  result.position.resize(3 * way.members());
  for (std::size_t a = 0; a < 3; ++a)
    way.carry(
        [&](std::size_t row) { return particles::coordinate(x(row, a), particles.position_unit); },
        result.position, a, 3);
  if (comm.any(v.extent(0) > 0)) {
    result.velocity.resize(3 * way.members());
    for (std::size_t a = 0; a < 3; ++a)
      way.carry(
          [&](std::size_t row) {
            return v.extent(0) > 0 ? particles.velocity_unit * static_cast<double>(v(row, a)) : 0.0;
          },
          result.velocity, a, 3);
  }
  result.mass.resize(way.members());
  way.carry(
      [&](std::size_t row) { return mass.extent(0) > 0 ? mass(row) : particles.particle_mass; },
      result.mass, 0, 1);
}

}  // namespace

template <class T>
GroupMembers gather_members(parallel::Communicator const& comm,
                            particles::ParticleSet<T> const& particles,
                            Array1<std::int64_t const> labels, std::int64_t smallest) {
  auto const labels_host = Kokkos::create_mirror_view_and_copy(HostSpace(), labels);
  auto const ids_host = Kokkos::create_mirror_view_and_copy(HostSpace(), particles.ids);
  std::span<std::int64_t const> const mine(labels_host.data(), labels_host.size()),
      ids(ids_host.data(), ids_host.size());
  GroupMembers result;
  auto const groups = catalogue_order(comm, mine, ids, smallest, result.all_groups);
  result.total = std::ssize(groups);
  result.box_side = particles.box_side;
  auto const owner = owners(groups, comm.size());
  result.first = std::lower_bound(owner.begin(), owner.end(), comm.rank()) - owner.begin();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (owner[g] < comm.rank()) result.first_member += groups[g].particles;
    result.total_members += groups[g].particles;
  }
  Way const way(comm, mine, ids, groups, owner);
  result.id.reserve(way.members());
  for (std::size_t m = 0; m < way.members(); ++m) {
    auto const& place = way.place(m);
    if (m == 0 || place.group != way.place(m - 1).group) {
      result.label.push_back(groups[static_cast<std::size_t>(place.group)].label);
      result.begin.push_back(m);
    }
    result.id.push_back(place.id);
  }
  result.begin.push_back(way.members());
  fill(comm, particles, way, result);
  return result;
}

template GroupMembers gather_members(parallel::Communicator const&,
                                     particles::ParticleSet<float> const&,
                                     Array1<std::int64_t const>, std::int64_t);
template GroupMembers gather_members(parallel::Communicator const&,
                                     particles::ParticleSet<double> const&,
                                     Array1<std::int64_t const>, std::int64_t);
template GroupMembers gather_members(parallel::Communicator const&,
                                     particles::ParticleSet<particles::Position> const&,
                                     Array1<std::int64_t const>, std::int64_t);

}  // namespace shearwater::halos
