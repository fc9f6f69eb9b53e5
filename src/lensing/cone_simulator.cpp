// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/cone_simulator.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "shearwater/core/error.hpp"
#include "shearwater/lensing/ray_tracing.hpp"

namespace shearwater::lensing {
namespace {

/// Where n(z) ends: the last node with galaxies on either side.
double farthest(cosmology::RedshiftDistribution const& bin) {
  auto const& n = bin.values();
  std::size_t last = n.size() - 1;
  while (last > 0 && n[last] == 0 && n[last - 1] == 0) --last;
  return bin.nodes()[last];
}

/// maps(line) = the pixels within the border.
void crop(ExecSpace const& space, Array3<float const> field, std::int64_t border, std::int64_t line,
          Array4<float> const& maps) {
  Kokkos::parallel_for(
      "lensing::crop",
      Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<3>>(
          space, {0, 0, 0}, {maps.extent(1), maps.extent(2), maps.extent(3)}),
      KOKKOS_LAMBDA(std::int64_t b, std::int64_t row, std::int64_t column) {
        maps(line, b, row, column) = field(b, row + border, column + border);
      });
  space.fence("lensing::crop");
}

}  // namespace

void ConeMapConfig::describe(core::Fields& key) {
  LightConeConfig::describe(key);
  key("ray_tracing", ray_tracing, "",
      "whether rays are bent by every plane; else convergence is summed along straight lines");
  key("border", border, "pixels",
      "with ray_tracing: how far planes reach beyond the map on every side, because potentials are "
      "periodic across them")
      .between(0, 4096);
}

fields::FlatSky ConeMapConfig::field(fields::FlatSky sky) const {
  auto const pixels = sky.pixels + 2 * border;
  return {pixels, sky.width_deg * static_cast<double>(pixels) / static_cast<double>(sky.pixels)};
}

void ConeMapConfig::check_sources(
    std::vector<cosmology::RedshiftDistribution> const& sources) const {
  if (!ray_tracing)
    core::refuse_changed("light_cone", *this, {"border"}, "light_cone.ray_tracing = false");
  for (auto const& bin : sources)
    if (double const z = farthest(bin); z > redshift)
      throw core::InputError(
          fmt::format("light_cone.redshift = {:g}: the sources reach z = {:g}; raise it, or cut "
                      "the sources off (sources.z_max, or the rows of their file)",
                      redshift, z));
}

ConeMaps maps_through(ExecSpace const& space, particles::LensPlanes const& planes,
                      ConeMapConfig const& config, fields::FlatSky sky,
                      cosmology::Background const& background,
                      std::vector<cosmology::RedshiftDistribution> const& sources) {
  auto const efficiency = lens_efficiency(planes.planes, background, sources);
  std::vector<double> distances;
  for (auto const& plane : planes.planes) distances.push_back(plane.distance);
  bool const bent = config.ray_tracing;
  auto const make = [&](std::string const& label) {
    return Array3<float>(label, sources.size(), planes.sky.pixels, planes.sky.pixels);
  };
  ShearMaps const field{make("lensing::cone_kappa"),
                        bent ? make("lensing::cone_gamma_1") : Array3<float>(),
                        bent ? make("lensing::cone_gamma_2") : Array3<float>()};
  auto const lines = planes.overdensity.extent(0);
  auto const all = [&](std::string const& label) {
    return Array4<float>(label, lines, sources.size(), sky.pixels, sky.pixels);
  };
  ConeMaps maps{all("lensing::maps_kappa"), bent ? all("lensing::maps_gamma_1") : Array4<float>(),
                bent ? all("lensing::maps_gamma_2") : Array4<float>()};
  std::optional<RayTracer> tracer;
  if (bent) tracer.emplace(planes.sky);
  double const omega_m = background.cosmology().omega_m();
  for (std::int64_t line = 0; line < static_cast<std::int64_t>(lines); ++line) {
    auto const convergence = plane_convergence(space, planes, omega_m, line);
    if (!bent) {
      born_convergence(space, convergence, efficiency, field.kappa);
    } else {
      tracer->trace(space, convergence, distances, efficiency, field);
      crop(space, field.gamma_1, config.border, line, maps.gamma_1);
      crop(space, field.gamma_2, config.border, line, maps.gamma_2);
    }
    crop(space, field.kappa, config.border, line, maps.kappa);
  }
  return maps;
}

ConeConfig ConeConfig::from_config(core::Config& config) {
  return {config.read<particles::BoxConfig>("box"),
          config.read<particles::InitialConfig>("initial"),
          config.read<particles::MeshConfig>("mesh"), config.read<particles::StepConfig>("steps"),
          config.read<ConeMapConfig>("light_cone")};
}

ConeSimulator::ConeSimulator(ConeConfig const& config, fields::FlatSky sky,
                             std::vector<cosmology::RedshiftDistribution> sources,
                             cosmology::SpectraConfig spectra, cosmology::Cosmology const& fiducial)
    : config_(config), sky_(sky), sources_(std::move(sources)), spectra_(std::move(spectra)) {
  auto const& cone = config_.light_cone;
  core::refuse_changed("initial", config_.initial, {"seed"},
                       "every simulation has its own, of maps.seed and its index");
  cone.check_sources(sources_);
  config_.box.check();
  config_.steps.scale_factors(config_.initial.scale_factor);
  cosmology::Background const background(fiducial);
  cone.check(field(), config_.box, config_.initial, config_.steps, background);
  distance_ = background.comoving_distance(cone.redshift);
}

fields::FlatSky ConeSimulator::field() const { return config_.light_cone.field(sky_); }

double ConeSimulator::seconds() const {
  // Particles in a second: moved by a step with its transforms, put on a grid, seen in one view.
  constexpr double moved = 4e6, placed = 1e6, seen = 3e7;
  double const particles = std::pow(static_cast<double>(config_.box.particles), 3);
  double const steps = static_cast<double>(config_.steps.count);
  double const views =
      static_cast<double>(lines_of_sight()) * (steps + distance_ / config_.box.side);
  return particles * (1 / placed + steps / moved + views / seen);
}

double ConeSimulator::bytes() const {
  double const particles = std::pow(static_cast<double>(config_.box.particles), 3);
  double const cells = particles * std::pow(static_cast<double>(config_.mesh.factor), 3);
  double const planes = std::ceil(distance_ / config_.light_cone.thickness) *
                        static_cast<double>(lines_of_sight() * field().size());
  // Positions, momenta and ids with room, once more while they are placed; the grids of the initial
  // conditions; the mesh; masses and overdensities.
  return 120 * particles + 5 * cells + 16 * planes;
}

particles::LensPlanes ConeSimulator::planes(parallel::Communicator const& comm,
                                            cosmology::Cosmology const& cosmology,
                                            cosmology::Background const& background,
                                            std::int64_t seed) const {
  ExecSpace const space;
  auto initial = config_.initial;
  initial.seed = seed;
  particles::ParticleMesh mesh(comm, config_.box, config_.mesh);
  auto slab = mesh.make_slab();
  {
    particles::Fft const fft(comm, config_.box.particles);
    auto const grid = fft.make_grid("lensing::initial_density");
    draw_density(fft, config_.box, initial, spectra_.linear_power(cosmology), fft.modes(grid));
    add_displaced(space, fft, config_.box, initial, background, fft.modes(grid), slab);
  }
  particles::LightCone cone(comm, config_.light_cone, field(), config_.box, seed, background);
  particles::Evolution evolution(mesh, space, slab, background, config_.steps,
                                 config_.steps.scale_factors(initial.scale_factor));
  while (!evolution.finished()) {
    evolution.step();
    cone.add_step(space, evolution, slab);
  }
  return cone.planes(space);
}

Array4<float> ConeSimulator::simulate(parallel::Communicator const& comm,
                                      cosmology::Cosmology const& cosmology,
                                      std::int64_t seed) const {
  ExecSpace const space;
  cosmology::Background const background(cosmology);
  auto const cone = planes(comm, cosmology, background, seed);
  return maps_through(space, cone, config_.light_cone, sky_, background, sources_).kappa;
}

}  // namespace shearwater::lensing
