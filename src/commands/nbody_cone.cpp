// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_cone.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "shearwater/core/log.hpp"
#include "shearwater/io/map_file.hpp"

namespace shearwater::commands {

namespace {

using Values = std::vector<float>;

void write_planes(NBodyJob const& job, particles::LensPlanes const& planes,
                  core::Provenance const& provenance, parallel::Communicator const& comm) {
  auto const lines = static_cast<std::int64_t>(planes.overdensity.extent(0));
  auto const count = std::ssize(planes.planes);
  std::int64_t const pixels = planes.sky.pixels;
  auto const path = job.folder + "/light_cone.hdf5";
  io::OutputFile file(comm, path, "light cone", provenance,
                      {job.existing, 4 * lines * count * pixels * pixels});
  file.put_from_root<float>(
      "/overdensity", {lines, count, pixels, pixels}, to_host(planes.overdensity),
      {"1", "mass of a pixel over that of the mean density, less one; nearest plane first"});
  file.attribute("/overdensity", "width", planes.sky.width());
  file.attribute("/overdensity", "width_unit", std::string("radian"));
  file.attribute("/overdensity", "border", job.cone->border);
  file.attribute("/overdensity", "views", job.cone->views);
  using Plane = particles::LensPlane;
  auto const put = [&](char const* name, double Plane::*value, io::Meaning const& meaning) {
    std::vector<double> values;
    for (auto const& plane : planes.planes) values.push_back(plane.*value);
    file.put_from_root<double>(name, {count}, values, meaning);
  };
  put("/near", &Plane::near, {"Mpc", "comoving distance of the near side", 1, -1});
  put("/far", &Plane::far, {"Mpc", "of the far side", 1, -1});
  put("/distance", &Plane::distance, {"Mpc", "mean distance, weighted by its square", 1, -1});
  put("/thickness", &Plane::thickness,
      {"Mpc", "volume per steradian over distance squared", 1, -1});
  put("/scale_factor", &Plane::scale_factor, {"1", "when light was at that distance"});
  file.commit();
}

void write_maps(NBodyJob const& job, particles::LensPlanes const& planes,
                core::Provenance const& provenance, parallel::Communicator const& comm) {
  auto const sky = job.cone->sky();
  auto const maps = lensing::maps_through(ExecSpace(), planes, *job.cone, sky,
                                          cosmology::Background(job.cosmology), job.sources);
  io::MapFileShape shape;
  shape.count = static_cast<std::int64_t>(planes.overdensity.extent(0));
  shape.bins = std::ssize(job.sources);
  shape.pixels = sky.pixels;
  shape.parameter_names = {"omega_c", "sigma_8"};
  shape.width = sky.width();
  io::MapFileWriter file(comm, job.folder + "/maps.hdf5", shape, provenance, job.existing);
  // Where a_s gives the amplitude, sigma_8 follows from it.
  double const sigma_8 = job.power->sigma(8);
  std::vector<double> parameters;
  for (std::int64_t line = 0; line < shape.count; ++line)
    parameters.insert(parameters.end(), {job.cosmology.omega_c, sigma_8});
  // All ranks hold all maps: the root writes them.
  bool const root = comm.is_root();
  file.write(0, root ? parameters : std::vector<double>{}, root ? to_host(maps.kappa) : Values{});
  if (job.cone->ray_tracing)
    for (auto const& [name, component] :
         {std::pair("/gamma_1", &maps.gamma_1), std::pair("/gamma_2", &maps.gamma_2)})
      file.file().put_from_root<float>(
          name, {shape.count, shape.bins, shape.pixels, shape.pixels}, to_host(*component),
          {"1", "shear; the first axis runs along the columns, the second up the rows"});
  file.commit();
}

using Particle = particles::ConeParticle;

/// Collective: each particle on the rank that owns its id, in the order of the file.
std::vector<Particle> sorted_by_id(std::int64_t total, std::vector<Particle> const& mine,
                                   parallel::Communicator const& comm) {
  std::vector<std::vector<Particle>> to(static_cast<std::size_t>(comm.size()));
  for (auto const& particle : mine)
    to[static_cast<std::size_t>(
           parallel::owner_of(static_cast<std::int64_t>(particle.id), total, comm.size()))]
        .push_back(particle);
  auto rows = comm.deliver(to);
  std::ranges::sort(rows, {}, [](Particle const& particle) {
    return std::make_tuple(particle.id, particle.line, particle.place[2], particle.place[0],
                           particle.place[1]);
  });
  return rows;
}

}  // namespace

void write_cone_particles(NBodyJob const& job, std::int64_t step, std::vector<Particle> const& mine,
                          core::Provenance const& provenance, parallel::Communicator const& comm) {
  auto const rows = sorted_by_id(job.total(), mine, comm);
  auto const counts = comm.all_gather<std::int64_t>(std::vector{std::ssize(rows)});
  auto const first = std::accumulate(counts.begin(), counts.begin() + comm.rank(), std::int64_t{0});
  auto const total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  std::vector<double> places;
  Values velocities;
  std::vector<std::int64_t> ids, lines;
  for (auto const& particle : rows) {
    places.insert(places.end(), particle.place, particle.place + 3);
    velocities.insert(velocities.end(), particle.velocity, particle.velocity + 3);
    ids.push_back(static_cast<std::int64_t>(particle.id));
    lines.push_back(particle.line);
  }
  io::OutputFile file(comm, job.file("cone", static_cast<std::size_t>(step)), "cone particles",
                      provenance, {job.existing, 52 * total});
  file.put<double>("/Coordinates", {total, 3}, first, places,
                   {"Mpc",
                    "comoving place when the observer sees it: across the line of sight, "
                    "first and second axis of the maps, and along it",
                    1, -1});
  file.put<float>("/Velocities", {total, 3}, first, velocities,
                  {"km/s", "peculiar velocity along the same axes"});
  file.put<std::int64_t>("/ParticleIDs", {total}, first, ids, {"1", "as in the snapshots"});
  file.put<std::int64_t>("/LineOfSight", {total}, first, lines, {"1", "as in light_cone.hdf5"});
  file.commit();
}

void write_cone(NBodyJob const& job, particles::LensPlanes const& planes,
                core::Provenance const& provenance, parallel::Communicator const& comm) {
  write_planes(job, planes, provenance, comm);
  if (!job.sources.empty()) write_maps(job, planes, provenance, comm);
  core::log_info("the light cone is in " + job.folder);
}

}  // namespace shearwater::commands
