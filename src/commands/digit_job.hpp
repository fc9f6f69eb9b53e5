// SPDX-License-Identifier: BSD-3-Clause
// `calibrate` of a generator of digits: pictures that a classifier looks at.
#pragma once

#include <string>

#include "commands.hpp"
#include "models.hpp"
#include "shearwater/inference/digit_test.hpp"

namespace shearwater::commands {

/// Table [graphs] of a test of digits.
struct DigitGraphs {
  std::string file = "digits.hdf5";
  std::int64_t box = 1;
  void describe(core::Fields& field);
};

/// Table [classifier] of a test of digits.
struct JudgeConfig {
  std::string path = "classifier";
  void describe(core::Fields& field);
};

struct DigitJob {
  inference::DigitTestConfig test;
  ModelConfig model;
  DigitGraphs graphs;
  JudgeConfig judge;
  std::string graphs_file, file;
};

/// Reads every table of the input and refuses what is left.
DigitJob read_digit_job(core::Config& config, CommandLine const& line);

/// Collective over comm: writes the file of the test.
core::ExitCode calibrate_digits(parallel::Communicator const& comm, CommandLine const& line,
                                core::Config config);

}  // namespace shearwater::commands
