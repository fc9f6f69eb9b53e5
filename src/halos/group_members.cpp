// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/group_members.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>

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

/// Collective over comm: all groups that are large enough, in the order of the catalogue, on every
/// rank; and the number of all groups.
std::vector<Size> catalogue_order(parallel::Communicator const& comm,
                                  std::vector<std::int64_t> const& labels, std::int64_t smallest,
                                  std::int64_t& all_groups) {
  std::vector<Size> mine;
  for (auto const label : labels) mine.push_back({label, 1});
  std::vector<std::vector<Size>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& size : merged(std::move(mine)))
    to[static_cast<std::size_t>(size.label % comm.size())].push_back(size);
  auto sizes = merged(comm.deliver(to));
  all_groups = comm.sum(std::ssize(sizes));
  std::erase_if(sizes, [&](Size const& size) { return size.particles < smallest; });
  auto all = comm.all_gather<Size>(sizes);
  std::sort(all.begin(), all.end());
  return all;
}

struct Member {
  std::int64_t group, id;
  double position[3], velocity[3], mass;
};

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

template <class T>
std::vector<std::vector<Member>> pack(particles::ParticleSet<T> const& p,
                                      std::vector<std::int64_t> const& labels,
                                      std::vector<Size> const& groups, int ranks) {
  auto const owner = owners(groups, ranks);
  std::unordered_map<std::int64_t, std::int64_t> index;
  for (std::size_t g = 0; g < groups.size(); ++g)
    index.emplace(groups[g].label, static_cast<std::int64_t>(g));
  auto const x = Kokkos::create_mirror_view_and_copy(HostSpace(), p.positions);
  auto const v = Kokkos::create_mirror_view_and_copy(HostSpace(), p.velocities);
  auto const id = Kokkos::create_mirror_view_and_copy(HostSpace(), p.ids);
  auto const mass = Kokkos::create_mirror_view_and_copy(HostSpace(), p.masses);
  std::vector<std::vector<Member>> to(static_cast<std::size_t>(ranks));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    auto const found = index.find(labels[row]);
    if (found == index.end()) continue;
    Member member{found->second, id(row), {}, {}, p.particle_mass};
    for (std::size_t a = 0; a < 3; ++a) {
      member.position[a] = static_cast<double>(x(row, a));
      if (v.extent(0) > 0) member.velocity[a] = static_cast<double>(v(row, a));
    }
    if (mass.extent(0) > 0) member.mass = mass(row);
    to[static_cast<std::size_t>(owner[static_cast<std::size_t>(found->second)])].push_back(member);
  }
  return to;
}

}  // namespace

template <class T>
GroupMembers gather_members(parallel::Communicator const& comm,
                            particles::ParticleSet<T> const& particles,
                            Array1<std::int64_t const> labels, std::int64_t smallest) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), labels);
  std::vector<std::int64_t> const mine(host.data(), host.data() + host.size());
  GroupMembers result;
  auto const groups = catalogue_order(comm, mine, smallest, result.all_groups);
  result.total = std::ssize(groups);
  result.box_side = particles.box_side;
  auto members = comm.deliver(pack(particles, mine, groups, comm.size()));
  std::sort(members.begin(), members.end(), [](Member const& a, Member const& b) {
    return std::tie(a.group, a.id) < std::tie(b.group, b.id);
  });
  auto const owner = owners(groups, comm.size());
  result.first = std::lower_bound(owner.begin(), owner.end(), comm.rank()) - owner.begin();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (owner[g] < comm.rank()) result.first_member += groups[g].particles;
    result.total_members += groups[g].particles;
  }
  bool const moving = comm.any(particles.velocities.extent(0) > 0);
  for (std::size_t m = 0; m < members.size(); ++m) {
    auto const& member = members[m];
    if (m == 0 || member.group != members[m - 1].group) {
      result.label.push_back(groups[static_cast<std::size_t>(member.group)].label);
      result.begin.push_back(m);
    }
    result.position.insert(result.position.end(), member.position, member.position + 3);
    if (moving) result.velocity.insert(result.velocity.end(), member.velocity, member.velocity + 3);
    result.mass.push_back(member.mass);
    result.id.push_back(member.id);
  }
  result.begin.push_back(members.size());
  return result;
}

template GroupMembers gather_members(parallel::Communicator const&,
                                     particles::ParticleSet<float> const&,
                                     Array1<std::int64_t const>, std::int64_t);
template GroupMembers gather_members(parallel::Communicator const&,
                                     particles::ParticleSet<double> const&,
                                     Array1<std::int64_t const>, std::int64_t);

}  // namespace shearwater::halos
