// SPDX-License-Identifier: BSD-3-Clause
// `shearwater measure`: from a catalogue to its correlations.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "measure_job.hpp"
#include "shearwater/io/galaxy_catalogue.hpp"

namespace shearwater::commands {

/// Random places of a light cone, of this rank.
struct RandomPlaces {
  galaxies::PairSample sample;
  std::vector<double> ra, dec;  ///< [radian]

  /// Gives each its region of a jackknife; null for none.
  void divide(galaxies::SkyRegions const* regions);
};

struct MeasuredGalaxies {
  io::GalaxyCatalogue rows;    ///< of this rank
  std::int64_t total = 0;      ///< in the file
  bool stored_shapes = false;  ///< e1 and e2 are of the line of sight of [measure]
  bool on_sky = false;         ///< a light cone: projected statistics are of angles
  bool angles_alone = false;   ///< without positions in space
  std::optional<RandomPlaces> randoms;
  std::string moved_along;  ///< line of sight of positions that are in redshift space already
};
/// Collective over comm: each rank reads its share. Throws on all ranks what it throws on one.
MeasuredGalaxies read_measured_galaxies(parallel::Communicator const& comm, MeasureJob const& job);

/// Counts of b/a and c/a in equal bins of [0, 1]; empty where the ratios are not known.
struct RatioCounts {
  std::vector<std::int64_t> b_to_a, c_to_a;
};
/// Collective over comm.
RatioCounts count_axis_ratios(parallel::Communicator const& comm, io::GalaxyCatalogue const& rows);

/// Collective over comm: all statistics of the input, then, where hosts are known, the parts of
/// pairs of one halo ("ed_one_halo") and of two ("ed_two_halo"). `samples` gets the numbers of
/// galaxies, and random places their regions. Throws Stopped every few seconds of a sum of
/// pairs, where asked to stop.
std::vector<galaxies::Correlation> measure_correlations(parallel::Communicator const& comm,
                                                        MeasureConfig const& config,
                                                        MeasuredGalaxies& galaxies,
                                                        std::vector<std::int64_t>& samples,
                                                        core::RunControl const& control);

}  // namespace shearwater::commands
