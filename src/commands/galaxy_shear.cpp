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

/// The resolved input that a file was made from; "" where it does not say.
std::string input_of(io::InputFile const& file) {
  for (auto const& [name, value] : file.provenance().origin)
    if (name == "input") return value;
  return "";
}

io::InputFile open_planes(std::string const& path) {
  io::InputFile file(path);
  file.check_schema("light cone");
  auto const shape = file.info("/overdensity").shape;
  if (shape.size() != 4 || shape[0] < 1 || shape[1] < 1 || shape[2] != shape[3])
    throw core::InputError(fmt::format("{}: holds no square lens planes", path));
  return file;
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
  auto const get = [&](char const* name) {
    auto values = file.values<double>(name);
    if (std::ssize(values) != shape[1])
      throw core::InputError(fmt::format("{}: has {} values of {} for {} planes", file.path(),
                                         values.size(), name, shape[1]));
    return values;
  };
  auto const near = get("/near"), far = get("/far"), distance = get("/distance"),
             thickness = get("/thickness"), scale_factor = get("/scale_factor");
  for (std::size_t k = 0; k < near.size(); ++k)
    cone.planes.push_back({near[k], far[k], distance[k], thickness[k], scale_factor[k], 0});
  auto const values = file.rows<float>("/overdensity", 0, 1);
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
    if (!std::isnan(rows.kappa[i])) continue;
    rows.flag[i] |= io::unknown_shear;
    ++unknown_;
  }
}

double lensing_bytes(std::string const& planes) {
  auto const shape = open_planes(planes).info("/overdensity").shape;
  return 24.0 * static_cast<double>(shape[1]) * static_cast<double>(shape[2] * shape[3]);
}

}  // namespace shearwater::commands
