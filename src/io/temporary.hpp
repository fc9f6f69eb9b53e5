// SPDX-License-Identifier: BSD-3-Clause
// Names of unfinished files and folders.
#pragma once

#include <string>

namespace shearwater::io {

/// PATH.HOST.PID.tmp: this process's own, so that two runs that write the same output never write
/// into one file; the last that is finished takes the name, whole.
std::string temporary_name(std::string const& path);

/// The same, after those of `path` are removed that processes of this host left behind when they
/// were killed. What processes of other hosts left cannot be told from what they still write.
std::string claim_temporary(std::string const& path);

/// Removes the file that temporary_name() named, and locks that lie beside it.
void remove_temporary(std::string const& temporary);

}  // namespace shearwater::io
