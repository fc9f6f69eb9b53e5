// SPDX-License-Identifier: BSD-3-Clause
#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

#include "catch.hpp"
#include "support.hpp"

namespace shearwater::test {

namespace {

std::unique_ptr<parallel::Communicator> world_holder;
constexpr int skip_code = 77;

}  // namespace

parallel::Communicator const& world() { return *world_holder; }

void skip_program(std::string const& why) {
  if (world().is_root()) std::cout << "SKIPPED: " << why << std::endl;
  world_holder->barrier();
  world_holder.reset();
  Kokkos::finalize();
  MPI_Finalize();
  std::_Exit(skip_code);
}

std::optional<std::filesystem::path> data_folder() {
  char const* folder = std::getenv("SHEARWATER_DATA");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::filesystem::absolute(folder);
}

std::filesystem::path require_data(std::string const& relative) {
  auto const folder = data_folder();
  if (!folder) skip_program("SHEARWATER_DATA is not set, so " + relative + " cannot be found");
  auto const path = *folder / relative;
  if (!std::filesystem::exists(path)) skip_program(path.string() + " does not exist");
  return path;
}

ScratchFolder::ScratchFolder() {
  std::string name;
  if (world().is_root()) {
    auto pattern = (std::filesystem::temp_directory_path() / "shearwater-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("mkdtemp failed for " + pattern);
    name = pattern;
  }
  path_ = world().broadcast(name);
}

ScratchFolder::~ScratchFolder() {
  MPI_Barrier(world().raw());
  std::error_code ignored;
  if (world().is_root()) std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> files_in(ScratchFolder const& folder) {
  std::vector<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace shearwater::test

int main(int argc, char** argv) {
  using namespace shearwater;
  parallel::Environment environment(argc, argv);
  Kokkos::initialize(Kokkos::InitializationSettings().set_disable_warnings(true));
  test::world_holder = std::make_unique<parallel::Communicator>(MPI_COMM_WORLD);
  int failures = 0;
  {
    auto const& world = test::world();
    char const* wanted = std::getenv("SHEARWATER_TEST_RANKS");
    if (wanted != nullptr && std::atoi(wanted) != world.size()) {
      std::cerr << "this test was asked for on " << wanted << " ranks but runs on " << world.size()
                << "\n";
      failures = 1;
    } else {
      // The other ranks' assertions go to files of their own, so that lines do not mix.
      std::unique_ptr<std::ofstream> other;
      if (!world.is_root()) {
        other = std::make_unique<std::ofstream>(std::string(argv[0]) + ".rank" +
                                                std::to_string(world.rank()));
        std::cout.rdbuf(other->rdbuf());
      }
      failures = Catch::Session().run(argc, argv);
      failures = static_cast<int>(world.max(std::int64_t{failures}));
      if (!world.is_root()) std::cout.rdbuf(nullptr);
    }
  }
  test::world_holder.reset();
  Kokkos::finalize();
  return failures == 0 ? 0 : 1;
}
