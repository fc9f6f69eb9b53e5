// SPDX-License-Identifier: BSD-3-Clause
#include "posterior_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "shearwater/core/log.hpp"
#include "shearwater/io/chain.hpp"
#include "shearwater/io/posterior_file.hpp"
#include "sources.hpp"

namespace shearwater::commands {

namespace {

// ln of a weight of zero, finite because GetDist reads numbers only: about ln of the smallest
// double.
constexpr double log_of_no_weight = -700.0;

io::Existing existing(bool overwrite) {
  return overwrite ? io::Existing::replace : io::Existing::refuse;
}

/// Samples, weights and densities of every map, under the training prior or the new one.
io::PosteriorData posterior_data(PosteriorOutput const& output) {
  auto const& posterior = output.posterior;
  auto const& infer = output.job.infer;
  auto const maps = posterior.maps(), parameters = posterior.parameters(), samples = infer.samples;
  io::PosteriorData data;
  data.parameter_names = posterior.prior().names();
  data.maps = maps;
  data.samples = samples;
  data.components = posterior.components();
  data.ra.assign(static_cast<std::size_t>(maps), infer.has_position ? infer.ra_deg : 0.0);
  data.dec.assign(static_cast<std::size_t>(maps), infer.has_position ? infer.dec_deg : 0.0);
  std::int32_t const flags = (infer.has_position ? 0 : io::posterior_no_position) |
                             (output.job.new_prior ? io::posterior_reweighted : 0) |
                             (output.observation.mock ? io::posterior_mock_data : 0);
  for (bool const unseen : unseen_masks(output.observation, output.model))
    data.flags.push_back(flags | (unseen ? io::posterior_unseen_mask : 0));
  data.values = posterior.sample(samples, static_cast<std::uint64_t>(infer.seed));
  data.weights.assign(static_cast<std::size_t>(maps * samples), 1.0);
  if (output.job.new_prior)
    data.weights =
        inference::reweight(data.values, posterior.prior(), *output.job.new_prior).weights;
  for (std::int64_t map = 0; map < maps; ++map)
    for (std::int64_t s = 0; s < samples; ++s) {
      auto const row = std::span(data.values)
                           .subspan(static_cast<std::size_t>((map * samples + s) * parameters),
                                    static_cast<std::size_t>(parameters));
      double const weight = data.weights[static_cast<std::size_t>(map * samples + s)];
      data.log_density.push_back(posterior.log_density(map, row) +
                                 (weight > 0 ? std::log(weight) : log_of_no_weight));
    }
  auto const derived = inference::derived_parameters(data.parameter_names, data.values,
                                                     model_cosmology(output.model.description));
  data.derived_names = derived.names;
  data.derived = derived.samples;
  data.mixture_weights = posterior.weights();
  data.mixture_means = posterior.means();
  data.mixture_scale_tril = posterior.scale_tril();
  return data;
}

std::string latex(std::string const& name) {
  static std::vector<std::pair<std::string, std::string>> const labels = {
      {"omega_c", "\\Omega_c"}, {"omega_b", "\\Omega_b"}, {"sigma_8", "\\sigma_8"}, {"h", "h"},
      {"n_s", "n_s"},           {"w_0", "w_0"},           {"w_a", "w_a"},           {"S_8", "S_8"},
      {"Omega_m", "\\Omega_m"}};
  for (auto const& [plain, label] : labels)
    if (plain == name) return label;
  return name;
}

/// The samples of map `map` as a GetDist chain; derived parameters come last.
io::Chain chain_of(io::PosteriorData const& data, statistics::Prior const& prior,
                   std::int64_t map) {
  io::Chain chain;
  auto const P = static_cast<std::size_t>(prior.size()), D = data.derived_names.size();
  for (std::int64_t p = 0; p < prior.size(); ++p) {
    auto const& parameter = prior.parameter(p);
    io::ChainParameter column{parameter.name, latex(parameter.name), false, {}, {}};
    if (std::isfinite(parameter.low)) column.low = parameter.low;
    if (std::isfinite(parameter.high)) column.high = parameter.high;
    chain.parameters.push_back(column);
  }
  for (auto const& name : data.derived_names)
    chain.parameters.push_back({name, latex(name), true, {}, {}});
  for (auto s = static_cast<std::size_t>(map * data.samples);
       s < static_cast<std::size_t>((map + 1) * data.samples); ++s) {
    chain.weights.push_back(data.weights[s]);
    chain.log_density.push_back(data.log_density[s]);
    for (std::size_t p = 0; p < P; ++p) chain.values.push_back(data.values[s * P + p]);
    for (std::size_t d = 0; d < D; ++d) chain.values.push_back(data.derived[s * D + d]);
  }
  return chain;
}

void write_observation(parallel::Communicator const& comm, PosteriorOutput const& output,
                       std::string const& folder) {
  auto const& maps = output.observation.maps;
  io::MapFileShape shape{maps.count,
                         maps.bins,
                         maps.pixels,
                         output.posterior.prior().names(),
                         maps.width.value_or(model_width(output.model.description)),
                         maps.masks,
                         maps.noises};
  io::MapFileWriter file(comm, folder + "/observation.h5", shape, output.provenance);
  bool const root = comm.is_root();
  // What made a real map is not known: NaN, and the reader of a report is told so by `origin`.
  std::vector<double> truths(static_cast<std::size_t>(maps.count * output.posterior.parameters()),
                             std::nan(""));
  if (output.observation.mock) truths = output.observation.truths;
  file.write(0, root ? std::span<double const>(truths) : std::span<double const>{},
             root ? std::span<float const>(maps.values) : std::span<float const>{});
  if (maps.masks > 0)
    file.write_mask(0, root ? std::span<float const>(maps.mask) : std::span<float const>{});
  if (maps.noises > 0)
    file.write_noise(0, root ? std::span<float const>(maps.noise) : std::span<float const>{});
  file.file().attribute("maps", "origin", output.observation.origin);
  file.file().attribute("maps", "mock", std::int64_t{output.observation.mock ? 1 : 0});
  file.commit();
}

void write_reference(parallel::Communicator const& comm, PosteriorOutput const& output,
                     std::string const& folder) {
  auto const& reference = *output.reference;
  auto const parameters = output.posterior.parameters();
  auto const rows = static_cast<std::int64_t>(reference.samples.size()) / parameters;
  io::OutputOptions options;
  options.expected_bytes = rows * parameters * 8;
  io::OutputFile file(comm, folder + "/reference.h5", "reference", output.provenance, options);
  file.put_from_root<double>("samples", {rows, parameters}, reference.samples,
                             {"1", "samples of the reference chain, columns as parameter_names"});
  file.attribute("samples", "parameter_names", output.posterior.prior().names());
  file.attribute("samples", "name", reference.name);
  file.attribute("samples", "origin", output.job.infer.reference_chain);
  file.commit();
}

/// The first map's samples against the reference chain. Collective over comm: one rank computes.
std::optional<io::StoredComparison> compared(parallel::Communicator const& comm,
                                             PosteriorOutput const& output,
                                             io::PosteriorData const& data) {
  if (!output.reference) return std::nullopt;
  std::array<double, 4> numbers{};
  std::int64_t rows = 0;
  comm.on_root([&] {
    auto const samples = static_cast<std::size_t>(data.samples);
    auto const weights =
        std::span(data.weights).first(output.job.new_prior ? samples : std::size_t{0});
    auto const result = inference::compare_with_chain(
        std::span(data.values).first(samples * data.parameter_names.size()),
        output.reference->samples, output.posterior.parameters(), 1, 10000, weights);
    numbers = {result.figure_of_merit, result.reference_figure_of_merit, result.distance,
               result.c2st};
    rows = result.c2st_rows;
  });
  comm.broadcast(std::span<double>(numbers));
  comm.broadcast(std::span(&rows, 1));
  return io::StoredComparison{
      output.reference->name, numbers[0], numbers[1], numbers[2], numbers[3], rows};
}

std::string parts_folder(std::string const& folder) { return folder + "/posterior.new"; }

/// The files of a posterior while they are written, in a folder beside those that they may replace:
/// whatever ends the program, what is found afterwards is the old posterior, the new one, or none.
class Parts {
 public:
  explicit Parts(std::string const& folder) : folder_(folder) {
    std::filesystem::remove_all(parts_folder(folder));  // of an inference that was killed
    make_output_folder(parts_folder(folder));
  }
  ~Parts() {
    std::error_code ignored;
    std::filesystem::remove_all(parts_folder(folder_), ignored);
  }
  Parts(Parts const&) = delete;
  Parts& operator=(Parts const&) = delete;

  /// posterior.h5 goes first and comes last, because its presence says that the rest is whole.
  void publish(io::Existing existing) const {
    std::filesystem::path const to(folder_);
    std::string const last = "posterior.h5";
    if (existing == io::Existing::replace)
      for (auto const& name : {last, std::string("reference.h5")})
        std::filesystem::remove(to / name);
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::directory_iterator(parts_folder(folder_)))
      if (entry.path().filename() != last) names.push_back(entry.path().filename().string());
    names.push_back(last);
    for (auto const& name : names)
      io::publish(parts_folder(folder_) + "/" + name, (to / name).string(), existing);
  }

 private:
  std::string folder_;
};

void print_summary(PosteriorOutput const& output, io::PosteriorData const& data) {
  auto const values =
      std::span(data.values)
          .first(static_cast<std::size_t>(data.samples) * data.parameter_names.size());
  auto const weights = std::span(data.weights).first(static_cast<std::size_t>(data.samples));
  for (auto const& summary : inference::summarise(data.parameter_names, values, weights))
    core::log_info(fmt::format("{:<8} {:.4f} +- {:.4f}", summary.name, summary.mean, summary.sd));
  if (data.comparison && !output.job.new_prior) {
    auto const& comparison = *data.comparison;
    core::log_info(fmt::format(
        "against {}: figure of merit {:.0f} / {:.0f} = {:.3f}, means apart {:.3f} of its standard "
        "deviations, C2ST {:.3f}",
        comparison.reference, comparison.figure_of_merit, comparison.reference_figure_of_merit,
        comparison.figure_of_merit / comparison.reference_figure_of_merit, comparison.distance,
        comparison.c2st));
  }
}

}  // namespace

void claim_posterior(InferJob const& job, CommandLine const& line) {
  for (auto const* name : {"posterior.h5", "posterior_1.txt", "observation.h5", "reference.h5"}) {
    auto const path = job.folder + "/" + name;
    if (!std::filesystem::exists(path)) continue;
    auto const& chain = job.infer.reference_chain;
    for (auto const& read : {job.infer.map, chain, chain + ".txt", chain + "_1.txt"})
      if (same_file(path, read))
        throw core::InputError(fmt::format(
            "{}: is read by this inference, which would replace it: name another --out", path));
    claim_output(path, line);
  }
}

void write_posterior_files(parallel::Communicator const& comm, PosteriorOutput const& output) {
  auto data = posterior_data(output);
  data.comparison = compared(comm, output, data);
  auto mine = data;
  if (!comm.is_root()) {
    // Rank 0 brings all maps: a rank without any keeps the counts of samples and components alone.
    mine = io::PosteriorData{};
    mine.parameter_names = data.parameter_names;
    mine.derived_names = data.derived_names;
    mine.samples = data.samples;
    mine.components = data.components;
    mine.comparison = data.comparison;
  }
  std::optional<Parts> parts;
  comm.on_root([&] { parts.emplace(output.job.folder); });
  auto const folder = parts_folder(output.job.folder);
  write_observation(comm, output, folder);
  if (output.reference) write_reference(comm, output, folder);
  comm.on_root([&] {
    for (std::int64_t map = 0; map < data.maps; ++map) {
      auto const root =
          data.maps == 1 ? folder + "/posterior" : fmt::format("{}/posterior_map{}", folder, map);
      io::write_chain(root, chain_of(data, output.posterior.prior(), map));
    }
  });
  io::write_posterior(comm, folder + "/posterior.h5", mine, output.provenance);
  comm.on_root([&] { parts->publish(existing(output.overwrite)); });
  if (comm.is_root()) print_summary(output, data);
}

}  // namespace shearwater::commands
