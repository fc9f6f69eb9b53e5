// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/particles/evolution.hpp"

#include <utility>

#include "shearwater/core/error.hpp"

namespace shearwater::particles {

Evolution::Evolution(ParticleMesh& mesh, ExecSpace const& space, ParticleSlab& particles,
                     cosmology::Background const& background, StepConfig const& steps,
                     std::vector<double> times, Progress progress)
    : mesh_(mesh),
      space_(space),
      particles_(particles),
      steps_(steps),
      factors_(background, steps.growth_corrected),
      times_(std::move(times)),
      progress_(progress) {
  core::require(progress.step >= 0 && progress.step < std::ssize(times_),
                "an evolution starts at one of its times");
}

double Evolution::before() const {
  core::require(!progress_.synchronised, "what lies before is known after a step only");
  return times_[static_cast<std::size_t>(progress_.step - 1)];
}

double Evolution::middle_before() const { return steps_.middle(before(), now()); }

double Evolution::drift_to(double a) const { return factors_.drift(now(), a, middle_before()); }

void Evolution::step() {
  core::require(!finished(), "no step is left");
  mesh_.solve(space_, particles_);
  double const from = now(), to = times_[static_cast<std::size_t>(progress_.step + 1)];
  double const middle = steps_.middle(from, to);
  // The second half of the last step's kick is by the same force as the first of this one's.
  double const pending = progress_.synchronised ? 0 : factors_.kick(middle_before(), from, from);
  mesh_.kick_drift(space_, particles_, pending + factors_.kick(from, middle, from),
                   factors_.drift(from, to, middle));
  particles_.migrate(space_);
  progress_ = {progress_.step + 1, false};
}

void Evolution::synchronise() {
  if (progress_.synchronised) return;
  mesh_.solve(space_, particles_);
  mesh_.kick_drift(space_, particles_, factors_.kick(middle_before(), now(), now()), 0);
  progress_.synchronised = true;
}

}  // namespace shearwater::particles
