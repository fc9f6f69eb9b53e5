// SPDX-License-Identifier: BSD-3-Clause
// `shearwater report FOLDER`: report.html and metrics.csv from the files that other commands left
// there.
#include "shearwater/report/report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "commands.hpp"
#include "report_content.hpp"
#include "shearwater/core/log.hpp"

namespace shearwater::commands {

core::ExitCode report(parallel::Communicator const& comm, CommandLine const& line) {
  comm.on_root([&] {
    for (auto const& [name, mark] :
         {std::pair{"report.html", report::page_mark}, {"metrics.csv", report::csv_mark}}) {
      auto const path = line.target + "/" + name;
      if (exists_unmarked(path, mark))
        throw core::InputError(fmt::format(
            "{}: was not written by `report`, which would replace it: move or rename it", path));
    }
    auto const content = read_report_content(line.target);
    report::write_report(line.target, content);
    core::log_info(fmt::format(
        "report: {}",
        (std::filesystem::absolute(line.target) / "report.html").lexically_normal().string()));
  });
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
