// SPDX-License-Identifier: BSD-3-Clause
// `shearwater populate`: the halos that galaxies live in, block by block.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"
#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/galaxies/members.hpp"
#include "shearwater/galaxies/satellites.hpp"
#include "shearwater/galaxies/synthetic.hpp"
#include "shearwater/io/halo_catalogue.hpp"

namespace shearwater::commands {

/// Table [hosts].
struct HostConfig {
  std::string file, particles;
  std::string mass = "200m";
  bool match_masses = false;
  std::string shape = "iterative";
  double axis_strength = 1;
  double tides = 0;
  std::string secondary = "none";
  double smallest_mass = 0;
  std::int64_t block = 131072;
  void describe(core::Fields& field);
};

/// What is known of all halos, beside their number.
struct HostFacts {
  std::int64_t total = 0;
  double box_side = 0;      ///< [Mpc/h]; 0 for a light cone
  double scale_factor = 0;  ///< 0 where not known or halos have their own
  double omega_m = 0, omega_de = 0, h = 0;
  bool light_cone = false;  ///< positions are from an observer at the origin
  bool moves = false, has_axes = false, has_tides = false;
  bool in_memory = false;      ///< all of them, on every rank
  bool has_secondary = false;  ///< the property that hosts.secondary names
  std::string mass_name;       ///< the column that masses are from
};

/// Halos to read in any order; not collective.
class HostHalos {
 public:
  virtual ~HostHalos() = default;
  HostFacts const& facts() const { return facts_; }
  virtual galaxies::HaloBlock read(ExecSpace const& space, std::int64_t first,
                                   std::int64_t count) const = 0;
  /// Particles for the satellites of the halos from `first` on. Throws InputError where the
  /// catalogue does not lead to any.
  virtual galaxies::MemberPlaces members(std::int64_t first, galaxies::GalaxyCounts const& counts,
                                         std::uint64_t seed) const;

 protected:
  HostFacts facts_;
};

/// What is needed to open them.
struct HostJob {
  HostConfig hosts;
  std::string particles;     ///< snapshot of members; "" for none
  std::string path;          ///< "" for synthetic halos
  io::SnapshotConfig units;  ///< what a foreign catalogue does not say
  std::optional<io::HaloColumns> columns;
  std::optional<galaxies::SyntheticConfig> synthetic;
  std::optional<cosmology::Cosmology> cosmology;  ///< of the input
};
HostJob read_host_job(core::Config& config, CommandLine const& line);

/// Catalogues of `halos` and `nbody`, on the light cone too, are read block by block; others at
/// once, by every rank. Throws InputError for columns that are asked for and missing.
/// wants_axes, wants_tides   what the galaxies' model reads
std::unique_ptr<HostHalos> open_hosts(HostJob const& job, bool wants_axes, bool wants_tides);

}  // namespace shearwater::commands
