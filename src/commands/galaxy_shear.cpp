// SPDX-License-Identifier: BSD-3-Clause
#include "galaxy_shear.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

constexpr char const* remedy =
    "run nbody with [light_cone_halos] and light_cone.views = \"halos\", and take the "
    "light_cone.hdf5 and cone_halos.hdf5 of that run";

constexpr char const* columns[] = {"/near", "/far", "/distance", "/thickness", "/scale_factor"};

io::InputFile open_planes(std::string const& path) {
  io::InputFile file(path);
  file.check_schema("light cone");
  auto const shape = file.info("/overdensity").shape;
  if (shape.size() != 4 || shape[0] < 1 || shape[1] < 1 || shape[2] != shape[3] || shape[2] < 1)
    throw core::InputError(
        fmt::format("{}: '/overdensity' has the shape {}, but square lens planes are (lines of "
                    "sight, planes, pixels, pixels)",
                    path, io::shape_text(shape)));
  for (auto const* name : columns)
    if (auto const of = file.info(name).shape; of != io::Shape{shape[1]})
      throw core::InputError(
          fmt::format("{}: '{}' has the shape {}, but '/overdensity' holds {} lens planes", path,
                      name, io::shape_text(of), shape[1]));
  return file;
}

/// Throws InputError for planes that no light passes one after another.
void check_planes(std::string const& path, std::vector<particles::LensPlane> const& planes) {
  double before = 0;
  for (std::size_t k = 0; k < planes.size(); ++k) {
    auto const& plane = planes[k];
    auto const need = [&](char const* name, double value, bool fine, char const* range) {
      if (fine && std::isfinite(value)) return;
      throw core::InputError(
          fmt::format("{}: '{}' of lens plane {} (from 0) is {:g}, but it must be {}", path, name,
                      k, value, range));
    };
    need("/near", plane.near, plane.near >= 0, "0 Mpc/h or more");
    need("/far", plane.far, plane.far > plane.near, "beyond its near side");
    need("/distance", plane.distance, plane.distance > before,
         "above 0 and beyond the plane before");
    need("/thickness", plane.thickness, plane.thickness > 0, "above 0 Mpc/h");
    need("/scale_factor", plane.scale_factor,
         plane.scale_factor > 0 && plane.scale_factor <= 1.0001, "above 0 and at most 1");
    before = plane.distance;
  }
}

/// The same for what they hold: one pixel would be in the shear of all galaxies.
/// shape   of '/overdensity'
void check_pixels(std::string const& path, std::vector<float> const& values,
                  io::Shape const& shape) {
  constexpr float least = -1.01F, most = 1e8F;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= least && values[i] <= most) continue;
    auto const at = static_cast<std::int64_t>(i), n = shape[3];
    throw core::InputError(fmt::format(
        "{}: '/overdensity' at (0, {}, {}, {}) is {:g}, but an overdensity must be within "
        "[-1, {:g}]",
        path, at / (n * n), at / n % n, at % n, values[i], most));
  }
}

void check_views(io::InputFile const& file, std::string const& path, std::string const& hosts) {
  bool const told = file.has_attribute("/overdensity", "views");
  if (!told || file.text("/overdensity", "views") != "halos")
    throw core::InputError(fmt::format(
        "lensing.file: the lens planes of {} look through a box that is turned and shifted at "
        "random, and hold other matter than is in front of the galaxies: {}",
        path, remedy));
  if (hosts.empty()) {
    core::log_warning(fmt::format(
        "lensing.file: whether the matter of {} is that around the halos is not checked: they are "
        "not those of a cone_halos.hdf5",
        path));
    return;
  }
  if (input_of(file) != input_of(io::InputFile(hosts)))
    throw core::InputError(fmt::format("lensing.file: {} and {} are of different simulations: {}",
                                       path, hosts, remedy));
}

/// Line of sight 0.
particles::LensPlanes read_planes(io::InputFile const& file) {
  auto const shape = file.info("/overdensity").shape;
  particles::LensPlanes cone;
  cone.sky = {shape[3], file.number("/overdensity", "width") / units::degree};
  auto const get = [&](int column) { return file.values<double>(columns[column]); };
  auto const near = get(0), far = get(1), distance = get(2), thickness = get(3), scale = get(4);
  for (std::size_t k = 0; k < near.size(); ++k)
    cone.planes.push_back({near[k], far[k], distance[k], thickness[k], scale[k], 0});
  check_planes(file.path(), cone.planes);
  auto const values = file.rows<float>("/overdensity", 0, 1);
  check_pixels(file.path(), values, shape);
  cone.overdensity = Array4<float>("commands::overdensity", 1, shape[1], shape[2], shape[3]);
  Array1<float> const flat(cone.overdensity.data(), cone.overdensity.size());
  Kokkos::deep_copy(flat,
                    Kokkos::View<float const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        values.data(), values.size()));
  return cone;
}

lensing::PointShear make_shear(ExecSpace const& space, std::string const& path,
                               std::string const& hosts, double omega_m) {
  auto const file = open_planes(path);
  check_views(file, path, hosts);
  auto const border = file.has_attribute("/overdensity", "border")
                          ? file.integer("/overdensity", "border")
                          : std::int64_t{0};
  return {space, read_planes(file), omega_m, border};
}

}  // namespace

void LensingConfig::describe(core::Fields& field) {
  field("file", file, "",
        "light_cone.hdf5 of `shearwater nbody` with light_cone.views = \"halos\": fills gamma1, "
        "gamma2 and kappa of galaxies on its cone; empty: they are left out")
      .path();
}

GalaxyShear::GalaxyShear(ExecSpace const& space, std::string const& planes,
                         std::string const& hosts, double omega_m)
    : shear_(make_shear(space, planes, hosts, omega_m)) {}

void GalaxyShear::add(ExecSpace const& space, galaxies::GalaxyBlock const& galaxies,
                      io::GalaxyCatalogue& rows) {
  auto const seen = to_host(shear_.at(space, galaxies.position));
  auto const count = static_cast<std::size_t>(galaxies.size());
  rows.kappa.resize(count), rows.gamma1.resize(count), rows.gamma2.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows.kappa[i] = seen[3 * i];
    rows.gamma1[i] = seen[3 * i + 1];
    rows.gamma2[i] = seen[3 * i + 2];
    if (std::isfinite(rows.kappa[i] + rows.gamma1[i] + rows.gamma2[i])) continue;
    rows.flag[i] |= io::unknown_shear;
    ++unknown_;
  }
}

double lensing_bytes(std::string const& planes) {
  auto const shape = open_planes(planes).info("/overdensity").shape;
  return 24.0 * static_cast<double>(shape[1]) * static_cast<double>(shape[2] * shape[3]);
}

}  // namespace shearwater::commands
