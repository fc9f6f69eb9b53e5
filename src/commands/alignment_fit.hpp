// SPDX-License-Identifier: BSD-3-Clause
// Table [fit] of `shearwater measure`: strengths of alignment from a measured ED.
#pragma once

#include "measured_galaxies.hpp"
#include "shearwater/galaxies/strength_fit.hpp"

namespace shearwater::commands {

/// Collective over comm: the target that the input names.
galaxies::AlignmentTarget read_fit_target(parallel::Communicator const& comm,
                                          FitConfig const& config);

/// Collective over comm: the strengths of central galaxies and satellites with which this catalogue
/// would have the target's ED. Throws MeasureStopped where asked to stop.
galaxies::StrengthFit fit_alignment(parallel::Communicator const& comm, MeasureConfig const& config,
                                    FitConfig const& fit, galaxies::AlignmentTarget const& target,
                                    MeasuredGalaxies const& galaxies,
                                    core::RunControl const& control);

}  // namespace shearwater::commands
