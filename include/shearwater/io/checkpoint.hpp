// SPDX-License-Identifier: BSD-3-Clause
// Checkpoint folders: FOLDER/step_000000001200/ holds any files and manifest.json with the size and
// XXH3-128 of each. It is written as step_….HOST.PID.tmp, synced, renamed, so that a kill at any
// instant leaves the older ones valid and two runs never write into one; reading takes the newest
// one whose manifest verifies. Nothing here is collective: one rank writes and reads, and the
// caller broadcasts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shearwater::io {

class CheckpointWriter {
 public:
  /// Starts `folder`/step_<step>.HOST.PID.tmp, empty. Makes `folder` when it is missing, and
  /// removes what processes of this host that were killed left unfinished in it.
  CheckpointWriter(std::string folder, std::int64_t step);
  /// Removes what was not committed.
  ~CheckpointWriter();
  CheckpointWriter(CheckpointWriter const&) = delete;
  CheckpointWriter& operator=(CheckpointWriter const&) = delete;

  /// Where to write the file `name` (a plain name without folders).
  std::string file(std::string const& name) const;
  /// Writes the file `name` with this content.
  void write(std::string const& name, std::string_view content) const;

  /// Hashes all files, writes the manifest, syncs, renames, then removes all but the newest `keep`
  /// checkpoints. Throws IoError when a step fails; older checkpoints are then untouched.
  void commit(int keep = 2);

 private:
  std::string folder_, final_, temporary_;
  std::int64_t step_;
  bool done_ = false;
};

struct Checkpoint {
  std::string path;  ///< its folder
  std::int64_t step = 0;
  std::string file(std::string const& name) const { return path + "/" + name; }
};

struct CheckpointSearch {
  std::optional<Checkpoint> newest;   ///< nothing when none is valid
  std::vector<std::string> rejected;  ///< "PATH: why", newest first, for the log
};

/// The newest checkpoint in `folder` whose manifest verifies (every size and hash is computed
/// again). A missing or empty folder gives nothing.
CheckpointSearch newest_valid(std::string const& folder);

/// Those of `folder`, newest first, whether they are whole or not.
std::vector<Checkpoint> checkpoints_in(std::string const& folder);

/// Removes them, and what killed processes of this host left unfinished; and the folder, unless
/// something else is in it.
void remove_checkpoints(std::string const& folder);

/// "" when the manifest of this checkpoint folder verifies, else what is wrong with it.
std::string verify_checkpoint(std::string const& path);

}  // namespace shearwater::io
