// SPDX-License-Identifier: BSD-3-Clause
// From a block of halos to galaxies as a file has them.
#pragma once

#include <memory>
#include <optional>

#include "shearwater/galaxies/members.hpp"
#include "shearwater/galaxies/observation.hpp"
#include "shearwater/galaxies/orientation.hpp"
#include "shearwater/galaxies/satellites.hpp"
#include "shearwater/io/galaxy_file.hpp"

namespace shearwater::galaxies {

struct PopulationSettings {
  OccupationConfig occupation;
  SatelliteConfig satellites;
  OrientationConfig orientation;
  ObservationConfig observation;
  EdgeDensity edge;
  double smallest_mass = 0;      ///< lighter halos get no galaxies [Msun/h]
  double axis_strength = 1;      ///< of the halos' axes about the catalogue's (see host_axes.hpp)
  double box_side = 0;           ///< [Mpc/h]; of a box
  double scale_factor = 1;       ///< of a box
  double largest_redshift = 20;  ///< of a light cone
  std::string folder;            ///< that a table of occupations is named from
};

/// Galaxies of a block, and what is seen of them.
struct Populated {
  GalaxyBlock galaxies;
  Observation seen;
};

/// What is needed for every block. Results are a function of the settings and the halos alone, the
/// same for any division into blocks.
class Population {
 public:
  /// orienter   in place of the model of settings.orientation; null for that
  Population(PopulationSettings const& settings, cosmology::Background const& background,
             std::unique_ptr<Orienter> orienter = nullptr);

  bool is_light_cone() const { return redshifts_.has_value(); }
  bool uses_members() const { return settings_.satellites.profile == "members"; }
  bool is_decorated() const { return occupation_.is_decorated(); }
  std::uint64_t seed() const { return seed_; }
  Occupation const& occupation() const { return occupation_; }

  /// Moves halos of a light cone to the observer's frame, empties those that are too light,
  /// scatters axes and sets profiles. Throws InputError for a halo beyond the largest redshift.
  void prepare(ExecSpace const& space, HaloBlock& halos) const;
  GalaxyCounts count(ExecSpace const& space, HaloBlock const& halos) const;
  /// members   that satellites are put on, in place of NFW profiles; null for these
  Populated populate(ExecSpace const& space, HaloBlock const& halos, GalaxyCounts const& counts,
                     MemberPlaces const* members = nullptr) const;

  /// Which columns rows_of fills.
  io::GalaxyColumns columns(bool halos_move) const;
  /// first   row in the file of the block's first galaxy, which ids count from
  io::GalaxyCatalogue rows_of(HaloBlock const& halos, Populated const& made,
                              std::int64_t first) const;

 private:
  void set_growth(HaloBlock& halos) const;

  PopulationSettings settings_;
  cosmology::Background background_;
  Occupation occupation_;
  NfwTable table_;
  std::unique_ptr<Orienter> orienter_;
  std::optional<RedshiftTable> redshifts_;  ///< of a light cone
  int axis_ = 2;                            ///< of a box, that is looked along
  double redshift_unit_ = 0;                ///< 1 / (a H) [Mpc/h per km/s]
  std::uint64_t seed_;
};

}  // namespace shearwater::galaxies
