// SPDX-License-Identifier: BSD-3-Clause
#include "held_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "shearwater/core/error.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

std::string held_out_by(learn::Lineage const& lineage, JudgedBox const& judged) {
  auto const holds = [](std::vector<std::string> const& names, std::string const& name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (!holds(lineage.seen_data, judged.digest)) return "not known: another file";
  if (!holds(lineage.unseen_boxes, fmt::format("{}/{}", judged.digest, judged.box)))
    throw core::InputError(fmt::format(
        "graphs.box = {}: {} was trained on it, or the model that it started from; take a box of "
        "another file, or name it in graphs.held_out_boxes of all trainings",
        judged.box, judged.model));
  return lineage.chosen_by_held_out ? "held out, but it chose when to stop" : "held out";
}

bool is_unknown(std::string const& held_out) { return held_out.starts_with("not known"); }

void log_held_out(JudgedBox const& judged, std::string const& held_out) {
  if (is_unknown(held_out))
    core::log_warning(fmt::format(
        "{}: not a file that {} was trained on; whether the training knew its graphs cannot be "
        "told from the files",
        judged.file, judged.model));
  if (held_out.ends_with("stop"))
    core::log_warning(fmt::format(
        "graphs.box = {}: held-out graphs said when the training of {} should stop "
        "(train.patience), which flatters it where they are of this box; judge it on another, or "
        "train without",
        judged.box, judged.model));
}

std::string stored_held_out(std::string const& path) {
  for (auto const& [name, value] : io::InputFile(path).provenance().origin)
    if (name == judged_box_fact) return value;
  return "not known: an older test";
}

}  // namespace shearwater::commands
