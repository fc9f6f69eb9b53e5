// SPDX-License-Identifier: BSD-3-Clause
// Where a result comes from: program, build, libraries, resolved input, seeds and parents.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shearwater::core {

/// Facts in two groups. What decides the numbers (version, build, resolved input, inputs' hashes)
/// is part of "the same file"; what only describes the run (ranks, host, date, timings) is not.
struct Provenance {
  using Facts = std::vector<std::pair<std::string, std::string>>;
  Facts origin;  ///< stored in /Provenance
  Facts run;     ///< stored in /Provenance/Run, left out of the digest

  void add_origin(std::string name, std::string value);
  void add_run(std::string name, std::string value);
};

/// The facts that core knows: program and version, git revision, compiler, flags, CPU features,
/// versions of the libraries, command, resolved input (TOML), hash of the input; host, date, user
/// time zone, ranks, threads, device.
Provenance make_provenance(std::string const& command, std::string const& resolved_input,
                           int ranks);

/// XXH3-128 of the bytes as 32 hexadecimal digits.
std::string hash_text(std::string const& bytes);
/// XXH3-128 of a file's content. Throws IoError when it cannot be read.
std::string hash_file(std::string const& path);

/// "0.1.0 (abc1234)": version and git revision of the build.
std::string version_text();

}  // namespace shearwater::core
