// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_halo_cone.hpp"

#include <algorithm>
#include <numeric>

#include "shearwater/core/units.hpp"
#include "shearwater/halos/progenitors.hpp"

namespace shearwater::commands {

namespace {

using halos::HaloState;
using halos::HaloWay;

/// What is needed of a catalogue to find its halos at the output before or after.
struct Tracers {
  std::vector<std::int64_t> sizes;        ///< of all groups, in particles
  std::vector<halos::MemberRow> members;  ///< of this rank's share of all members
  std::vector<HaloState> states;          ///< of this rank's share of the groups
};

/// Collective: the catalogue of output `number`, without its crossings.
ConeCatalogue open_catalogue(NBodyJob const& job, std::size_t number,
                             parallel::Communicator const& comm) {
  std::optional<io::InputFile> file;
  std::int64_t total = 0;
  comm.together([&] {
    file.emplace(job.file("halos", number));
    file->check_schema("halos");
    total = file->info("/Group/GroupFirstID").shape.at(0);
  });
  return {std::move(*file), total, parallel::share_of(total, comm.rank(), comm.size()), {}};
}

std::vector<HaloState> read_states(ConeCatalogue const& catalogue, double box_side) {
  auto const& [file, total, share, crossings] = catalogue;
  auto const position = file.rows<double>("/Group/GroupPos", share.first, share.count);
  auto const velocity = file.rows<double>("/Group/GroupVel", share.first, share.count);
  double const scale_factor = file.number("/Header", "Time");
  std::vector<HaloState> states(static_cast<std::size_t>(share.count));
  for (std::size_t h = 0; h < states.size(); ++h)
    for (std::size_t i = 0; i < 3; ++i) {
      double const x = position[3 * h + i] * units::gadget_length;
      states[h].position[i] = x < box_side ? x : 0;
      states[h].velocity[i] = velocity[3 * h + i] / scale_factor;
    }
  return states;
}

/// Collective.
Tracers read_tracers(ConeCatalogue const& catalogue, double box_side,
                     parallel::Communicator const& comm) {
  Tracers result;
  comm.together([&] {
    auto const& file = catalogue.file;
    result.sizes = file.values<std::int64_t>("/Group/GroupLen");
    result.states = read_states(catalogue, box_side);
    auto const share =
        parallel::share_of(file.info("/IDs/ID").shape.at(0), comm.rank(), comm.size());
    std::int64_t group = 0, end = result.sizes.empty() ? 0 : result.sizes[0], at = share.first;
    for (auto const id : file.rows<std::int64_t>("/IDs/ID", share.first, share.count)) {
      while (at >= end) end += result.sizes[static_cast<std::size_t>(++group)];
      result.members.push_back({id, group});
      ++at;
    }
  });
  return result;
}

/// Collective: for each of this rank's rows, the halo that it is in another catalogue. `links` of
/// the other's rows, -1 for none.
std::vector<std::optional<HaloState>> states_across(ConeCatalogue const& here,
                                                    ConeCatalogue const& other,
                                                    std::vector<HaloState> const& states,
                                                    std::vector<std::int64_t> const& links,
                                                    parallel::Communicator const& comm) {
  struct Row {
    std::int64_t row;
    HaloState state;
  };
  std::vector<std::vector<Row>> to(static_cast<std::size_t>(comm.size()));
  for (std::size_t h = 0; h < states.size(); ++h) {
    auto const row = links[static_cast<std::size_t>(other.share.first) + h];
    if (row >= 0)
      to[static_cast<std::size_t>(parallel::owner_of(row, here.total, comm.size()))].push_back(
          {row, states[h]});
  }
  std::vector<std::optional<HaloState>> result(static_cast<std::size_t>(here.share.count));
  for (auto const& [row, state] : comm.deliver(to))
    result[static_cast<std::size_t>(row - here.share.first)] = state;
  return result;
}

/// An output with what its halos were and become.
struct Linked {
  Tracers tracers;
  std::vector<std::optional<HaloState>> before, after;

  std::vector<HaloWay> ways() const {
    std::vector<HaloWay> result;
    for (std::size_t h = 0; h < tracers.states.size(); ++h)
      result.push_back({tracers.states[h], before[h], after[h]});
    return result;
  }
};

/// Collective: links the halos of an output with those of the next one.
void link_outputs(ConeCatalogue const& earlier, ConeCatalogue const& later, Linked& before,
                  Linked& after, parallel::Communicator const& comm) {
  auto const links = halos::link_groups(comm, before.tracers.members, after.tracers.members,
                                        before.tracers.sizes, after.tracers.sizes);
  before.after = states_across(earlier, later, after.tracers.states, links.to_earlier, comm);
  after.before = states_across(later, earlier, before.tracers.states, links.to_later, comm);
}

}  // namespace

void write_halo_cone(NBodyJob const& job, core::Provenance const& provenance,
                     parallel::Communicator const& comm) {
  auto const times = job.output_times();
  cosmology::Background const background(job.cosmology);
  halos::HaloCone const cone(*job.halo_cone, job.box.side, background);
  std::vector<ConeCatalogue> catalogues;
  for (std::size_t n = 0; n < times.size(); ++n) catalogues.push_back(open_catalogue(job, n, comm));
  // Two outputs at a time are in memory.
  auto const read = [&](std::size_t n) {
    auto const rows = static_cast<std::size_t>(catalogues[n].share.count);
    return Linked{read_tracers(catalogues[n], job.box.side, comm),
                  std::vector<std::optional<HaloState>>(rows),
                  std::vector<std::optional<HaloState>>(rows)};
  };
  auto now = read(0);
  for (std::size_t n = 0; n < times.size(); ++n) {
    std::optional<Linked> next;
    if (n + 1 < times.size()) {
      next = read(n + 1);
      link_outputs(catalogues[n], catalogues[n + 1], now, *next, comm);
    }
    catalogues[n].crossings = cone.crossings(now.ways(), halos::ConePart::of(times, n, background));
    if (next) now = std::move(*next);
  }
  write_cone_halos(job, catalogues, provenance, comm);
}

}  // namespace shearwater::commands
