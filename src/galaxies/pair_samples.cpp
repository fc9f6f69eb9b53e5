// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/galaxies/pair_samples.hpp"

#include <fmt/format.h>

#include <cmath>

#include "outline.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/units.hpp"

namespace shearwater::galaxies {

void SampleConfig::describe(core::Fields& field) {
  field("shapes", shapes, "", "galaxies whose axes and shapes are looked at")
      .one_of({"all", "centrals", "satellites"});
  field("places", places, "", "galaxies about which they are looked at")
      .one_of({"all", "centrals", "satellites"});
  field("axis", axis, "", "which axis of the galaxies").one_of({"major", "middle", "minor"});
  field("line_of_sight", line_of_sight, "", "of projected statistics and of redshifts, in a box")
      .one_of({"x", "y", "z"});
  field("space", space, "", "real, or redshift: moved along the line of sight by the velocity")
      .one_of({"real", "redshift"});
  field("min_host_mass", min_host_mass, "Msun/h", "halos of less are left out").at_least(0);
  field("max_host_mass", max_host_mass, "Msun/h", "halos of as much or more are left out; 0: none")
      .at_least(0);
}

namespace {

/// Throws unless a column that a choice of the input asks for is there.
void require_column(io::GalaxyCatalogue const& galaxies, std::size_t have, std::size_t width,
                    char const* column, char const* why) {
  if (have != width * static_cast<std::size_t>(galaxies.size()))
    throw core::InputError(fmt::format("the galaxies have no {}, which {} needs", column, why));
}

/// Which rows are looked at.
class Selection {
 public:
  Selection(io::GalaxyCatalogue const& galaxies, std::string const& which,
            SampleConfig const& config)
      : galaxies_(galaxies), config_(config), all_(which == "all"), centrals_(which == "centrals") {
    if (!all_)
      require_column(galaxies, galaxies.central.size(), 1, "column that tells centrals",
                     "a choice of centrals or satellites");
    if (config.min_host_mass > 0 || config.max_host_mass > 0)
      require_column(galaxies, galaxies.host_mass.size(), 1, "masses of their hosts",
                     "a limit of measure.min_host_mass or max_host_mass");
  }
  bool holds(std::size_t i) const {
    if (!all_ && (galaxies_.central[i] != 0) != centrals_) return false;
    if (config_.min_host_mass > 0 && galaxies_.host_mass[i] < config_.min_host_mass) return false;
    return !(config_.max_host_mass > 0 && galaxies_.host_mass[i] >= config_.max_host_mass);
  }

 private:
  io::GalaxyCatalogue const& galaxies_;
  SampleConfig const& config_;
  bool all_, centrals_;
};

/// Mpc/h along the line of sight for each km/s, comoving: (1 + z) / H(z).
double length_of_velocity(io::GalaxyCatalogue const& galaxies) {
  if (!(galaxies.omega_m > 0 && galaxies.scale_factor > 0))
    throw core::InputError(
        "the galaxies' file says neither Omega_m nor the time: measure.space = \"redshift\" needs "
        "both; measure in real space");
  double const a = galaxies.scale_factor, matter = galaxies.omega_m;
  // A file that does not say the dark energy is taken for one of a flat universe.
  double const dark = galaxies.omega_de > 0 ? galaxies.omega_de : 1 - matter;
  double const hubble =
      100 * std::sqrt(matter / (a * a * a) + (1 - matter - dark) / (a * a) + dark);  // km/s/(Mpc/h)
  return 1 / (a * hubble);
}

struct MarkMaker {
  io::GalaxyCatalogue const& galaxies;
  std::size_t axis;
  std::array<int, 3> order;
  bool stored;

  void check(Marks marks) const {
    if (marks == Marks::axes || marks == Marks::directions)
      require_column(galaxies, galaxies.axes.size(), 9, "axes", "a statistic of axes");
    if (marks == Marks::ellipticities && !stored) {
      char const* const why = "a statistic of shapes along this line of sight";
      require_column(galaxies, galaxies.axes.size(), 9, "axes", why);
      require_column(galaxies, galaxies.axis_ratios.size(), 2, "axis ratios", why);
    }
  }
  std::array<double, 3> operator()(Marks marks, std::size_t i) const {
    if (marks == Marks::ellipticities && stored) return {galaxies.e1[i], galaxies.e2[i], 0};
    float const* const axes = &galaxies.axes[9 * i];
    if (marks == Marks::ellipticities) {
      auto const e = projected_ellipticity(axes, galaxies.axis_ratios[2 * i],
                                           galaxies.axis_ratios[2 * i + 1], order);
      return {e[0], e[1], 0};
    }
    double n[3], square = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      n[a] = axes[3 * axis + static_cast<std::size_t>(order[a])];
      square += n[a] * n[a];
    }
    if (square == 0)
      throw core::InputError(fmt::format(
          "the axis of the galaxy of id {} has no length: normalise the axes, and leave galaxies "
          "without one out",
          galaxies.id[i]));
    if (marks == Marks::axes) {
      // Files hold single precision: of length 1 to 1e-7.
      double const length = std::sqrt(square);
      return {n[0] / length, n[1] / length, n[2] / length};
    }
    double const flat = n[0] * n[0] + n[1] * n[1];
    if (flat == 0) return {0, 0, 0};
    return {(n[0] * n[0] - n[1] * n[1]) / flat, 2 * n[0] * n[1] / flat, 0};
  }
};

}  // namespace

std::array<int, 3> coordinate_order(std::string const& line_of_sight) {
  if (line_of_sight == "x") return {1, 2, 0};
  if (line_of_sight == "y") return {2, 0, 1};
  return {0, 1, 2};
}

io::GalaxyCatalogue on_unit_sphere(io::GalaxyCatalogue galaxies) {
  galaxies.position.clear();
  galaxies.box_side = 0;
  for (std::size_t i = 0; i < galaxies.ra.size(); ++i) {
    double const ra = galaxies.ra[i], dec = galaxies.dec[i], c = std::cos(dec);
    galaxies.position.insert(galaxies.position.end(),
                             {c * std::cos(ra), c * std::sin(ra), std::sin(dec)});
  }
  return galaxies;
}

std::vector<double> chords_of(std::vector<double> const& arcmin) {
  std::vector<double> chords;
  for (double const angle : arcmin) chords.push_back(2 * std::sin(0.5 * angle * units::arcmin));
  return chords;
}

std::array<double, 2> projected_ellipticity(float const* axes, double q, double s,
                                            std::array<int, 3> const& order) {
  double const half[3] = {1, q, s};
  Outline<double> outline;
  for (std::size_t a = 0; a < 3; ++a)
    outline.add(half[a], axes[3 * a + static_cast<std::size_t>(order[0])],
                axes[3 * a + static_cast<std::size_t>(order[1])]);
  auto const e = outline.ellipticity();
  return {e.e1, e.e2};
}

PairSample pair_sample(io::GalaxyCatalogue const& galaxies, std::string const& which,
                       SampleConfig const& config, Marks marks, bool stored, SubBoxes const& boxes,
                       SkyRegions const* sky) {
  Selection const selection(galaxies, which, config);
  auto const order = coordinate_order(config.line_of_sight);
  MarkMaker const mark{galaxies,
                       config.axis == "major"    ? 0U
                       : config.axis == "middle" ? 1U
                                                 : 2U,
                       order, stored};
  mark.check(marks);
  bool const moved = config.space == "redshift" && !galaxies.redshift_space;
  if (moved) require_column(galaxies, galaxies.velocity.size(), 3, "velocities", "redshift space");
  double const stretch = moved ? length_of_velocity(galaxies) : 0.0, side = galaxies.box_side;
  bool const hosts = std::ssize(galaxies.host) == galaxies.size();
  PairSample sample;
  for (std::size_t i = 0; i < static_cast<std::size_t>(galaxies.size()); ++i) {
    if (!selection.holds(i)) continue;
    double x[3];
    for (std::size_t a = 0; a < 3; ++a)
      x[a] = galaxies.position[3 * i + static_cast<std::size_t>(order[a])];
    if (moved) {
      x[2] += stretch *
              static_cast<double>(galaxies.velocity[3 * i + static_cast<std::size_t>(order[2])]);
      if (side > 0) x[2] -= side * std::floor(x[2] / side);
    }
    sample.position.insert(sample.position.end(), x, x + 3);
    sample.id.push_back(galaxies.id[i]);
    if (hosts) sample.host.push_back(galaxies.host[i]);
    if (!galaxies.weight.empty()) sample.weight.push_back(galaxies.weight[i]);
    if (sky != nullptr)
      sample.region.push_back(sky->of(galaxies.ra[i], galaxies.dec[i]));
    else if (boxes.per_side > 1)
      sample.region.push_back(boxes.of(x));
    if (marks == Marks::none) continue;
    auto const m = mark(marks, i);
    sample.mark.insert(sample.mark.end(), m.begin(), m.end());
  }
  return sample;
}

}  // namespace shearwater::galaxies
