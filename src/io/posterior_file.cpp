// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/posterior_file.hpp"

#include <fmt/format.h>

#include "nonfinite.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::io {

namespace {

/// A dataset of the file: name, extents behind the map axis, and its meaning.
struct Field {
  char const* name;
  std::vector<double> PosteriorData::*values;
  Shape row;
  Meaning meaning;
  bool may_be_infinite = false;  ///< a log density is -inf where the density is 0
};

std::vector<Field> fields_of(PosteriorData const& d) {
  auto const p = static_cast<std::int64_t>(d.parameter_names.size());
  auto const derived = static_cast<std::int64_t>(d.derived_names.size());
  using D = PosteriorData;
  std::vector<Field> fields = {
      {"/ra", &D::ra, {}, {"deg", "right ascension of the map's centre"}},
      {"/dec", &D::dec, {}, {"deg", "declination of the map's centre"}},
      {"/samples", &D::values, {d.samples, p}, {"1", "draws of the parameters"}},
      {"/weights", &D::weights, {d.samples}, {"1", "weight of each draw"}},
      {"/log_density",
       &D::log_density,
       {d.samples},
       {"1", "ln posterior density of each draw"},
       true},
      {"/mixture/weights", &D::mixture_weights, {d.components}, {"1", "weights of the components"}},
      {"/mixture/means",
       &D::mixture_means,
       {d.components, p},
       {"1", "means of the components in the prior's unbounded standardised space"}},
      {"/mixture/scale_tril",
       &D::mixture_scale_tril,
       {d.components, p, p},
       {"1", "lower Cholesky factors of the components' covariances in that space"}}};
  if (derived > 0)
    fields.push_back({"/derived",
                      &D::derived,
                      {d.samples, derived},
                      {"1", "parameters derived from each draw"}});
  return fields;
}

Shape with_maps(std::int64_t maps, Shape row) {
  row.insert(row.begin(), maps);
  return row;
}

void write_comparison(OutputFile& file, StoredComparison const& comparison) {
  std::string const group = "/comparison";
  file.create_group(group);
  file.attribute(group, "reference", comparison.reference);
  file.attribute(group, "figure_of_merit", comparison.figure_of_merit);
  file.attribute(group, "reference_figure_of_merit", comparison.reference_figure_of_merit);
  file.attribute(group, "distance", comparison.distance);
  file.attribute(group, "c2st", comparison.c2st);
  file.attribute(group, "c2st_rows", comparison.c2st_rows);
}

std::optional<StoredComparison> read_comparison(InputFile const& file) {
  std::string const group = "/comparison";
  if (!file.contains(group)) return std::nullopt;
  return StoredComparison{file.text(group, "reference"),
                          file.number(group, "figure_of_merit"),
                          file.number(group, "reference_figure_of_merit"),
                          file.number(group, "distance"),
                          file.number(group, "c2st"),
                          file.integer(group, "c2st_rows")};
}

}  // namespace

void write_posterior(parallel::Communicator const& comm, std::string const& path,
                     PosteriorData const& mine, core::Provenance const& provenance,
                     Existing existing) {
  auto const fields = fields_of(mine);
  comm.together([&] {
    for (auto const& field : fields)
      core::require(static_cast<std::int64_t>((mine.*field.values).size()) ==
                        element_count(with_maps(mine.maps, field.row)),
                    fmt::format("{} has {} values, which do not fit", field.name,
                                (mine.*field.values).size()));
    core::require(static_cast<std::int64_t>(mine.flags.size()) == mine.maps,
                  "flags do not fit the number of maps");
  });
  auto const counts = comm.all_gather(std::span(&mine.maps, 1));
  std::int64_t total = 0, first = 0;
  for (int rank = 0; rank < comm.size(); ++rank) {
    if (rank == comm.rank()) first = total;
    total += counts[static_cast<std::size_t>(rank)];
  }
  OutputOptions options;
  options.existing = existing;
  for (auto const& field : fields)
    options.expected_bytes += 8 * element_count(with_maps(total, field.row));
  OutputFile file(comm, path, "posterior", provenance, options);
  file.create_group("/mixture");
  for (auto const& field : fields)
    file.put<double>(field.name, with_maps(total, field.row), first, mine.*field.values,
                     field.meaning);
  file.put<std::int32_t>("/flags", {total}, first, mine.flags,
                         {"1",
                          "bits: 1 position unknown, 2 reweighted prior, 4 simulated map, 8 mask "
                          "that the network never saw"});
  if (mine.comparison) write_comparison(file, *mine.comparison);
  file.attribute("/samples", "names", mine.parameter_names);
  if (!mine.derived_names.empty()) file.attribute("/derived", "names", mine.derived_names);
  file.commit();
}

PosteriorData read_posterior(std::string const& path) {
  InputFile const file(path);
  file.check_schema("posterior");
  PosteriorData data;
  data.parameter_names = file.texts("/samples", "names");
  if (file.contains("/derived")) data.derived_names = file.texts("/derived", "names");
  file.check_shape("/samples", {-1, -1, static_cast<std::int64_t>(data.parameter_names.size())});
  file.check_shape("/mixture/weights", {-1, -1});
  auto const shape = file.info("/samples").shape;
  data.maps = shape[0];
  data.samples = shape[1];
  data.components = file.info("/mixture/weights").shape[1];
  for (auto const& field : fields_of(data)) {
    auto const wanted = with_maps(data.maps, field.row);
    file.check_shape(field.name, wanted);
    file.check_unit(field.name, field.meaning.unit);
    if (file.info(field.name).type != ElementType::float64)
      throw core::InputError(fmt::format("{}: '{}' is not float64", path, field.name));
    data.*field.values = file.values<double>(field.name);
    if (!field.may_be_infinite)
      require_finite<double>(data.*field.values, wanted, path + ": " + field.name);
  }
  file.check_shape("/flags", {data.maps});
  if (file.info("/flags").type != ElementType::int32)
    throw core::InputError(path + ": '/flags' is not int32");
  data.flags = file.values<std::int32_t>("/flags");
  data.comparison = read_comparison(file);
  return data;
}

}  // namespace shearwater::io
