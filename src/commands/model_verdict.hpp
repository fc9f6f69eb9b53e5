// SPDX-License-Identifier: BSD-3-Clause
// What tests said of a generator, kept beside it: the last part of its card.
#pragma once

#include <string>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::commands {

/// A table [[test]] of MODEL/verdict.toml.
struct ModelVerdict {
  std::string test;          ///< "orientations" or "digits"
  std::string judged_on;     ///< digest of the graphs, the box, and how the test was made
  std::string held_out;      ///< what is known of these beside the training
  std::string weights_hash;  ///< of the weights that were judged
  bool passed = false;
  std::vector<std::string> figures;  ///< name = value, and what was asked for

  void describe(core::Fields& field);
};

/// Adds a verdict to the file, in place of one of the same test, data and settings and of all of
/// other weights. Of two tests of one model that end at the same moment the file keeps one. A
/// folder that cannot be written, such as a shared model's, gets a warning: the test's own file
/// says the same.
void keep_verdict(std::string const& model, ModelVerdict const& verdict);

/// The verdicts on these weights, in the order of the file; none where there is no file. Throws
/// InputError where it is not one.
std::vector<ModelVerdict> read_verdicts(std::string const& model, std::string const& weights_hash);

/// One line for a log: which tests were passed, that none was made, or why that is not known.
std::string verdict_text(std::string const& model, std::string const& weights_hash);

}  // namespace shearwater::commands
