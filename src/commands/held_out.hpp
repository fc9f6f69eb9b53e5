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

/// What is known of a judged box beside the trainings that made a model, those of train.start_from
/// included.
enum class HeldOut {
  by_all,      ///< of the trainings
  chose_stop,  ///< by all, but its loss may have said when one of them stopped (train.patience)
  other_file,  ///< not known: no training is known to have seen the file
  older_test   ///< not known: the file of the test does not say it
};

/// "held out", that with what weakens it, or "not known" with the reason.
std::string text_of(HeldOut held_out);

/// The fact of a test's file that is a text_of() its box.
inline constexpr char const* judged_box_fact = "judged_box";

/// Throws InputError where one of the trainings learned from the box.
HeldOut held_out_by(learn::Lineage const& lineage, JudgedBox const& judged);

/// Warns of what keeps a test from being one on galaxies or pictures that were never seen.
void log_held_out(JudgedBox const& judged, HeldOut held_out);

/// What the finished file of a test says of its box, as text_of() does. Throws as io::InputFile
/// does.
std::string stored_held_out(std::string const& path);

}  // namespace shearwater::commands
