// SPDX-License-Identifier: BSD-3-Clause
// The catalogue of halos on the light cone, column by column.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "halo_file.hpp"
#include "nbody_halo_cone.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/halos/properties.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::commands {

namespace {

using halos::HaloCrossing;
using Vector = std::array<double, 3>;

/// Bins of redshift in which halos are counted.
constexpr std::int64_t redshift_bins = 20;

std::int64_t row_size(io::Shape const& shape) {
  return std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
}

/// Rows of the file: outputs from late to early, that is, from near to far, each in the order of
/// its catalogue, whose rows ranks share in their order.
class ConeFile {
 public:
  ConeFile(NBodyJob const& job, std::vector<ConeCatalogue> const& catalogues,
           core::Provenance const& provenance, parallel::Communicator const& comm);

  std::int64_t total() const { return total_; }
  io::OutputFile& file() { return file_; }
  void commit() { file_.commit(); }

  /// Collective: a column with `row` numbers in each row; values(output) gives those of this rank.
  template <class T>
  void put(std::string const& name, io::Shape row, io::Meaning const& meaning,
           std::function<std::vector<T>(std::size_t)> const& values) {
    auto const path = "/Group/" + name;
    row.insert(row.begin(), total_);
    file_.create(path, core::element_type<T>(), row, meaning);
    for (std::size_t n = catalogues_.size(); n-- > 0;) {
      std::vector<T> mine;
      file_.comm().together([&] { mine = values(n); });
      file_.write_rows<T>(path, first_[n], mine);
    }
    file_.attribute(path, "a_scaling", meaning.power_of_a);
    file_.attribute(path, "h_scaling", meaning.power_of_h);
  }
  /// The same for what a crossing alone tells.
  template <class T>
  void put_each(std::string const& name, io::Shape const& row, io::Meaning const& meaning,
                std::function<void(HaloCrossing const&, std::vector<T>&)> const& values) {
    put<T>(name, row, meaning, [&](std::size_t n) {
      std::vector<T> mine;
      for (auto const& crossing : catalogues_[n].crossings) values(crossing, mine);
      return mine;
    });
  }

 private:
  std::vector<ConeCatalogue> const& catalogues_;
  std::vector<std::int64_t> first_;  ///< this rank's first row of each output
  std::int64_t total_ = 0;
  io::OutputFile file_;

  std::int64_t place_rows(parallel::Communicator const& comm);
};

/// Collective.
std::int64_t ConeFile::place_rows(parallel::Communicator const& comm) {
  first_.resize(catalogues_.size());
  std::int64_t total = 0;
  for (std::size_t n = catalogues_.size(); n-- > 0;) {
    auto const mine = std::ssize(catalogues_[n].crossings);
    auto const all = comm.all_gather(std::span(&mine, 1));
    first_[n] = std::accumulate(all.begin(), all.begin() + comm.rank(), total);
    total = std::accumulate(all.begin(), all.end(), total);
  }
  return total;
}

ConeFile::ConeFile(NBodyJob const& job, std::vector<ConeCatalogue> const& catalogues,
                   core::Provenance const& provenance, parallel::Communicator const& comm)
    : catalogues_(catalogues),
      total_(place_rows(comm)),
      file_(comm, job.folder + "/cone_halos.hdf5", "cone halos", provenance,
            {job.existing,
             static_cast<std::int64_t>(static_cast<double>(total_) * cone_row_bytes(job.halos))}) {}

void write_header(NBodyJob const& job, io::InputFile const& last, ConeFile& cone) {
  auto& file = cone.file();
  file.create_group("/Header");
  // What belongs to one time, to a periodic box or to particles in files is left out.
  static std::vector<std::string> const left_out{
      "Time",       "Redshift",  "BoxSize",          "Nids_ThisFile",
      "Nids_Total", "AllGroups", "Ngroups_ThisFile", "Ngroups_Total"};
  for (auto const& name : last.attribute_names("/Header"))
    if (std::ranges::find(left_out, name) == left_out.end())
      file.attribute("/Header", name, last.attribute("/Header", name));
  for (auto const* name : {"Ngroups_ThisFile", "Ngroups_Total"})
    file.attribute("/Header", name, cone.total());
  for (auto const* name : {"Nids_ThisFile", "Nids_Total"})
    file.attribute("/Header", name, std::int64_t{0});
  std::vector<double> observer;
  for (double const x : job.halo_cone->observer) observer.push_back(x / units::gadget_length);
  file.attribute("/Header", "Observer", observer);
  file.attribute("/Header", "ReplicaSize", last.number("/Header", "BoxSize"));
  file.attribute("/Header", "Redshift_Max", job.halo_cone->redshift);
  file.attribute("/Header", "SolidAngle", job.halo_cone->range().solid_angle());
}

double scale_factor_of(HaloCrossing const& crossing) { return 1 / (1 + crossing.z_cos); }

void append(std::vector<double>& to, Vector const& values, double unit) {
  for (double const value : values) to.push_back(value / unit);
}

/// Where and when halos are seen.
void write_sight(ConeFile& cone) {
  using Doubles = std::vector<double>;
  auto const put = [&](char const* name, double HaloCrossing::*value, double unit,
                       io::Meaning const& meaning) {
    cone.put_each<double>(name, {}, meaning, [=](HaloCrossing const& c, Doubles& to) {
      to.push_back(c.*value / unit);
    });
  };
  put("RightAscension", &HaloCrossing::right_ascension, units::degree,
      {"deg", "of the x axis 0, of the y axis 90"});
  put("Declination", &HaloCrossing::declination, units::degree, {"deg", "of the z axis 90"});
  put("ComovingDistance", &HaloCrossing::distance, units::gadget_length,
      {"kpc", "from the observer", 1, -1});
  put("RedshiftCosmological", &HaloCrossing::z_cos, 1, {"1", "of the expansion alone"});
  put("RedshiftObserved", &HaloCrossing::z_obs, 1,
      {"1", "1 + z = (1 + RedshiftCosmological) (1 + v/c), v the outward peculiar velocity"});
  cone.put_each<double>(
      "ScaleFactor", {}, {"1", "when the halo crosses the light cone"},
      [](HaloCrossing const& c, Doubles& to) { to.push_back(scale_factor_of(c)); });
  cone.put_each<double>(
      "GroupPos", {3}, {"kpc", "place from the observer, who is at the origin", 1, -1},
      [](HaloCrossing const& c, Doubles& to) { append(to, c.place, units::gadget_length); });
  cone.put_each<double>(
      "GroupVel", {3}, {"km/s", "velocity times ScaleFactor", -1, 0},
      [](HaloCrossing const& c, Doubles& to) { append(to, c.velocity, 1 / scale_factor_of(c)); });
}

/// Which halo of which replica is seen.
void write_hosts(std::vector<ConeCatalogue> const& catalogues, ConeFile& cone) {
  using Integers = std::vector<std::int64_t>;
  cone.put<std::int64_t>(
      "Output", {}, {"1", "number NNN of halos_NNN.hdf5, where the halo is from"},
      [&](std::size_t n) {
        return Integers(catalogues[n].crossings.size(), static_cast<std::int64_t>(n));
      });
  cone.put<std::int64_t>("GroupRow", {}, {"1", "its row there"}, [&](std::size_t n) {
    Integers rows;
    for (auto const& c : catalogues[n].crossings)
      rows.push_back(catalogues[n].share.first + static_cast<std::int64_t>(c.halo));
    return rows;
  });
  cone.put_each<std::int64_t>("Replica", {3},
                              {"1", "sides of the box added to the halo's place along each axis"},
                              [](HaloCrossing const& c, Integers& to) {
                                to.insert(to.end(), c.replica.begin(), c.replica.end());
                              });
  cone.put_each<std::int64_t>(
      "Shell", {}, {"1", "shell about the observer that the box is turned in; 0 without turns"},
      [](HaloCrossing const& c, Integers& to) { to.push_back(c.shell); });
}

/// Rows of a column of the catalogue that halos on the cone are from, one after another.
template <class T>
std::vector<T> host_rows(ConeCatalogue const& catalogue, std::string const& path) {
  auto const width = static_cast<std::size_t>(row_size(catalogue.file.info(path).shape));
  auto const rows = catalogue.file.rows<T>(path, catalogue.share.first, catalogue.share.count);
  std::vector<T> result;
  for (auto const& crossing : catalogue.crossings) {
    auto const begin = rows.begin() + static_cast<std::ptrdiff_t>(crossing.halo * width);
    result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return result;
}

/// Turns unit vectors, `each` of them for a crossing. Axes have no heads: the first component that
/// is not zero is positive.
void turn_axes(halos::HaloCone const& cone, std::vector<HaloCrossing> const& crossings,
               std::vector<double>& axes) {
  if (crossings.empty()) return;
  auto const each = axes.size() / crossings.size();
  for (std::size_t i = 0; i < axes.size(); i += 3) {
    auto axis =
        halos::turned(cone.view(crossings[i / each].shell), {axes[i], axes[i + 1], axes[i + 2]});
    auto const* const first = std::ranges::find_if(axis, [](double x) { return x != 0; });
    double const sign = first != axis.end() && *first < 0 ? -1 : 1;
    for (std::size_t a = 0; a < 3; ++a) axes[i + a] = sign * axis[a] + 0.0;
  }
}

/// Centres of mass, as far from the halo's place as in its output.
std::vector<double> centres_of_mass(NBodyJob const& job, halos::HaloCone const& cone,
                                    ConeCatalogue const& catalogue) {
  auto centres = host_rows<double>(catalogue, "/Group/GroupCM");
  auto const places = host_rows<double>(catalogue, "/Group/GroupPos");
  for (std::size_t c = 0; c < catalogue.crossings.size(); ++c) {
    auto const& crossing = catalogue.crossings[c];
    Vector offset;
    for (std::size_t i = 0; i < 3; ++i)
      offset[i] = halos::nearest_offset(centres[3 * c + i], places[3 * c + i],
                                        job.box.side / units::gadget_length);
    offset = halos::turned(cone.view(crossing.shell), offset);
    for (std::size_t i = 0; i < 3; ++i)
      centres[3 * c + i] = crossing.place[i] / units::gadget_length + offset[i];
  }
  return centres;
}

/// What happens to a column of the catalogue: those that lead into a snapshot are left out, and so
/// are vectors that are not known here, which would have to be turned.
enum class Kind { left_out, copied, axes };
Kind kind_of(std::string const& name, io::Shape const& shape) {
  if (name == "GroupPos" || name == "GroupVel" || name == "GroupCM" || name == "GroupLenType" ||
      name == "GroupOffsetType")
    return Kind::left_out;
  if (name.starts_with("GroupAxes") || name == "GroupTidalAxes") return Kind::axes;
  bool const may_be_vector = shape.size() > 1 && shape.back() == 3;
  return may_be_vector && name != "GroupTidalEigenvalues" ? Kind::left_out : Kind::copied;
}

/// Collective: a column of the catalogues as it is there, or turned.
void copy_column(halos::HaloCone const& sky, std::vector<ConeCatalogue> const& catalogues,
                 std::string const& name, ConeFile& cone) {
  auto const path = "/Group/" + name;
  auto const& last = catalogues.back().file;
  auto const info = last.info(path);
  auto const kind = kind_of(name, info.shape);
  if (kind == Kind::left_out) return;
  io::Shape const row(info.shape.begin() + 1, info.shape.end());
  if (info.type == io::ElementType::int64) {
    cone.put<std::int64_t>(name, row, info.meaning, [&](std::size_t n) {
      return host_rows<std::int64_t>(catalogues[n], path);
    });
  } else {
    cone.put<double>(name, row, info.meaning, [&](std::size_t n) {
      auto values = host_rows<double>(catalogues[n], path);
      if (kind == Kind::axes) turn_axes(sky, catalogues[n].crossings, values);
      return values;
    });
  }
  static std::vector<std::string> const written{"unit",       "description", "power_of_a",
                                                "power_of_h", "a_scaling",   "h_scaling"};
  for (auto const& attribute : last.attribute_names(path))
    if (std::ranges::find(written, attribute) == written.end())
      cone.file().attribute(path, attribute, last.attribute(path, attribute));
}

/// Collective: halos in bins of redshift, and as many as their densities in the box and the bin's
/// volume let expect.
void write_counts(NBodyJob const& job, halos::HaloCone const& sky,
                  std::vector<ConeCatalogue> const& catalogues, ConeFile& cone) {
  auto const& comm = cone.file().comm();
  auto const times = job.output_times();
  cosmology::Background const background(job.cosmology);
  std::vector<double> edges;
  for (std::int64_t b = 0; b <= redshift_bins; ++b)
    edges.push_back(job.halo_cone->redshift * static_cast<double>(b) / redshift_bins);
  std::vector<std::int64_t> counts(redshift_bins, 0);
  std::vector<double> expected(redshift_bins, 0);
  for (std::size_t n = 0; n < catalogues.size(); ++n) {
    for (auto const& crossing : catalogues[n].crossings) {
      auto const bin = static_cast<std::int64_t>(crossing.z_cos / edges.back() * redshift_bins);
      ++counts[static_cast<std::size_t>(std::min(bin, redshift_bins - 1))];
    }
    auto const part = halos::ConePart::of(times, n, background);
    double const density = static_cast<double>(catalogues[n].total) / std::pow(job.box.side, 3);
    for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
      double const near = std::max(part.near(), background.comoving_distance(edges[b]));
      double const far = std::min(part.far(), background.comoving_distance(edges[b + 1]));
      if (near < far) expected[b] += density * sky.volume(near, far);
    }
  }
  parallel::sum(comm, counts);
  auto& file = cone.file();
  file.create_group("/LightCone");
  file.put_from_root<double>("/LightCone/RedshiftEdges", {redshift_bins + 1}, edges,
                             {"1", "edges of bins of RedshiftCosmological"});
  file.put_from_root<std::int64_t>("/LightCone/Count", {redshift_bins}, counts, {"1", "halos"});
  file.put_from_root<double>("/LightCone/Expected", {redshift_bins}, expected,
                             {"1", "density of halos in the box at each output times volume"});
}

}  // namespace

double cone_row_bytes(HaloSettings const& settings) {
  // Beside the halo's own: where it is seen, in which replica, and which one it is.
  return halo_row_bytes(settings) + 160;
}

void write_cone_halos(NBodyJob const& job, std::vector<ConeCatalogue> const& catalogues,
                      core::Provenance const& provenance, parallel::Communicator const& comm) {
  halos::HaloCone const sky(*job.halo_cone, job.box.side, cosmology::Background(job.cosmology));
  ConeFile cone(job, catalogues, provenance, comm);
  write_header(job, catalogues.back().file, cone);
  cone.file().create_group("/Group");
  cone.file().create_group("/Subhalo");  // none, but readers of the layout want the group
  write_sight(cone);
  write_hosts(catalogues, cone);
  cone.put<double>("GroupCM", {3},
                   {"kpc", "centre of mass of the members, from the observer", 1, -1},
                   [&](std::size_t n) { return centres_of_mass(job, sky, catalogues[n]); });
  for (auto const& name : catalogues.back().file.children("/Group"))
    copy_column(sky, catalogues, name, cone);
  write_counts(job, sky, catalogues, cone);
  cone.commit();
  core::log_info(fmt::format("{}/cone_halos.hdf5: {} halos on the light cone to redshift {:g}",
                             job.folder, cone.total(), job.halo_cone->redshift));
}

}  // namespace shearwater::commands
