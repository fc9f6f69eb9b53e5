// SPDX-License-Identifier: BSD-3-Clause
// Graphs of the galaxies of halos, from catalogues that are spread over ranks in any way.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/graph/halo_graphs.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::graph {

/// Table [graphs]: what a node knows, what is learned, which halos are taken.
struct GraphConfig {
  std::vector<std::string> scalars = {"log10_host_mass", "central"};
  std::vector<std::string> axes = {"host_major"};
  double tidal_smoothing = 0;
  std::string labels = "frames";
  bool axis_ratios = false;
  std::string centre = "central";
  std::int64_t min_nodes = 1, max_nodes = 500;
  std::string too_large = "refuse";
  std::string bad_rows = "refuse";

  void describe(core::Fields& field);
  /// Throws InputError for keys that contradict one another.
  void check() const;
  bool needs_tides() const;
  bool needs_host_axes() const;
};

/// This rank's galaxies of one box. A column that is not known is empty.
struct GalaxyRows {
  std::vector<std::int64_t> id, host;
  std::vector<double> position;         ///< (n, 3) comoving [Mpc/h]
  std::vector<std::uint8_t> central;    ///< or by HostRows::central
  std::vector<double> mass, host_mass;  ///< [Msun/h]
  std::vector<double> axes;             ///< (n, 3, 3) unit vectors, or (n, 3): the major one
  std::vector<double> axis_ratios;      ///< (n, 2)
};

/// This rank's halos of one box.
struct HostRows {
  std::vector<std::int64_t> id;
  std::vector<std::int64_t> central;  ///< id of the central galaxy
  std::vector<double> position;       ///< (n, 3) comoving [Mpc/h]
  std::vector<double> mass;           ///< [Msun/h]
  std::vector<double> axes;           ///< (n, 3, 3) unit vectors
  std::vector<double> tidal_values;   ///< (n, 3)
  std::vector<double> tidal_axes;     ///< (n, 3, 3)
};

struct GraphBox {
  std::string name;     ///< of the catalogue, for messages
  double box_side = 0;  ///< periodic [Mpc/h]; 0: not
  GalaxyRows galaxies;  ///< of a negative host: in no halo, which is a fault
  HostRows hosts;
  std::int64_t no_galaxies = 0;  ///< this rank's rows that the catalogue itself flags as none
};

/// Why a galaxy, or all galaxies of a halo, cannot be used.
enum class Fault { host, position, axes, ratios, mass, host_values, central, count };
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count);
std::string fault_text(Fault fault);

/// Of all ranks.
struct GraphReport {
  std::int64_t galaxies = 0;     ///< given
  std::int64_t no_galaxies = 0;  ///< left out before: flagged as none by their catalogue
  std::int64_t graphs = 0, nodes = 0;
  std::int64_t small_halos = 0, large_halos = 0;   ///< left out, or cut
  std::array<std::int64_t, fault_count> faults{};  ///< galaxies left out
};

/// Collective over comm. One graph for each halo that holds galaxies, by box and then host's id;
/// nodes: the central galaxy first, then by id. `mine` has the same boxes on all ranks. The graphs
/// of a rank follow those of the ranks before it, and all together do not depend on the ranks.
/// Positions are the nearest images from the central galaxy, or from the halo's centre.
/// Throws InputError with counts and the first example for galaxies that cannot be used (unless
/// bad_rows leaves them out), for halos with more than max_nodes galaxies (unless too_large says
/// otherwise), for an id that is there twice in a box, and where nothing is left; and for a column
/// that is asked for and that no catalogue has.
HaloGraphs make_galaxy_graphs(parallel::Communicator const& comm, GraphConfig const& config,
                              std::vector<GraphBox> const& mine, GraphReport& report);

}  // namespace shearwater::graph
