// SPDX-License-Identifier: BSD-3-Clause
// Particles on their way through time, step by step, so that outputs, light cones and checkpoints
// can look at them in between.
#pragma once

#include "shearwater/particles/particle_mesh.hpp"

namespace shearwater::particles {

/// Where an evolution stands: all that a checkpoint needs beside the particles.
struct Progress {
  std::int64_t step = 0;  ///< steps done
  /// Whether momenta are of the time of the positions; else of the middle of the last step.
  bool synchronised = true;
};

/// The leapfrog of kick, drift, kick; the two half kicks by one force are one. Refers to mesh and
/// particles, which must outlive it; the mesh is free between two calls.
class Evolution {
 public:
  /// times   scale factors of the ends of all steps, increasing: times[progress.step] is now
  Evolution(ParticleMesh& mesh, ExecSpace const& space, ParticleSlab& particles,
            cosmology::Background const& background, StepConfig const& steps,
            std::vector<double> times, Progress progress = {});

  bool finished() const { return progress_.step + 1 == std::ssize(times_); }
  Progress progress() const { return progress_; }
  std::int64_t steps() const { return std::ssize(times_) - 1; }
  /// The scale factor of the positions.
  double now() const { return times_[static_cast<std::size_t>(progress_.step)]; }

  /// Collective: one step. Positions are then those of now(), momenta those of the middle of the
  /// step.
  void step();
  /// Collective: brings momenta to now().
  void synchronise();

  /// The scale factor before the last step. Only after a step, and until synchronise().
  double before() const;
  /// What a momentum is to be multiplied by for the way from now() to `a` in [before(), now()]:
  /// x(a) = x + drift_to(a) p. Only after a step, and until synchronise().
  double drift_to(double a) const;

 private:
  double middle_before() const;

  ParticleMesh& mesh_;
  ExecSpace space_;
  ParticleSlab& particles_;
  StepConfig steps_;
  StepFactors factors_;
  std::vector<double> times_;
  Progress progress_;
};

}  // namespace shearwater::particles
