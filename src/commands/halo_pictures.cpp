// SPDX-License-Identifier: BSD-3-Clause
#include "halo_pictures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace shearwater::commands {

namespace {

constexpr std::size_t most_galaxies = 300;

struct Host {
  double mass;
  std::int64_t id;
  auto order() const { return std::tuple(-mass, id); }
};

/// A galaxy of a halo that is drawn.
struct Member {
  std::int64_t halo, id, central;
  double position[3], shape[2];
};

/// The halos of the largest mass of all ranks.
std::vector<Host> largest_hosts(parallel::Communicator const& comm, io::GalaxyCatalogue const& rows,
                                std::size_t halos) {
  auto const keep = [&](std::vector<Host>& hosts) {
    std::ranges::sort(hosts, {}, &Host::order);
    auto const same = [](Host const& a, Host const& b) { return a.id == b.id; };
    hosts.erase(std::unique(hosts.begin(), hosts.end(), same), hosts.end());
    if (hosts.size() > halos) hosts.resize(halos);
  };
  std::vector<Host> mine;
  for (std::size_t i = 0; i < rows.host_mass.size(); ++i) {
    mine.push_back({rows.host_mass[i], rows.host[i]});
    if (mine.size() > 4096) keep(mine);
  }
  keep(mine);
  auto all = comm.all_gather<Host>(mine);
  keep(all);
  return all;
}

std::vector<Member> members_of(io::GalaxyCatalogue const& rows, std::vector<Host> const& hosts,
                               std::array<int, 3> const& order, bool stored) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < rows.host.size(); ++i) {
    auto const found = std::ranges::find(hosts, rows.host[i], &Host::id);
    if (found == hosts.end()) continue;
    Member member{
        found - hosts.begin(), rows.id[i], rows.central.empty() ? 0 : rows.central[i], {}, {}};
    for (std::size_t a = 0; a < 3; ++a)
      member.position[a] = rows.position[3 * i + static_cast<std::size_t>(order[a])];
    auto const e = stored
                       ? std::array<double, 2>{rows.e1[i], rows.e2[i]}
                       : galaxies::projected_ellipticity(&rows.axes[9 * i], rows.axis_ratios[2 * i],
                                                         rows.axis_ratios[2 * i + 1], order);
    member.shape[0] = e[0], member.shape[1] = e[1];
    members.push_back(member);
  }
  return members;
}

}  // namespace

HaloPictures take_pictures(parallel::Communicator const& comm, MeasureConfig const& config,
                           MeasuredGalaxies const& galaxies, std::size_t halos) {
  auto const& rows = galaxies.rows;
  bool const shapes = galaxies.stored_shapes || (!rows.axes.empty() && !rows.axis_ratios.empty());
  // Ranks without galaxies have no columns either.
  bool const known = rows.size() == 0 || (shapes && !rows.host.empty() && !rows.host_mass.empty());
  HaloPictures pictures;
  // On the sky each galaxy has a line of sight of its own, and shapes no common axes.
  if (galaxies.on_sky || !comm.all(known)) return pictures;
  auto const hosts = largest_hosts(comm, rows, halos);
  auto const mine = members_of(rows, hosts, galaxies::coordinate_order(config.line_of_sight),
                               galaxies.stored_shapes);
  auto members = comm.all_gather<Member>(mine);
  std::ranges::sort(members, {},
                    [](Member const& m) { return std::tuple(m.halo, m.central == 0, m.id); });
  pictures.begin.push_back(0);
  for (std::size_t h = 0, first = 0; h < hosts.size(); ++h) {
    std::size_t end = first;
    while (end < members.size() && members[end].halo == static_cast<std::int64_t>(h)) ++end;
    for (std::size_t m = first; m < std::min(end, first + most_galaxies); ++m) {
      for (std::size_t a = 0; a < 2; ++a) {
        double d = members[m].position[a] - members[first].position[a];
        if (rows.box_side > 0) d -= rows.box_side * std::round(d / rows.box_side);
        pictures.position.push_back(d);
        pictures.shape.push_back(members[m].shape[a]);
      }
      pictures.central.push_back(members[m].central);
    }
    pictures.host.push_back(hosts[h].id);
    pictures.begin.push_back(std::ssize(pictures.central));
    first = end;
  }
  return pictures;
}

}  // namespace shearwater::commands
