// SPDX-License-Identifier: BSD-3-Clause
#include "nbody_cone.hpp"

#include "shearwater/core/log.hpp"
#include "shearwater/io/map_file.hpp"

namespace shearwater::commands {

namespace {

using Values = std::vector<float>;

Values on_host(Array4<float> const& array) {
  auto const host = Kokkos::create_mirror_view_and_copy(HostSpace(), array);
  return {host.data(), host.data() + host.size()};
}

void write_planes(NBodyJob const& job, particles::LensPlanes const& planes,
                  core::Provenance const& provenance, parallel::Communicator const& comm) {
  auto const lines = static_cast<std::int64_t>(planes.overdensity.extent(0));
  auto const count = std::ssize(planes.planes);
  std::int64_t const pixels = planes.sky.pixels;
  auto const path = job.folder + "/light_cone.hdf5";
  io::OutputFile file(comm, path, "light cone", provenance,
                      {io::Existing::replace, 4 * lines * count * pixels * pixels});
  file.put_from_root<float>(
      "/overdensity", {lines, count, pixels, pixels}, on_host(planes.overdensity),
      {"1", "mass of a pixel over that of the mean density, less one; nearest plane first"});
  file.attribute("/overdensity", "width", planes.sky.width());
  using Plane = particles::LensPlane;
  auto const put = [&](char const* name, double Plane::*value, io::Meaning const& meaning) {
    std::vector<double> values;
    for (auto const& plane : planes.planes) values.push_back(plane.*value);
    file.put_from_root<double>(name, {count}, values, meaning);
  };
  put("/near", &Plane::near, {"Mpc", "comoving distance of the near side", 0, -1});
  put("/far", &Plane::far, {"Mpc", "of the far side", 0, -1});
  put("/distance", &Plane::distance, {"Mpc", "mean distance, weighted by its square", 0, -1});
  put("/thickness", &Plane::thickness,
      {"Mpc", "volume per steradian over distance squared", 0, -1});
  put("/scale_factor", &Plane::scale_factor, {"1", "when light was at that distance"});
  file.commit();
}

void write_maps(NBodyJob const& job, particles::LensPlanes const& planes,
                core::Provenance const& provenance, parallel::Communicator const& comm) {
  auto const sources = job.sources->make_bins(job.input_folder);
  auto const sky = job.cone->sky();
  auto const maps = lensing::maps_through(ExecSpace(), planes, *job.cone, sky,
                                          cosmology::Background(job.cosmology), sources);
  io::MapFileShape shape;
  shape.count = static_cast<std::int64_t>(planes.overdensity.extent(0));
  shape.bins = std::ssize(sources);
  shape.pixels = sky.pixels;
  shape.parameter_names = {"omega_c", "sigma_8"};
  shape.width = sky.width();
  io::MapFileWriter file(comm, job.folder + "/maps.hdf5", shape, provenance, io::Existing::replace);
  std::vector<double> parameters;
  for (std::int64_t line = 0; line < shape.count; ++line)
    for (auto const& name : shape.parameter_names) parameters.push_back(job.cosmology.get(name));
  // All ranks hold all maps: the root writes them.
  bool const root = comm.is_root();
  file.write(0, root ? parameters : std::vector<double>{}, root ? on_host(maps.kappa) : Values{});
  if (job.cone->ray_tracing)
    for (auto const& [name, component] :
         {std::pair("/gamma_1", &maps.gamma_1), std::pair("/gamma_2", &maps.gamma_2)})
      file.file().put_from_root<float>(
          name, {shape.count, shape.bins, shape.pixels, shape.pixels}, on_host(*component),
          {"1", "shear; the first axis runs along the columns, the second up the rows"});
  file.commit();
}

}  // namespace

void write_cone(NBodyJob const& job, particles::LensPlanes const& planes,
                core::Provenance const& provenance, parallel::Communicator const& comm) {
  write_planes(job, planes, provenance, comm);
  if (job.sources) write_maps(job, planes, provenance, comm);
  core::log_info("the light cone is in " + job.folder);
}

}  // namespace shearwater::commands
