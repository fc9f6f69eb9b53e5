// SPDX-License-Identifier: BSD-3-Clause
#include "group_halos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "group_members.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

Array2<float> pairs_on_device(char const* label, std::vector<float> const& values) {
  Array2<float> result(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)),
                       values.size() / 2, 2);
  Array1<float> const flat(result.data(), result.size());
  Kokkos::deep_copy(flat,
                    Kokkos::View<float const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        values.data(), values.size()));
  return result;
}

Array3<float> frames_on_device(char const* label, std::vector<float> const& values) {
  Array3<float> result(Kokkos::view_alloc(Kokkos::WithoutInitializing, std::string(label)),
                       values.size() / 9, 3, 3);
  Array1<float> const flat(result.data(), result.size());
  Kokkos::deep_copy(flat,
                    Kokkos::View<float const*, HostSpace, Kokkos::MemoryTraits<Kokkos::Unmanaged>>(
                        values.data(), values.size()));
  return result;
}

}  // namespace

galaxies::HaloBlock on_device(HaloColumnsInMemory const& columns) {
  galaxies::HaloBlock block;
  std::vector<std::uint64_t> keys(columns.id.begin(), columns.id.end());
  block.id = to_device("commands::halo_id", columns.id);
  block.key = to_device("commands::halo_key", keys);
  block.mass = to_device("commands::halo_mass", columns.mass);
  block.position = triples_on_device("commands::halo_position", columns.position);
  block.velocity = triples_on_device("commands::halo_velocity", columns.velocity);
  block.scale_factor = to_device("commands::halo_scale_factor", columns.scale_factor);
  block.axes = frames_on_device("commands::halo_axes", columns.axes);
  block.axis_ratios = pairs_on_device("commands::halo_axis_ratios", columns.axis_ratios);
  block.tidal_values = triples_on_device("commands::tides", columns.tidal_values);
  block.tidal_axes = frames_on_device("commands::tidal_axes", columns.tidal_axes);
  block.secondary = to_device("commands::halo_secondary", columns.secondary);
  return block;
}

void forget_impossible_shapes(HaloColumnsInMemory& columns) {
  float const unknown = std::numeric_limits<float>::quiet_NaN();
  auto const is_unit = [](float const* axis) {
    return std::abs(std::hypot(axis[0], axis[1], axis[2]) - 1) < 1e-3F;
  };
  for (std::size_t h = 0; 9 * h < columns.axes.size(); ++h) {
    float *const axes = &columns.axes[9 * h], *const ratios = &columns.axis_ratios[2 * h];
    bool const possible = ratios[1] > 0 && ratios[1] <= ratios[0] && ratios[0] <= 1;
    if (!possible) std::fill_n(ratios, 2, unknown);
    for (std::size_t a = 0; a < 3; ++a)
      if (!possible || !is_unit(axes + 3 * a)) std::fill_n(axes + 3 * a, 3, unknown);
  }
}

std::vector<float> frames_about(std::vector<float> const& major) {
  float const unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> frames(3 * major.size(), unknown);
  for (std::size_t h = 0; 3 * h < major.size(); ++h) {
    float const* const axis = &major[3 * h];
    float const length = std::hypot(axis[0], axis[1], axis[2]);
    for (std::size_t k = 0; k < 3 && length > 0; ++k) frames[9 * h + k] = axis[k] / length;
  }
  return frames;
}

namespace {

std::string mass_dataset(std::string const& mass) {
  if (mass == "members") return "/Group/GroupMass";
  if (mass == "200m") return "/Group/Group_M_Mean200";
  return mass == "200c" ? "/Group/Group_M_Crit200" : "/Group/Group_M_TopHat200";
}

std::string shape_kind(std::string const& shape) {
  if (shape == "iterative") return "Iterative";
  return shape == "reduced" ? "Reduced" : "Simple";
}

constexpr double largest_distance = 1e5;      ///< [Mpc/h] of a light cone, beyond any horizon
constexpr float largest_speed = 299792.458F;  ///< [km/s]

/// Catalogues of `halos` and `nbody`, at one time or on the light cone.
class GroupHalos : public HostHalos {
 public:
  GroupHalos(HostJob const& job, bool wants_tides);
  galaxies::HaloBlock read(ExecSpace const& space, std::int64_t first,
                           std::int64_t count) const override;
  galaxies::MemberPlaces members(std::int64_t first, galaxies::GalaxyCounts const& counts,
                                 std::uint64_t seed) const override {
    if (!members_) return HostHalos::members(first, counts, seed);
    return members_->places(file_, first, counts, seed);
  }

 private:
  template <class T>
  std::vector<T> column(std::string const& name, std::int64_t first, std::int64_t count) const {
    auto const values = file_.read_rows(name, first, count).to_double();
    return {values.begin(), values.end()};
  }
  void find_tides(double smoothing);
  /// Throws InputError unless every dataset that is read has a row of the right shape for each
  /// halo.
  void check_shapes() const;
  /// Throws InputError for positions, velocities and times that no halo has; `first` is the row of
  /// the first halo.
  void check_motion(std::int64_t first, HaloColumnsInMemory const& columns) const;
  void read_tides(std::int64_t first, std::int64_t count, HaloColumnsInMemory& columns) const;
  void read_secondary(std::int64_t first, std::int64_t count, HaloColumnsInMemory& columns) const;

  io::InputFile file_;
  std::optional<GroupMembers> members_;
  std::string mass_, axes_, ratios_, secondary_;
  std::size_t tidal_scale_ = 0, tidal_scales_ = 0;
};

GroupHalos::GroupHalos(HostJob const& job, bool wants_tides)
    : file_(job.path), mass_(mass_dataset(job.hosts.mass)), secondary_(job.hosts.secondary) {
  auto const number = [&](char const* name) {
    return file_.has_attribute("/Header", name) ? file_.number("/Header", name) : 0.0;
  };
  facts_.light_cone = file_.text("/", "schema") == "cone halos";
  file_.check_schema(facts_.light_cone ? "cone halos" : "halos");
  facts_.total = file_.integer("/Header", "Ngroups_Total");
  facts_.box_side = number("BoxSize") * units::gadget_length;
  facts_.scale_factor = number("Time");
  facts_.omega_m = number("Omega0");
  facts_.omega_de = number("OmegaLambda");
  facts_.h = number("HubbleParam");
  facts_.mass_name = mass_.substr(7);
  if (!file_.contains(mass_))
    throw core::InputError(fmt::format(
        "{}: has no {}, which hosts.mass = \"{}\" asks for: choose another, \"members\" above all",
        job.path, facts_.mass_name, job.hosts.mass));
  facts_.moves = file_.contains("/Group/GroupVel");
  if (job.hosts.shape != "none") {
    axes_ = "/Group/GroupAxes" + shape_kind(job.hosts.shape);
    ratios_ = "/Group/GroupAxisRatios" + shape_kind(job.hosts.shape);
    facts_.has_axes = file_.contains(axes_) && file_.contains(ratios_);
  }
  file_.check_unit("/Group/GroupPos", "kpc");
  file_.check_unit(mass_, "1e10 Msun");
  if (!job.particles.empty()) members_.emplace(file_, job.particles);
  if (wants_tides || secondary_ == "overdensity") find_tides(job.hosts.tides);
  facts_.has_secondary = (secondary_ == "spin" && file_.contains("/Group/GroupSpinBullock")) ||
                         (secondary_ == "c_to_a" && facts_.has_axes) ||
                         (secondary_ == "overdensity" && facts_.has_tides);
  check_shapes();
  if (facts_.moves && !facts_.light_cone && !(facts_.scale_factor > 0))
    throw core::InputError(
        fmt::format("{}: its Header has Time = {:g}, but velocities need a positive scale factor",
                    job.path, facts_.scale_factor));
}

void GroupHalos::check_shapes() const {
  auto const n = facts_.total;
  auto const masses = file_.info(mass_).shape;
  if (n < 0 || (!masses.empty() && masses[0] != n))
    throw core::InputError(
        fmt::format("{}: Ngroups_Total is {}, but '{}' has the shape {}: the catalogue is cut off "
                    "or its Header is of another one",
                    file_.path(), n, mass_, io::shape_text(masses)));
  auto const check = [&](bool is_read, std::string const& name, io::Shape row) {
    row.insert(row.begin(), n);
    if (is_read) file_.check_shape(name, row);
  };
  auto const scales = static_cast<std::int64_t>(tidal_scales_);
  check(true, mass_, {});
  check(true, "/Group/GroupPos", {3});
  check(facts_.moves, "/Group/GroupVel", {3});
  check(facts_.light_cone, "/Group/ScaleFactor", {});
  check(facts_.has_axes, axes_, {3, 3});
  check(facts_.has_axes, ratios_, {2});
  check(facts_.has_tides, "/Group/GroupTidalEigenvalues", {scales, 3});
  check(facts_.has_tides, "/Group/GroupTidalAxes", {scales, 3, 3});
  check(facts_.has_secondary && secondary_ == "spin", "/Group/GroupSpinBullock", {});
}

void GroupHalos::find_tides(double smoothing) {
  std::string const name = "/Group/GroupTidalEigenvalues";
  if (!file_.contains(name)) return;
  auto const attribute = file_.attribute(name, "Smoothing");
  auto const* const list = std::get_if<std::vector<double>>(&attribute);
  if (list == nullptr)
    throw core::InputError(fmt::format("{}: the attribute Smoothing of '{}' is no list of float64",
                                       file_.path(), name));
  auto const& stored = *list;
  tidal_scales_ = stored.size();
  auto const found = smoothing == 0 ? stored.begin() : std::ranges::find(stored, smoothing);
  if (found == stored.end())
    throw core::InputError(fmt::format(
        "hosts.tides = {:g}: {} has tides smoothed by {} Mpc/h alone", smoothing, file_.path(),
        std::accumulate(stored.begin(), stored.end(), std::string(), [](auto text, double r) {
          return text + (text.empty() ? "" : ", ") + fmt::format("{:g}", r);
        })));
  tidal_scale_ = static_cast<std::size_t>(found - stored.begin());
  facts_.has_tides = true;
}

void GroupHalos::read_tides(std::int64_t first, std::int64_t count,
                            HaloColumnsInMemory& columns) const {
  auto const values = column<double>("/Group/GroupTidalEigenvalues", first, count);
  auto const axes = column<double>("/Group/GroupTidalAxes", first, count);
  for (std::size_t h = 0; h < static_cast<std::size_t>(count); ++h) {
    std::size_t const row = h * tidal_scales_ + tidal_scale_;
    for (std::size_t i = 0; i < 3; ++i)
      columns.tidal_values.push_back(static_cast<float>(values[3 * row + i]));
    for (std::size_t i = 0; i < 9; ++i)
      columns.tidal_axes.push_back(static_cast<float>(axes[9 * row + i]));
  }
}

void GroupHalos::read_secondary(std::int64_t first, std::int64_t count,
                                HaloColumnsInMemory& columns) const {
  auto const n = static_cast<std::size_t>(count);
  if (!facts_.has_secondary) return;
  if (secondary_ == "spin")
    columns.secondary = column<float>("/Group/GroupSpinBullock", first, count);
  if (secondary_ == "c_to_a")
    for (std::size_t h = 0; h < n; ++h) columns.secondary.push_back(columns.axis_ratios[2 * h + 1]);
  if (secondary_ == "overdensity")
    for (std::size_t h = 0; h < n; ++h)
      columns.secondary.push_back(columns.tidal_values[3 * h] + columns.tidal_values[3 * h + 1] +
                                  columns.tidal_values[3 * h + 2]);
}

void GroupHalos::check_motion(std::int64_t first, HaloColumnsInMemory const& columns) const {
  auto const refuse = [&](std::size_t halo, char const* what, double value,
                          std::string const& why) {
    throw core::InputError(fmt::format("{}: halo {} (row from 0) has {} = {:g}{}", file_.path(),
                                       first + static_cast<std::int64_t>(halo), what, value, why));
  };
  double const side = facts_.light_cone ? 0 : facts_.box_side;
  // Halos may lie beyond the box by the rounding of its side.
  double const low = side > 0 ? -1e-4 * side : -largest_distance;
  double const high = side > 0 ? 1.0001 * side : largest_distance;
  for (std::size_t i = 0; i < columns.position.size(); ++i)
    if (!(columns.position[i] >= low && columns.position[i] <= high))
      refuse(
          i / 3, "a position", columns.position[i],
          fmt::format(" Mpc/h, but {}: check the unit of GroupPos and the box, or remove the row",
                      side > 0 ? fmt::format("its box is [0, {:g}]", side)
                               : fmt::format("{:g} is the most accepted", high)));
  for (std::size_t h = 0; h < columns.scale_factor.size(); ++h)
    if (!(columns.scale_factor[h] > 0 && std::isfinite(columns.scale_factor[h])))
      refuse(h, "ScaleFactor", columns.scale_factor[h], ", but it must be positive and finite");
  for (std::size_t i = 0; i < columns.velocity.size(); ++i)
    if (!(std::abs(columns.velocity[i]) <= largest_speed))
      refuse(i / 3, "a velocity", columns.velocity[i],
             " km/s, more than that of light: check GroupVel, or remove the row");
}

galaxies::HaloBlock GroupHalos::read(ExecSpace const&, std::int64_t first,
                                     std::int64_t count) const {
  HaloColumnsInMemory columns;
  columns.id.resize(static_cast<std::size_t>(count));
  std::iota(columns.id.begin(), columns.id.end(), first);
  columns.mass = column<double>(mass_, first, count);
  // Spheres that are nowhere dense enough have no mass: a halo of mass 0 holds no galaxies.
  for (double& mass : columns.mass) mass = std::isfinite(mass) ? mass * units::gadget_mass : 0;
  columns.position = column<double>("/Group/GroupPos", first, count);
  for (double& x : columns.position) x *= units::gadget_length;
  if (facts_.light_cone) columns.scale_factor = column<float>("/Group/ScaleFactor", first, count);
  if (facts_.moves) {
    columns.velocity = column<float>("/Group/GroupVel", first, count);
    for (std::size_t i = 0; i < columns.velocity.size(); ++i)
      columns.velocity[i] /=
          facts_.light_cone ? columns.scale_factor[i / 3] : static_cast<float>(facts_.scale_factor);
  }
  check_motion(first, columns);
  if (facts_.has_axes) {
    columns.axes = column<float>(axes_, first, count);
    columns.axis_ratios = column<float>(ratios_, first, count);
    forget_impossible_shapes(columns);
  }
  if (facts_.has_tides) read_tides(first, count, columns);
  read_secondary(first, count, columns);
  return on_device(columns);
}

}  // namespace

std::unique_ptr<HostHalos> open_groups(HostJob const& job, bool wants_tides) {
  bool ours = false;
  try {
    io::InputFile const file(job.path);
    ours = file.has_attribute("/", "format_version") && file.has_attribute("/", "schema");
  } catch (core::IoError const&) {
    // Not HDF5, or not there: the readers of other formats say which.
    return nullptr;
  }
  if (!ours) return nullptr;
  return std::make_unique<GroupHalos>(job, wants_tides);
}

}  // namespace shearwater::commands
