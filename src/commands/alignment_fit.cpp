// SPDX-License-Identifier: BSD-3-Clause
#include "alignment_fit.hpp"

#include <fmt/format.h>

#include <cmath>

#include "shearwater/core/log.hpp"
#include "shearwater/io/table.hpp"
#include "shearwater/report/alignment_reference.hpp"

namespace shearwater::commands {

galaxies::AlignmentTarget read_fit_target(parallel::Communicator const& comm,
                                          FitConfig const& config) {
  galaxies::AlignmentTarget target;
  if (!config.target.empty()) {
    auto const known = report::alignment_reference(config.target);
    return {known.description, known.r, known.value, known.error};
  }
  comm.together([&] {
    if (config.file.empty())
      throw core::InputError("fit: name a published target or a file of one");
    auto const columns =
        io::read_columns({config.file, {config.r, config.value, config.error}, ""});
    target = {config.file, columns[0], columns[1], columns[2]};
    for (std::size_t i = 0; i < target.r.size(); ++i)
      if (!(target.r[i] > 0) || !(target.error[i] > 0))
        throw core::InputError(fmt::format("{}: row {}: r = {:g} and error = {:g} must be positive",
                                           config.file, i, target.r[i], target.error[i]));
  });
  return target;
}

galaxies::StrengthFit fit_alignment(parallel::Communicator const& comm, MeasureConfig const& config,
                                    FitConfig const& fit, galaxies::AlignmentTarget const& target,
                                    MeasuredGalaxies const& galaxies,
                                    core::RunControl const& control) {
  galaxies::PairConfig pairs;
  pairs.edges = config.bin_edges();
  pairs.box_side = galaxies.rows.box_side;
  pairs.pause = [&] { stop_if_asked(comm, control); };
  galaxies::PairSample samples[3];
  comm.together([&] {
    char const* const kinds[3] = {"all", "centrals", "satellites"};
    for (int k = 0; k < 3; ++k)
      samples[k] = galaxies::pair_sample(galaxies.rows, kinds[k], config, galaxies::Marks::axes,
                                         galaxies.stored_shapes, {});
  });
  pairs.pause();
  auto const all = galaxies::sum_pairs(comm, pairs, samples[0]);
  auto const part = [&](galaxies::PairSample const& shapes) {
    pairs.pause();
    auto const sums = galaxies::sum_pairs(comm, pairs, shapes, &samples[0]);
    return galaxies::correlation(galaxies::statistic("ed"), pairs, sums, {}, {}, &all);
  };
  auto const result = galaxies::fit_strengths(part(samples[1]), part(samples[2]), fit.made_central,
                                              fit.made_satellite, target);
  core::log_info(
      fmt::format("fit to {}: strength {:.3f} +- {:.3f} of centrals, {:.3f} +- {:.3f} of "
                  "satellites; chi-square {:.1f} of {} points",
                  target.name, result.central, result.central_error, result.satellite,
                  result.satellite_error, result.chi_square, result.r.size()));
  return result;
}

}  // namespace shearwater::commands
