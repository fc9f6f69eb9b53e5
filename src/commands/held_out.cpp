// SPDX-License-Identifier: BSD-3-Clause
#include "held_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

std::string text_of(HeldOut held_out) {
  switch (held_out) {
    case HeldOut::by_all:
      return "held out";
    case HeldOut::chose_stop:
      return "held out, but it chose when to stop";
    case HeldOut::other_file:
      return "not known: another file";
    case HeldOut::older_test:
      break;
  }
  return "not known: an older test";
}

HeldOut held_out_by(learn::Lineage const& lineage, JudgedBox const& judged) {
  auto const holds = [](std::vector<std::string> const& names, std::string const& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!holds(lineage.seen_data, judged.digest)) return HeldOut::other_file;
  if (!holds(lineage.unseen_boxes, fmt::format("{}/{}", judged.digest, judged.box)))
    throw core::InputError(fmt::format(
        "graphs.box = {}: {} was trained on it, or the model that it started from; take a box of "
        "another file, or name it in graphs.held_out_boxes of all trainings",
        judged.box, judged.model));
  return lineage.chosen_by_held_out ? HeldOut::chose_stop : HeldOut::by_all;
}

void log_held_out(JudgedBox const& judged, HeldOut held_out) {
  if (held_out == HeldOut::other_file)
    core::log_warning(fmt::format(
        "{}: not a file that {} was trained on; whether the training knew its graphs cannot be "
        "told from the files",
        judged.file, judged.model));
  if (held_out == HeldOut::chose_stop)
    core::log_warning(fmt::format(
        "graphs.box = {}: held-out graphs said when the training of {} should stop "
        "(train.patience), which flatters it where they are of this box; judge it on another, or "
        "train without",
        judged.box, judged.model));
}

std::string stored_held_out(std::string const& path) {
  for (auto const& [name, value] : io::InputFile(path).provenance().origin)
    if (name == judged_box_fact) return value;
  return text_of(HeldOut::older_test);
}

}  // namespace shearwater::commands
