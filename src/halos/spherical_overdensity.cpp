// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/halos/spherical_overdensity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <tuple>

#include "host_columns.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::halos {

namespace {

constexpr double sphere = 4 * std::numbers::pi / 3;
constexpr double growth = 1.4;  // of the search radius, where an edge lies further out
// Particles that are looked at in one turn, about, and how much denser than the mean it is there.
constexpr double at_once = 4e6, contrast = 200;

/// A sphere in which a rank looks for particles for another one.
struct Search {
  double centre[3], radius;
  std::int64_t halo, rank;
};

/// A particle in it.
struct Found {
  std::int64_t halo;
  double distance_squared, mass;
};

/// This rank's particles on a coarse periodic grid, as lists in the order of the cells.
template <class T>
class Grid {
 public:
  explicit Grid(particles::ParticleSet<T> const& p)
      : side_(p.box_side),
        unit_(p.position_unit),
        particle_mass_(p.particle_mass),
        x_(host_columns<T>(p.positions)),
        mass_(Kokkos::create_mirror_view_and_copy(HostSpace(), p.masses)) {
    auto const n = x_.extent(0);
    cells_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::cbrt(static_cast<double>(n))),
                                      1, 512);
    core::require(n <= std::numeric_limits<std::uint32_t>::max(), "rows are numbered by 32 bits");
    // One place further than they are needed: putting the rows in moves each to where it belongs.
    first_.assign(static_cast<std::size_t>(cells_ * cells_ * cells_ + 2), 0);
    for (std::size_t row = 0; row < n; ++row) ++first_[cell_of(row) + 2];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    rows_.resize(n);
    for (std::size_t row = 0; row < n; ++row)
      rows_[first_[cell_of(row) + 1]++] = static_cast<std::uint32_t>(row);
  }

  void find(Search const& search, std::vector<Found>& found) const {
    auto const width = side_ / static_cast<double>(cells_);
    std::int64_t low[3], count[3];
    for (int a = 0; a < 3; ++a) {
      low[a] = static_cast<std::int64_t>(std::floor((search.centre[a] - search.radius) / width));
      auto const high =
          static_cast<std::int64_t>(std::floor((search.centre[a] + search.radius) / width));
      count[a] = std::min(high - low[a] + 1, cells_);
    }
    for (std::int64_t i = 0; i < count[0]; ++i)
      for (std::int64_t j = 0; j < count[1]; ++j)
        for (std::int64_t k = 0; k < count[2]; ++k)
          look(index(low[0] + i, low[1] + j, low[2] + k), search, found);
  }

 private:
  std::size_t index(std::int64_t i, std::int64_t j, std::int64_t k) const {
    auto const wrap = [&](std::int64_t c) { return (c % cells_ + cells_) % cells_; };
    return static_cast<std::size_t>((wrap(i) * cells_ + wrap(j)) * cells_ + wrap(k));
  }
  std::size_t cell_of(std::size_t row) const {
    std::int64_t c[3];
    for (std::size_t a = 0; a < 3; ++a)
      c[a] = static_cast<std::int64_t>(particles::coordinate(x_(row, a), unit_) / side_ *
                                       static_cast<double>(cells_));
    return index(c[0], c[1], c[2]);
  }
  void look(std::size_t cell, Search const& search, std::vector<Found>& found) const {
    for (std::size_t i = first_[cell]; i < first_[cell + 1]; ++i) {
      std::size_t const row = rows_[i];
      double sum = 0;
      for (std::size_t a = 0; a < 3; ++a) {
        double d = std::abs(particles::coordinate(x_(row, a), unit_) - search.centre[a]);
        d = std::min(d, side_ - d);
        sum += d * d;
      }
      if (sum <= search.radius * search.radius)
        found.push_back({search.halo, sum, mass_.extent(0) > 0 ? mass_(row) : particle_mass_});
    }
  }

  double side_, unit_, particle_mass_;
  std::int64_t cells_ = 1;
  HostColumns<T> x_;
  Kokkos::View<double const*, Kokkos::LayoutRight, HostSpace> mass_;
  std::vector<std::uint32_t> first_, rows_;
};

/// Where the mean density of the particles, nearest first, falls below `density`; false where it
/// does not within `radius`.
bool find_edge(std::span<Found const> near, double density, double radius, std::int64_t smallest,
               SphericalMass& result) {
  double within = 0;
  for (std::size_t i = 0; i <= near.size(); ++i) {
    double const reach = i < near.size() ? std::sqrt(near[i].distance_squared) : radius;
    double const edge = std::cbrt(within / (sphere * density));
    if (static_cast<std::int64_t>(i) >= smallest && edge < reach) {
      // Below the density already with the particles that any sphere must hold: not a halo.
      double const last = std::sqrt(near[i - 1].distance_squared);
      bool const halo = edge >= last;
      result = halo ? SphericalMass{within, edge}
                    : SphericalMass{std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::quiet_NaN()};
      return true;
    }
    if (i < near.size()) within += near[i].mass;
  }
  return false;
}

/// Collective over comm: the particles in the spheres of this rank's searches, by halo and
/// distance.
template <class T>
std::vector<Found> look_everywhere(parallel::Communicator const& comm, Grid<T> const& grid,
                                   std::vector<Search> const& searches) {
  std::vector<std::vector<Found>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& search : comm.all_gather<Search>(searches))
    grid.find(search, to[static_cast<std::size_t>(search.rank)]);
  auto found = comm.deliver(to);
  std::sort(found.begin(), found.end(), [](Found const& a, Found const& b) {
    return std::tie(a.halo, a.distance_squared, a.mass) <
           std::tie(b.halo, b.distance_squared, b.mass);
  });
  return found;
}

/// What is looked for.
struct Edges {
  std::vector<double> const& densities;
  double furthest;  ///< a search reaches no further
  std::int64_t smallest;
};

/// Collective over comm: the edges of the halos of `searches`, as far as they lie within; returns
/// wider searches for the others.
template <class T>
std::vector<Search> look(parallel::Communicator const& comm, Grid<T> const& grid,
                         std::vector<Search> const& searches, Edges const& edges,
                         std::vector<SphericalMass>& result) {
  auto const many = edges.densities.size();
  auto const found = look_everywhere(comm, grid, searches);
  std::vector<Search> again;
  auto next = found.begin();
  for (auto search : searches) {
    auto const end =
        std::find_if(next, found.end(), [&](Found const& f) { return f.halo != search.halo; });
    auto* const row = &result[static_cast<std::size_t>(search.halo) * many];
    bool done = true;
    for (std::size_t d = 0; d < many; ++d)
      done &= find_edge({next, end}, edges.densities[d], search.radius, edges.smallest, row[d]);
    next = end;
    if (done) continue;
    if (search.radius >= edges.furthest) {
      // The whole box is denser than that: no edge.
      for (std::size_t d = 0; d < many; ++d)
        row[d].mass = row[d].radius = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    search.radius = std::min(growth * search.radius, edges.furthest);
    again.push_back(search);
  }
  return again;
}

}  // namespace

std::array<Overdensity, 3> halo_overdensities(double omega_m, double scale_factor) {
  return halo_overdensities(omega_m, scale_factor,
                            omega_m / std::pow(scale_factor, 3) + 1 - omega_m);
}

std::array<Overdensity, 3> halo_overdensities(double omega_m, double scale_factor,
                                              double expansion_squared) {
  double const mean = omega_m * units::critical_density;
  double const critical =
      expansion_squared * units::critical_density * std::pow(scale_factor, 3);  // comoving
  double const x = mean / critical - 1;
  double const virial = 18 * std::numbers::pi * std::numbers::pi + 82 * x - 39 * x * x;
  return {Overdensity{"Mean200", 200 * mean}, Overdensity{"Crit200", 200 * critical},
          Overdensity{"TopHat200", virial * critical}};
}

template <class T>
std::vector<SphericalMass> spherical_masses(parallel::Communicator const& comm,
                                            particles::ParticleSet<T> const& particles,
                                            std::vector<double> const& centres,
                                            std::vector<double> const& guess,
                                            std::vector<double> const& densities,
                                            std::int64_t smallest) {
  Grid<T> const grid(particles);
  std::vector<SphericalMass> result(guess.size() * densities.size());
  double const total =
      static_cast<double>(comm.sum(static_cast<std::int64_t>(particles.positions.extent(0))));
  double const density = contrast * total / std::pow(particles.box_side, 3);
  std::size_t next = 0;
  while (comm.any(next < guess.size())) {
    std::vector<Search> searches;
    for (double found = 0; next < guess.size() && found < at_once / comm.size(); ++next) {
      searches.push_back({{centres[3 * next], centres[3 * next + 1], centres[3 * next + 2]},
                          std::min(guess[next], particles.box_side / 2),
                          static_cast<std::int64_t>(next),
                          comm.rank()});
      found += density * sphere * std::pow(searches.back().radius, 3);
    }
    while (comm.any(!searches.empty()))
      searches = look(comm, grid, searches, {densities, particles.box_side / 2, smallest}, result);
  }
  return result;
}

template std::vector<SphericalMass> spherical_masses(parallel::Communicator const&,
                                                     particles::ParticleSet<float> const&,
                                                     std::vector<double> const&,
                                                     std::vector<double> const&,
                                                     std::vector<double> const&, std::int64_t);
template std::vector<SphericalMass> spherical_masses(parallel::Communicator const&,
                                                     particles::ParticleSet<double> const&,
                                                     std::vector<double> const&,
                                                     std::vector<double> const&,
                                                     std::vector<double> const&, std::int64_t);
template std::vector<SphericalMass> spherical_masses(
    parallel::Communicator const&, particles::ParticleSet<particles::Position> const&,
    std::vector<double> const&, std::vector<double> const&, std::vector<double> const&,
    std::int64_t);

}  // namespace shearwater::halos
