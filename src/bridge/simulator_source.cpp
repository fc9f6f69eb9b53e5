// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/bridge/simulator_source.hpp"

#include <fmt/format.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <mutex>

#include "cone_maps.hpp"
#include "prior_spectra.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/parameter_range.hpp"
#include "workspace_pool.hpp"

namespace shearwater::bridge {
namespace {

/// Runs `work` for each row on the host's threads; the error of the first failing row is thrown.
void for_each_row(char const* label, std::int64_t count,
                  std::function<void(std::int64_t)> const& work) {
  using Policy =
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                          Kokkos::IndexType<std::int64_t>>;
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
  Kokkos::parallel_for(label, Policy(0, count, Kokkos::ChunkSize(1)), [&](std::int64_t row) {
    try {
      work(row);
    } catch (...) {
      errors[static_cast<std::size_t>(row)] = std::current_exception();
    }
  });
  for (auto const& error : errors)
    if (error) std::rethrow_exception(error);
}

template <class T>
std::span<T> row_of(ArrayRef const& array, std::int64_t row) {
  auto const size = static_cast<std::size_t>(array.size() / array.extents[0]);
  return {host_data<T>(array) + static_cast<std::size_t>(row) * size, size};
}

std::vector<double> pixel_noise(SimulatorConfig const& config) {
  double const sd =
      config.sources.pixel_noise(config.maps.sky().pixel_area_arcmin2(), config.sources.bins);
  return std::vector<double>(static_cast<std::size_t>(config.sources.bins),
                             config.maps.noise ? sd : 0.0);
}

}  // namespace

SimulatorConfig SimulatorConfig::from_config(core::Config& config) {
  SimulatorConfig result;
  result.cosmology = cosmology::read_cosmology(config);
  result.prior = statistics::Prior::from_config(config);
  result.sources = config.read<cosmology::SourceConfig>("sources");
  result.spectra = config.read<cosmology::SpectraConfig>("spectra");
  result.maps = config.read<lensing::MapConfig>("maps");
  result.mask = config.read<survey::MaskConfig>("mask");
  result.summaries = config.read<fields::SummaryConfig>("summaries");
  if (result.maps.is_n_body())
    result.cone =
        std::make_shared<lensing::ConeConfig const>(lensing::ConeConfig::from_config(config));
  for (auto const* table : {"box", "initial", "mesh", "steps", "light_cone"})
    if (!result.cone && config.has(table))
      throw core::InputError(
          fmt::format("[{}] has no effect with maps.field = \"{}\": remove it, or set maps.field = "
                      "\"n_body\"",
                      table, result.maps.field));
  result.folder = config.folder();
  return result;
}

core::Provenance::Facts SimulatorConfig::files() const {
  return {{"power", spectra.table_file(folder)},
          {"sources", sources.distribution_file(folder)},
          {"shift", maps.shift_file(folder)}};
}

void SimulatorConfig::make_independent() {
  if (!cone) return;
  auto once = *cone;
  once.light_cone.lines_of_sight = 1;
  cone = std::make_shared<lensing::ConeConfig const>(once);
}

/// What one thread needs for one example; the first and the last two for one that is drawn from
/// spectra.
struct ExampleWorkspace {
  std::shared_ptr<lensing::MapSimulator::Workspace> simulator;
  std::shared_ptr<fields::MapSummaries::Workspace> summaries;
  std::vector<double> c_ell, shifts;
};

struct SimulatorSource::Impl {
  explicit Impl(SimulatorConfig config_in)
      : config((config_in.maps.check(), std::move(config_in))),
        noise(pixel_noise(config)),
        summaries(config.summaries, config.maps.sky(), config.sources.bins) {
    check_priors();
    config.mask.check(config.maps.pixels);
    if (config.maps.is_n_body()) {
      cone = std::make_unique<ConeMaps const>(config);
    } else {
      simulator = std::make_unique<lensing::MapSimulator const>(config.maps, noise);
      if (simulator->lognormal())
        shift = config.maps.make_shift(config.sources.bins, config.folder);
    }
  }

  void check_priors() const;
  PriorSpectra const& spectra() const {
    std::call_once(spectra_once, [this] {
      made_spectra = std::make_unique<PriorSpectra const>(
          config.cosmology, config.prior, config.sources.make_bins(config.folder), config.spectra,
          config.spectra.read_table(config.cosmology, config.folder), simulator->ell(),
          config.maps.interpolate_spectra);
    });
    return *made_spectra;
  }
  ExampleWorkspace make_workspace() const {
    if (cone) return {nullptr, summaries.make_workspace(), {}, {}};
    auto const bins = static_cast<std::size_t>(config.sources.bins);
    return {simulator->make_workspace(), summaries.make_workspace(),
            std::vector<double>(bins * (bins + 1) / 2 * simulator->ell().size()),
            std::vector<double>(bins)};
  }
  /// The draw of the prior that gives example `index` its parameters.
  std::uint64_t draw_of(std::uint64_t index) const {
    return cone ? index / static_cast<std::uint64_t>(cone->lines_of_sight()) : index;
  }
  Batch allocate_batch(std::int64_t count) const;
  cosmology::Cosmology cosmology_of(std::int64_t row, Batch const& batch) const;
  void see_boxes(std::uint64_t first, Batch const& batch) const;
  void draw_map(std::uint64_t index, std::int64_t row, Batch const& batch,
                ExampleWorkspace& work) const;
  void simulate(std::uint64_t index, std::int64_t row, Batch const& batch) const;
  void finish(std::int64_t row, bool masked, Batch const& batch, ExampleWorkspace& work) const;

  SimulatorConfig config;
  std::vector<double> noise;  ///< of a pixel, by bin
  fields::MapSummaries summaries;
  /// One of the two: maps of simulated boxes, or drawn from spectra; with the shifts of lognormal
  /// ones.
  std::unique_ptr<ConeMaps const> cone;
  std::unique_ptr<lensing::MapSimulator const> simulator;
  lensing::LognormalShift shift;
  mutable WorkspacePool<ExampleWorkspace> pool;
  mutable std::once_flag spectra_once;
  mutable std::unique_ptr<PriorSpectra const> made_spectra;
};

/// Refuses here what would else fail in the first batch.
void SimulatorSource::Impl::check_priors() const {
  auto const names = config.prior.names();
  for (auto const& name : names) {
    try {
      config.cosmology.get(name);
    } catch (core::InputError const& error) {
      throw core::InputError(
          fmt::format("[prior.{}]: {}; rename or remove the table", name, error.what()));
    }
  }
  config.spectra.check(names);
  auto const varies = [&](char const* name) { return std::ranges::count(names, name) > 0; };
  if (varies("sigma_8") && (config.cosmology.a_s > 0 || varies("a_s")))
    throw core::InputError(
        "prior.sigma_8 has no effect where a_s gives the amplitude: vary one of the two, and leave "
        "cosmology.a_s = 0 with sigma_8");
}

SimulatorSource::SimulatorSource(SimulatorConfig config)
    : impl_(std::make_unique<Impl>(std::move(config))) {}
SimulatorSource::~SimulatorSource() = default;

SimulatorConfig const& SimulatorSource::config() const { return impl_->config; }
std::vector<std::string> const& SimulatorSource::summary_names() const {
  return impl_->summaries.names();
}
std::vector<double> const& SimulatorSource::noise_per_pixel() const { return impl_->noise; }
double SimulatorSource::spectra_error() const {
  return impl_->cone ? 0.0 : impl_->spectra().largest_error();
}

std::int64_t SimulatorSource::related() const {
  return impl_->cone ? impl_->cone->lines_of_sight() : 1;
}

ExampleCost SimulatorSource::cost() const {
  if (!impl_->cone) return {};
  auto const& cone = impl_->cone->simulator();
  return {cone.seconds() / static_cast<double>(cone.lines_of_sight()), cone.bytes()};
}

ExampleShape SimulatorSource::shape() const {
  auto const& config = impl_->config;
  ExampleShape shape;
  shape.parameters = config.prior.size();
  shape.channels = config.sources.bins;
  shape.pixels = config.maps.pixels;
  shape.summaries = config.summaries.enabled ? impl_->summaries.count() : 0;
  shape.mask = config.mask.enabled();
  shape.noise = config.maps.noise_channel;
  shape.parameter_names = config.prior.names();
  return shape;
}

Batch SimulatorSource::Impl::allocate_batch(std::int64_t count) const {
  std::int64_t const bins = config.sources.bins, side = config.maps.pixels;
  Batch batch;
  batch["maps"] = allocate(ElementType::float32, {count, bins, side, side});
  if (config.summaries.enabled)
    batch["summaries"] = allocate(ElementType::float32, {count, summaries.count()});
  if (config.mask.enabled()) batch["mask"] = allocate(ElementType::float32, {count, 1, side, side});
  if (config.maps.noise_channel)
    batch["noise"] = allocate(ElementType::float32, {count, bins, side, side});
  return batch;
}

/// Hides masked pixels and computes what follows from the maps of one row.
void SimulatorSource::Impl::finish(std::int64_t row, bool masked, Batch const& batch,
                                   ExampleWorkspace& work) const {
  auto const maps = row_of<float>(batch.at("maps"), row);
  auto const mask = masked ? row_of<float>(batch.at("mask"), row) : std::span<float>{};
  survey::apply_mask(mask, maps);
  if (config.summaries.enabled)
    summaries.compute(maps, mask, *work.summaries, row_of<float>(batch.at("summaries"), row));
}

/// The cosmology of a row's parameters, or the nearest that can be simulated.
cosmology::Cosmology SimulatorSource::Impl::cosmology_of(std::int64_t row,
                                                         Batch const& batch) const {
  auto const theta = row_of<double>(batch.at("parameters"), row);
  cosmology::Cosmology cosmology = config.cosmology;
  auto const names = config.prior.names();
  for (std::size_t p = 0; p < names.size(); ++p) cosmology.set(names[p], theta[p]);
  auto const bent = row_of<std::int64_t>(batch.at("bent"), row);
  bent[0] = lensing::hold_in_range(cosmology);
  bent[1] = bent[2] = 0;
  return cosmology;
}

/// The convergence of all rows: each simulation takes all threads.
void SimulatorSource::Impl::see_boxes(std::uint64_t first, Batch const& batch) const {
  auto const& maps = batch.at("maps");
  std::vector<cosmology::Cosmology> cosmologies;
  for (std::int64_t row = 0; row < maps.extents[0]; ++row)
    cosmologies.push_back(cosmology_of(row, batch));
  cone->make(static_cast<std::uint64_t>(config.maps.seed), first, cosmologies,
             {host_data<float>(maps), static_cast<std::size_t>(maps.size())});
}

void SimulatorSource::Impl::draw_map(std::uint64_t index, std::int64_t row, Batch const& batch,
                                     ExampleWorkspace& work) const {
  auto const cosmology = cosmology_of(row, batch);
  spectra().evaluate(cosmology, work.c_ell);
  if (simulator->lognormal())  // a sigma_8 that follows from a_s takes as long as the spectra
    shift.evaluate(cosmology.omega_m(), spectra().sigma_8(cosmology), cosmology.w_0, work.shifts);
  auto const report =
      simulator->simulate(static_cast<std::uint64_t>(config.maps.seed), index, work.c_ell,
                          work.shifts, *work.simulator, row_of<float>(batch.at("maps"), row));
  auto const bent = row_of<std::int64_t>(batch.at("bent"), row);
  bent[1] = report.clipped_lags;
  bent[2] = report.clipped_modes;
}

void SimulatorSource::Impl::simulate(std::uint64_t index, std::int64_t row,
                                     Batch const& batch) const {
  auto const seed = static_cast<std::uint64_t>(config.maps.seed);
  auto const maps = row_of<float>(batch.at("maps"), row);
  auto const work = pool.take([this] { return make_workspace(); });
  if (cone)
    lensing::add_pixel_noise(seed, index, noise, maps);
  else
    draw_map(index, row, batch, *work);
  if (config.mask.enabled())
    survey::random_mask(seed, index, config.mask, config.maps.pixels,
                        row_of<float>(batch.at("mask"), row));
  if (config.maps.noise_channel) {
    auto const level = row_of<float>(batch.at("noise"), row);
    auto const size = level.size() / noise.size();
    for (std::size_t i = 0; i < level.size(); ++i) level[i] = static_cast<float>(noise[i / size]);
  }
  finish(row, config.mask.enabled(), batch, *work);
  for (float const value : maps)
    if (!std::isfinite(value))
      throw core::NumericsError(
          fmt::format("example {} of seed {} has a pixel that is not finite", index, seed));
}

Batch SimulatorSource::examples(std::uint64_t first, std::int64_t count) const {
  auto const parameters = allocate(ElementType::float64, {count, impl_->config.prior.size()});
  for (std::int64_t row = 0; row < count; ++row)
    impl_->config.prior.draw(static_cast<std::uint64_t>(impl_->config.maps.seed),
                             impl_->draw_of(first + static_cast<std::uint64_t>(row)),
                             row_of<double>(parameters, row));
  return examples_at(parameters, first);
}

Batch SimulatorSource::examples_at(ArrayRef const& parameters, std::uint64_t first) const {
  Impl const& impl = *impl_;
  if (parameters.extents.size() != 2 || parameters.extents[1] != impl.config.prior.size())
    throw core::InputError(fmt::format("parameters must be (n, {}), one column for each prior",
                                       impl.config.prior.size()));
  std::int64_t const count = parameters.extents[0];
  Batch batch = impl.allocate_batch(count);
  batch["parameters"] = parameters;
  batch["bent"] = allocate(ElementType::int64, {count, 3});
  if (impl.cone)
    impl.see_boxes(first, batch);
  else
    impl.spectra();
  for_each_row("bridge::simulate_examples", count, [&](std::int64_t row) {
    impl.simulate(first + static_cast<std::uint64_t>(row), row, batch);
  });
  return batch;
}

Batch SimulatorSource::observe(ArrayRef const& maps, ArrayRef const* mask,
                               ArrayRef const* noise) const {
  Impl const& impl = *impl_;
  std::int64_t const bins = impl.config.sources.bins, side = impl.config.maps.pixels;
  auto const check = [&](ArrayRef const& array, std::int64_t channels, char const* what) {
    if (array.extents.size() != 4 || array.extents[0] != maps.extents[0] ||
        array.extents[1] != channels || array.extents[2] != side || array.extents[3] != side)
      throw core::InputError(
          fmt::format("{} must be (n, {}, {}, {}), as [sources] and [maps] describe them", what,
                      channels, side, side));
  };
  check(maps, bins, "maps");
  if (mask != nullptr) check(*mask, 1, "a mask");
  if (noise != nullptr) check(*noise, bins, "a noise level");

  std::int64_t const count = maps.extents[0];
  Batch batch = impl.allocate_batch(count);
  if (mask != nullptr && !impl.config.mask.enabled())
    batch["mask"] = allocate(ElementType::float32, {count, 1, side, side});
  for_each_row("bridge::observe_maps", count, [&](std::int64_t row) {
    auto const from = row_of<float>(maps, row);
    auto const to = row_of<float>(batch.at("maps"), row);
    std::copy(from.begin(), from.end(), to.begin());
    if (batch.count("mask") != 0) {
      auto const pixels = row_of<float>(batch.at("mask"), row);
      if (mask != nullptr)
        survey::mask_from_weights(row_of<float>(*mask, row), 0.5F, pixels);
      else
        std::fill(pixels.begin(), pixels.end(), 1.0F);
    }
    if (batch.count("noise") != 0) {
      auto const level = row_of<float>(batch.at("noise"), row);
      auto const size = level.size() / static_cast<std::size_t>(bins);
      auto const given = noise != nullptr ? row_of<float>(*noise, row) : std::span<float>{};
      for (std::size_t i = 0; i < level.size(); ++i)
        level[i] = noise != nullptr ? given[i] : static_cast<float>(impl.noise[i / size]);
    }
    auto const work = impl.pool.take([&impl] { return impl.make_workspace(); });
    impl.finish(row, mask != nullptr, batch, *work);
    for (std::size_t i = 0; i < to.size(); ++i)
      if (!std::isfinite(to[i]))
        throw core::InputError(
            fmt::format("pixel {} of map {} is {}: mask it, or repair the map", i, row, to[i]));
  });
  return batch;
}

std::unique_ptr<SimulatorSource> make_simulator_source(core::Config& config) {
  return std::make_unique<SimulatorSource>(SimulatorConfig::from_config(config));
}

}  // namespace shearwater::bridge
