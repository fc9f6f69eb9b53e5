// SPDX-License-Identifier: BSD-3-Clause
// What is known of judged graphs beside the trainings that made a model.
#pragma once

#include <cstdint>
#include <string>

#include "shearwater/learn/lineage.hpp"

namespace shearwater::commands {

/// A box of graphs that a generator is judged by, and what one of the models of the test knows of
/// it.
struct JudgedBox {
  std::string model;  ///< folder of the generator, or of the classifier that judges it
  std::string file;   ///< of the graphs
  std::int64_t box = 0;
  std::string digest;  ///< of the file
};

/// The fact of a test's file that held_out_by() gives.
inline constexpr char const* judged_box_fact = "judged_box";

/// What is known of the box beside the trainings that made the model, those of train.start_from
/// included: "held out", that with what weakens it, or "not known" with the reason. Throws
/// InputError where one of them learned from it.
std::string held_out_by(learn::Lineage const& lineage, JudgedBox const& judged);

/// Whether the text of held_out_by() is of a file that no training is known to have seen.
bool is_unknown(std::string const& held_out);

/// Warns of what keeps a test from being one on galaxies or pictures that were never seen.
void log_held_out(JudgedBox const& judged, std::string const& held_out);

/// What the finished file of a test says of its box: the text of held_out_by(). Throws as
/// io::InputFile does.
std::string stored_held_out(std::string const& path);

}  // namespace shearwater::commands
