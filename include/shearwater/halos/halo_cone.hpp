// SPDX-License-Identifier: BSD-3-Clause
// Halos where they cross an observer's past light cone, on the whole sky or a part of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"
#include "shearwater/cosmology/background.hpp"
#include "shearwater/particles/light_cone.hpp"

namespace shearwater::halos {

/// A part of the sky between circles of right ascension and of declination [radian].
struct SkyRange {
  double ra[2];   ///< eastwards from the first to the second, at most a whole turn
  double dec[2];  ///< from south to north

  double solid_angle() const;
  /// Borders in the west and south belong to the range, those in the east and north do not, but for
  /// the northern pole.
  bool contains(double right_ascension, double declination) const;
};

/// Table [light_cone_halos].
struct HaloConeConfig {
  double redshift = 0.5;
  std::vector<double> observer = {0, 0, 0};  ///< in the box [Mpc/h]
  std::string sky = "full";
  std::vector<double> ra_deg = {0, 360}, dec_deg = {-90, 90};
  bool turn_shells = false;
  std::int64_t seed = 1;

  void describe(core::Fields& field);
  SkyRange range() const;
  /// Throws InputError, with the remedy, for a cone that outputs at the scale factors `outputs`
  /// (increasing) of a box of this side cannot fill: one that begins before the first or whose last
  /// is not today, an observer outside of the box, too many replicas, or a curved universe.
  void check(double box_side, std::vector<double> const& outputs,
             cosmology::Background const& background) const;
};

/// A halo of one output.
struct HaloState {
  std::array<double, 3> position;  ///< comoving, in [0, box_side) [Mpc/h]
  std::array<double, 3> velocity;  ///< peculiar [km/s]
};

/// A halo and what it is at the outputs before and after, where it was found there.
struct HaloWay {
  HaloState here;
  std::optional<HaloState> before, after;
};

/// Comoving distance of the past light cone at an output and at those before and after it
/// [Mpc/h]: an output stands for the cone from the middle before it to the middle after it, which
/// are at the mean scale factors of both outputs.
struct ConePart {
  double here = 0;
  std::optional<double> before, middle_before;  ///< none for the first output
  std::optional<double> middle_after, after;    ///< none for the last

  /// The part of the cone that output `number` of those at `times` (increasing) stands for.
  static ConePart of(std::vector<double> const& times, std::size_t number,
                     cosmology::Background const& background);
  double far() const { return middle_before ? *middle_before : here; }
  double near() const { return middle_after ? *middle_after : here; }
};

/// A halo where it crosses the cone, in one replica of the box. Vectors are along the axes of the
/// sky: x to right ascension 0 at the equator, y to 90 degrees, z to the northern pole.
struct HaloCrossing {
  std::size_t halo = 0;                         ///< index among those asked for
  std::int64_t shell = 0;                       ///< where shells are turned; else 0
  std::array<std::int64_t, 3> replica{};        ///< box sides added to the halo's own place
  std::array<double, 3> place{};                ///< from the observer, comoving [Mpc/h]
  std::array<double, 3> velocity{};             ///< peculiar [km/s]
  double distance = 0;                          ///< comoving [Mpc/h]
  double right_ascension = 0, declination = 0;  ///< [radian]
  double z_cos = 0, z_obs = 0;                  ///< redshift without and with the peculiar velocity
};

/// The past light cone of an observer in a periodic box, which is repeated in all directions; with
/// turn_shells, space is divided into shells about the observer as thick as the box, and the
/// repeated box is turned and shifted in each as particles::draw_view says.
///
/// Between two outputs a halo that is found at both moves along the cubic that has its places and
/// velocities there (Hermite, in conformal time, whose steps are those of the cone's comoving
/// distance), and its velocity changes linearly in it. One that is not found at the other moves
/// with its own velocity as far as the middle between them, and is not there beyond. So a halo's
/// distance from the cone changes sign once, and it crosses where
///   |x(chi) - observer| = chi.
class HaloCone {
 public:
  HaloCone(HaloConeConfig const& config, double box_side, cosmology::Background const& background);

  /// Crossings within the part of the cone that an output stands for, inside the sky and nearer
  /// than the redshift: sorted by halo, shell and replica. Each halo of each replica crosses once.
  std::vector<HaloCrossing> crossings(std::vector<HaloWay> const& halos,
                                      ConePart const& part) const;
  /// Of the volume between two distances, the part inside the sky and nearer than the redshift
  /// [(Mpc/h)^3].
  double volume(double near, double far) const;
  double reach() const { return reach_; }  ///< [Mpc/h]
  /// How shell `shell` shows the box: a vector v becomes (+-v[axis[0]], ...).
  particles::BoxView view(std::int64_t shell) const;
  /// The same sky for lens planes that look along its x axis, with y and z across: repetition n of
  /// a line of sight shows what shell n does, places counted from the observer.
  particles::BoxView line_of_sight(std::int64_t repetition) const;

 private:
  /// Distances from the observer at which the box is shown in one view [Mpc/h].
  struct Shell {
    std::int64_t number;
    double begin, end;
  };
  void add_crossings(std::vector<HaloWay> const& halos, ConePart const& part, Shell shell,
                     std::vector<HaloCrossing>& crossings) const;

  HaloConeConfig config_;
  SkyRange sky_;
  double side_, reach_;
  cosmology::Background background_;
};

/// A vector of the box along the axes of a view.
std::array<double, 3> turned(particles::BoxView const& view, std::array<double, 3> const& vector);

}  // namespace shearwater::halos
