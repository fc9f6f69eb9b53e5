// SPDX-License-Identifier: BSD-3-Clause
// Examples made on the fly: parameters from the prior, their spectra, noisy maps, masks, summaries.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shearwater/bridge/example_source.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/cosmology/parameters.hpp"
#include "shearwater/cosmology/redshift_distribution.hpp"
#include "shearwater/cosmology/shear_spectra.hpp"
#include "shearwater/fields/map_summaries.hpp"
#include "shearwater/lensing/map_simulator.hpp"
#include "shearwater/statistics/prior.hpp"
#include "shearwater/survey/mask.hpp"

namespace shearwater::lensing {
struct ConeConfig;
}

namespace shearwater::bridge {

/// All that a simulation of maps depends on.
struct SimulatorConfig {
  cosmology::Cosmology cosmology;    ///< [cosmology]: the parameters that do not vary
  statistics::Prior prior;           ///< [prior.NAME]: those that do
  cosmology::SourceConfig sources;   ///< [sources]
  cosmology::SpectraConfig spectra;  ///< [spectra]
  lensing::MapConfig maps;           ///< [maps]; its seed is the source's
  /// [box], [initial], [mesh], [steps] and [light_cone] of maps.field = "n_body"; else null.
  std::shared_ptr<lensing::ConeConfig const> cone;
  survey::MaskConfig mask;          ///< [mask]
  fields::SummaryConfig summaries;  ///< [summaries]
  std::string folder = ".";         ///< where relative file names start

  static SimulatorConfig from_config(core::Config& config);
  /// Files that are read, by what they hold: "power", "sources", "shift"; "" where none is.
  core::Provenance::Facts files() const;
  /// Sees each simulated box once: no two examples then share a cosmology and its structures.
  void make_independent();
};

/// Maps of shear surveys, without end. Row i is a function of (configuration, seed, i) alone. Maps
/// of simulated boxes that are seen along n lines of sight share their cosmology and their box in
/// groups of n consecutive rows, the first of which has index 0; a call that asks for whole groups
/// simulates each once.
///
/// A draw outside lensing::parameter_limits() keeps its parameters, with the maps of the nearest
/// cosmology inside. Batches carry, beside what ExampleShape says, "bent" (n, 3) int64: parameters
/// moved into range, pixel lags clipped, modes clipped (fields::FieldReport).
class SimulatorSource : public ExampleSource {
 public:
  /// Throws InputError for a configuration that no map can be made of.
  explicit SimulatorSource(SimulatorConfig config);
  ~SimulatorSource() override;

  ExampleShape shape() const override;
  std::int64_t size() const override { return 0; }
  ExampleCost cost() const override;
  std::int64_t related() const override;
  Batch examples(std::uint64_t first, std::int64_t count) const override;

  /// As `examples`, for given parameters (n, P) float64 in the prior's order; row i uses the random
  /// numbers of example first + i.
  Batch examples_at(ArrayRef const& parameters, std::uint64_t first) const;

  /// The arrays that a network reads for given maps (n, C, N, N) float32 on the host: "maps" with
  /// hidden pixels set to zero, "summaries", and "mask" and "noise" where shape() has them. `mask`
  /// (n, 1, N, N) or null for fully observed maps; `noise` (n, C, N, N) or null for the survey's
  /// own noise level. Throws InputError for another shape, or an observed pixel that is not finite.
  Batch observe(ArrayRef const& maps, ArrayRef const* mask = nullptr,
                ArrayRef const* noise = nullptr) const;

  SimulatorConfig const& config() const;
  std::vector<std::string> const& summary_names() const;
  /// Standard deviation of the shape noise of a pixel, for each bin.
  std::vector<double> const& noise_per_pixel() const;
  /// Largest relative error of interpolated spectra over the prior, as measured when the table was
  /// made; zero where spectra are computed for each draw. Makes the table when there is none yet.
  double spectra_error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads [cosmology], [prior.*], [sources], [spectra], [maps], [mask] and [summaries].
std::unique_ptr<SimulatorSource> make_simulator_source(core::Config& config);

}  // namespace shearwater::bridge
