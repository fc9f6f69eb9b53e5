// SPDX-License-Identifier: BSD-3-Clause
// `shearwater doctor`: what this program was built from and what it finds here.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "commands.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::commands {

namespace {

/// The OpenMP libraries mapped into this process: two of them would fight for the cores.
std::set<std::string> openmp_runtimes() {
  std::set<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    auto const slash = line.find('/');
    if (slash == std::string::npos) continue;
    auto const path = std::filesystem::path(line.substr(slash));
    auto const name = path.filename().string();
    for (auto const* prefix : {"libgomp", "libomp.", "libiomp"})
      if (name.starts_with(prefix)) found.insert(path.string());
  }
  return found;
}

std::string cpu_features() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    std::istringstream words(line);
    std::set<std::string> const all{std::istream_iterator<std::string>(words), {}};
    std::string text;
    for (auto const* wanted : {"asimd", "sve", "avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"})
      if (all.contains(wanted)) text += std::string(text.empty() ? "" : " ") + wanted;
    return text.empty() ? "none of those asked for" : text;
  }
  return "unknown";
}

std::string free_space(std::string const& folder) {
  struct statvfs facts {};
  if (statvfs(folder.c_str(), &facts) != 0) return folder + ": cannot be asked";
  double const bytes = static_cast<double>(facts.f_bavail) * static_cast<double>(facts.f_frsize);
  return fmt::format("{}: {:.1f} GB free", folder, bytes / 1e9);
}

double total_memory_gb() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(sysconf(_SC_PAGE_SIZE)) / 1e9;
}

void print(std::string const& name, std::string const& value) {
  core::log_info(fmt::format("{:<22} {}", name, value));
}

}  // namespace

core::ExitCode doctor(parallel::Communicator const& comm) {
  auto const node = comm.node();
  auto const nodes = comm.sum(node.is_root() ? 1 : 0);
  auto const facts = core::make_provenance("doctor", "", comm.size());
  for (auto const& [name, value] : facts.origin)
    if (name != "input" && name != "input_hash" && name != "command" && name != "program")
      print(name, value);
  print("ranks", fmt::format("{} on {} node{}", comm.size(), nodes, nodes == 1 ? "" : "s"));
  print("threads per rank", fmt::format("{}", Kokkos::DefaultHostExecutionSpace().concurrency()));
  print("cores here", fmt::format("{}", sysconf(_SC_NPROCESSORS_ONLN)));
  print("CPU features", cpu_features());
  print("memory here", fmt::format("{:.1f} GB", total_memory_gb()));
  print("devices",
        Kokkos::num_devices() > 0
            ? fmt::format("{} ({})", Kokkos::num_devices(), Kokkos::DefaultExecutionSpace::name())
            : "no accelerator in this build; computing on the CPU");
  auto const runtimes = openmp_runtimes();
  print("OpenMP runtimes", fmt::format("{}", fmt::join(runtimes, ", ")));
  if (runtimes.size() > 1)
    core::log_warning(
        "more than one OpenMP runtime is loaded: threads will fight for the cores; link "
        "Kokkos and LibTorch against the same one");
  print("working folder", free_space(std::filesystem::current_path().string()));
  print("temporary folder", free_space(std::filesystem::temp_directory_path().string()));
  char const* data = std::getenv("SHEARWATER_DATA");
  print("SHEARWATER_DATA",
        data == nullptr ? "not set: runs that compare with public data will say so" : data);
  return core::ExitCode::done;
}

}  // namespace shearwater::commands
