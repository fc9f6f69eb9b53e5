// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/core/provenance.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <Kokkos_Core.hpp>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "build_info.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::core {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string utc_now() {
  std::time_t const now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string environment_variable(char const* name) {
  char const* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string hexadecimal(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

void Provenance::add_origin(std::string name, std::string value) {
  origin.emplace_back(std::move(name), std::move(value));
}
void Provenance::add_run(std::string name, std::string value) {
  run.emplace_back(std::move(name), std::move(value));
}

Provenance make_provenance(std::string const& command, std::string const& resolved_input,
                           int ranks) {
  Provenance result;
  result.origin = {{"program", "shearwater"},
                   {"version", build::version},
                   {"git_revision", build::git_revision},
                   {"command", command},
                   {"input", resolved_input},
                   {"input_hash", hash_text(resolved_input)},
                   {"compiler", build::compiler},
                   {"compiler_flags", build::flags},
                   {"build_type", build::type},
                   {"cpu_target", build::cpu_target},
                   {"kokkos_version", build::kokkos_version},
                   {"kokkos_space", Kokkos::DefaultExecutionSpace::name()},
                   {"hdf5_version", build::hdf5_version},
                   {"fftw_version", build::fftw_version},
                   {"torch_version", build::torch_version},
                   {"mpi_version", build::mpi_version},
                   {"random_numbers", "Philox4x32-10 (seed, purpose, index, draw)"}};
  result.run = {
      {"date", utc_now()},
      {"host", host_name()},
      {"ranks", fmt::format("{}", ranks)},
      {"threads_per_rank", fmt::format("{}", Kokkos::DefaultHostExecutionSpace().concurrency())},
      {"slurm_job", environment_variable("SLURM_JOB_ID")}};
  return result;
}

std::string hash_text(std::string const& bytes) {
  return hexadecimal(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string hash_file(std::string const& path) {
  // A pipe would wait for a writer, and be empty for whoever reads after this.
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown) && !std::filesystem::is_regular_file(path, unknown))
    throw IoError(fmt::format("{}: is a folder, a pipe or a device, not a file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError(fmt::format("{}: cannot be read ({})", path, std::strerror(errno)));
  XXH3_state_t* state = XXH3_createState();
  XXH3_128bits_reset(state);
  std::vector<char> buffer(std::size_t{1} << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0)
    XXH3_128bits_update(state, buffer.data(), static_cast<std::size_t>(file.gcount()));
  auto const hash = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  if (file.bad()) throw IoError(fmt::format("{}: reading failed", path));
  return hexadecimal(hash);
}

std::string version_text() { return fmt::format("{} ({})", build::version, build::git_revision); }

}  // namespace shearwater::core
