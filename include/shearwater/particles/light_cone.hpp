// SPDX-License-Identifier: BSD-3-Clause
// What an observer sees of a periodic box: particles where they cross the past light cone, as
// surface densities of lens planes on the flat sky.
#pragma once

#include <functional>
#include <vector>

#include "shearwater/fields/flat_sky.hpp"
#include "shearwater/particles/evolution.hpp"

namespace shearwater::particles {

/// Table [light_cone].
struct LightConeConfig {
  double redshift = 1.5;
  double thickness = 100;           ///< [Mpc/h]
  std::int64_t lines_of_sight = 1;  ///< of one simulation
  double cloud = 0.25;              ///< in mean separations of particles

  void describe(core::Fields& field);
  /// Throws InputError, with the remedy, for a cone that the simulation cannot fill: one that
  /// begins before the particles start or whose last step is not today, a field that is too wide
  /// for a flat sky or for the box (4 copies side by side), or a curved universe.
  void check(fields::FlatSky sky, BoxConfig const& box, InitialConfig const& initial,
             StepConfig const& steps, cosmology::Background const& background) const;
  /// Whether the cone has been entered at the end of a step, so that particles crossed it within.
  bool sees(double scale_factor, cosmology::Background const& background) const;
};

/// A slice of the cone. Its pixels hold numbers of particles, so its overdensity is a mean with the
/// weight chi^2: `distance` is the mean of chi with that weight, and distance^2 thickness the
/// slice's volume per steradian. A sum over particles of any smooth f(chi) is then right to second
/// order in the width of the slice.
struct LensPlane {
  double near = 0, far = 0;  ///< comoving distances of its two sides [Mpc/h]
  double distance = 0;       ///< [Mpc/h]
  double thickness = 0;      ///< [Mpc/h]
  double scale_factor = 1;   ///< when light is at `distance`
  double mean_mass = 0;      ///< of a pixel at the mean density [particles]
};

struct LensPlanes {
  fields::FlatSky sky;
  std::vector<LensPlane> planes;  ///< nearest first
  /// (lines of sight, planes, pixels, pixels): mass of a pixel over mean_mass, less one.
  Array4<float> overdensity;
};

/// How the box is turned and shifted where the cone crosses it for the n-th time.
struct BoxView {
  int axis[3];        ///< axis of the box along x and y of the sky and along the line of sight
  bool mirrored[3];   ///< whether it is counted downwards
  Position shift[3];  ///< added then
  std::int64_t line;  ///< of sight
  double start;       ///< distance at which this repetition begins [Mpc/h]
};
/// One of the 48 symmetries of a cube and a shift, by a random number of (seed, line, repetition).
BoxView draw_view(std::uint64_t seed, std::int64_t line, std::int64_t repetition, double side);
/// The view of a repetition along a line of sight.
using ViewOf = std::function<BoxView(std::int64_t line, std::int64_t repetition)>;

/// A particle where it crosses the light cone, in the axes of its line of sight.
struct ConeParticle {
  std::uint64_t id;   ///< as in Particle; images of one particle share it
  std::int64_t line;  ///< of sight
  double place[3];    ///< x and y from the line of sight, and along it from the observer [Mpc/h]
  float velocity[3];  ///< peculiar, of the middle of the step [km/s]
};

struct Crossings;

/// The past light cone of an observer at the corner of the first repetition, whose sky is a square
/// around the line of sight. Pixels are fixed angles: a pixel of a map is then the sum over planes
/// along one direction, without interpolation, whatever the distance. Distances count along the
/// line of sight alone (plane-parallel), which at the edge of a field of 5 degrees is off by 1e-3.
///
/// The box is repeated along the line of sight, every repetition turned and shifted by random
/// numbers of its own (draw_view) or as the caller says, and periodic across it. Between two steps
/// a particle moves by Evolution::drift_to, and crosses where
///   s + drift_to(a) p = chi(a).
/// Its mass is spread over a square cloud of fixed comoving side, and the weight of each pixel is
/// rounded to a whole number of 2^-32 particles: sums do not depend on ranks, threads or order.
class LightCone {
 public:
  /// For a configuration that LightConeConfig::check has passed. seed   of the views
  LightCone(parallel::Communicator const& comm, LightConeConfig const& config, fields::FlatSky sky,
            BoxConfig const& box, std::int64_t seed, cosmology::Background const& background);
  /// With views that begin at side times the repetition.
  LightCone(parallel::Communicator const& comm, LightConeConfig const& config, fields::FlatSky sky,
            BoxConfig const& box, ViewOf views, cosmology::Background const& background);

  std::vector<LensPlane> const& geometry() const { return planes_; }
  std::int64_t allocated_bytes() const;

  /// Whether particles crossed the cone within the last step of `evolution`.
  bool sees(Evolution const& evolution) const;
  /// Adds those. To be called after every step, and before synchronise().
  void add_step(ExecSpace const& space, Evolution const& evolution, ParticleSlab const& particles);
  /// The same particles themselves, of all lines of sight: those of this rank whose places are
  /// within the field, sorted by line, distance, id and x.
  std::vector<ConeParticle> crossed(ExecSpace const& space, Evolution const& evolution,
                                    ParticleSlab const& particles) const;
  /// Collective: the planes of all lines of sight, on every rank.
  LensPlanes planes(ExecSpace const& space) const;

  /// Collective: what was added so far on all ranks, for a checkpoint: (lines of sight, planes,
  /// pixels, pixels) in units of 2^-32 particles.
  std::vector<std::int64_t> masses() const;
  /// What masses() gave, on one rank alone, before the first add_step.
  void restore(std::vector<std::int64_t> const& masses);

 private:
  using Mass = Array4<std::uint64_t>;
  Crossings crossings(Evolution const& evolution, ParticleSlab const& particles,
                      double margin) const;

  parallel::Communicator comm_;
  LightConeConfig config_;
  fields::FlatSky sky_;
  BoxConfig box_;
  ViewOf views_;
  cosmology::Background background_;
  std::vector<LensPlane> planes_;
  Mass mass_;  ///< (lines of sight, planes, pixels, pixels) of this rank [2^-32 particles]
};

}  // namespace shearwater::particles
