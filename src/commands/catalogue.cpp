// SPDX-License-Identifier: BSD-3-Clause
#include "catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/core/units.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/map_file.hpp"
#include "shearwater/io/table.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"

namespace shearwater::commands {

void ColumnConfig::describe(core::Fields& field) {
  field("file", file, "", "catalogue: text, HDF5 or FITS").path();
  field("table", table, "", "HDF5 group or FITS extension; empty for the first");
  field("ra", ra, "deg", "column of right ascension");
  field("dec", dec, "deg", "column of declination");
  field("e1", e1, "", "column of the first shear estimate");
  field("e2", e2, "", "column of the second shear estimate");
  field("weight", weight, "", "column of weights; empty for equal weights");
  field("bin", bin, "", "column of the tomographic bin; empty for one bin");
  field("first_bin", first_bin, "", "number of the first bin in the catalogue");
  field("bins", bins, "", "tomographic bins").between(1, 32);
  field("pixels", pixels, "pixels", "side of the maps; even").between(8, 8192);
  field("width_deg", width_deg, "deg", "side of the maps").between(0.1, 60);
}

CatalogueJob read_catalogue(core::Config& config, CommandLine const& line) {
  require_host(line);
  CatalogueJob job;
  if (!line.in.empty()) config.set("columns", "file", absolute_path(line.in));
  job.catalogue = config.read<survey::CatalogueConfig>("catalogue");
  job.columns = config.read<ColumnConfig>("columns");
  if (job.columns.pixels % 2 != 0)
    throw core::InputError(fmt::format("columns.pixels = {}: must be even; use {} or {}",
                                       job.columns.pixels, job.columns.pixels - 1,
                                       job.columns.pixels + 1));
  job.input = config.path_from(job.columns.file);
  if (job.input.empty())
    throw core::InputError("columns.file: name the catalogue there or by --in");
  job.output = output_path(config, line, "maps.h5");
  config.refuse_unread();
  return job;
}

namespace {

survey::ShapeCatalogue read_shapes(CatalogueJob const& job) {
  auto const& columns = job.columns;
  io::TableRequest request;
  request.path = job.input;
  request.table = columns.table;
  request.columns = {columns.ra, columns.dec, columns.e1, columns.e2};
  if (!columns.weight.empty()) request.columns.push_back(columns.weight);
  if (!columns.bin.empty()) request.columns.push_back(columns.bin);
  auto read = io::read_columns(request);
  auto const rows = read[0].size();
  survey::ShapeCatalogue shapes;
  shapes.ra_deg = std::move(read[0]);
  shapes.dec_deg = std::move(read[1]);
  shapes.e1 = std::move(read[2]);
  shapes.e2 = std::move(read[3]);
  shapes.weight = columns.weight.empty() ? std::vector<double>(rows, 1.0) : std::move(read[4]);
  shapes.bin.assign(rows, 0);
  if (!columns.bin.empty())
    std::transform(read.back().begin(), read.back().end(), shapes.bin.begin(), [&](double number) {
      double const bin = number - static_cast<double>(columns.first_bin);
      bool const known =
          bin >= 0 && bin < static_cast<double>(columns.bins) && bin == std::floor(bin);
      return known ? static_cast<std::int64_t>(bin) : -1;
    });
  return shapes;
}

/// Convergence (bins, pixels, pixels) of the pixelised shear.
std::vector<float> convergence_of(survey::ShearPixels const& shear, fields::FlatSky const& sky) {
  using Host = Kokkos::View<float const***, Kokkos::LayoutRight, Kokkos::HostSpace>;
  auto const on_device = [&](char const* label, std::vector<float> const& values) {
    Array3<float> result(label, shear.bins, shear.pixels, shear.pixels);
    Kokkos::deep_copy(result, Host(values.data(), shear.bins, shear.pixels, shear.pixels));
    return result;
  };
  auto const gamma_1 = on_device("commands::gamma_1", shear.gamma_1);
  auto const gamma_2 = on_device("commands::gamma_2", shear.gamma_2);
  Array3<float> const kappa_e("commands::kappa_e", shear.bins, shear.pixels, shear.pixels);
  Array3<float> const kappa_b("commands::kappa_b", shear.bins, shear.pixels, shear.pixels);
  lensing::KaiserSquires(sky).convergence(ExecSpace(), gamma_1, gamma_2, kappa_e, kappa_b);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), kappa_e);
  return {host.data(), host.data() + host.size()};
}

}  // namespace

core::ExitCode maps_from_catalogue(parallel::Communicator const& comm, core::Config& config,
                                   CommandLine const& line) {
  auto const job = read_catalogue(config, line);
  InputFiles const inputs = {{"catalogue", job.input}};
  comm.on_root([&] {
    claim_file(job.output, line);
    protect_inputs(inputs, job.output);
  });
  auto const facts = hashes_of(comm, inputs);
  if (is_finished(comm, line, job.output, "maps", {config.resolved(), facts}))
    return core::ExitCode::done;
  fields::FlatSky const sky{job.columns.pixels, job.columns.width_deg};
  survey::ShearPixels shear;
  std::vector<float> kappa;
  comm.on_root([&] {
    shear = survey::pixelise(read_shapes(job), job.catalogue, sky.width_deg, sky.pixels,
                             job.columns.bins);
    kappa = convergence_of(shear, sky);
  });
  auto provenance = core::make_provenance("maps", config.resolved(), comm.size());
  provenance.add_origin("catalogue", job.input);
  provenance.origin.insert(provenance.origin.end(), facts.begin(), facts.end());
  io::MapFileShape const shape{1, job.columns.bins, sky.pixels, {}, sky.width(), 1, 1};
  io::MapFileWriter file(comm, job.output, shape, provenance,
                         line.overwrite ? io::Existing::replace : io::Existing::refuse);
  file.write(0, {}, kappa);
  file.write_mask(0, shear.mask);
  file.write_noise(0, shear.noise);
  io::Shape const pixels{1, job.columns.bins, sky.pixels, sky.pixels};
  file.file().put_from_root<float>("gamma_1", pixels, shear.gamma_1,
                                   {"1", "weighted mean shear, first component"});
  file.file().put_from_root<float>("gamma_2", pixels, shear.gamma_2,
                                   {"1", "weighted mean shear, second component"});
  file.commit();
  core::log_info(fmt::format("{}: {} galaxies on the map, {} beyond it or of no bin", job.output,
                             shear.used, shear.outside));
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
