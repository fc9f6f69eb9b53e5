// SPDX-License-Identifier: BSD-3-Clause
// Writes 32 MB to FILE after having filled the disk up to KEEP bytes (-1: not at all; -2: fills it
// and then waits as MPI-IO does on a full disk, under the watchdog; -3: with a limit on the size of
// files; -4: not at all, and the last rank comes to each call later than the watchdog waits; -5:
// not at all, after a call that outlasts its patience and returns before the root has spoken).
//   write_to_full_disk FILE KEEP
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include "shearwater/core/error.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "watchdog.hpp"

using namespace shearwater;

namespace {

void fill_disk(std::string const& path, std::int64_t keep) {
  std::ofstream ballast(path, std::ios::binary);
  std::vector<char> const block(4096, 'x');
  while (io::free_bytes(path) > keep && ballast.write(block.data(), 4096).flush()) {
  }
}

void wait_for_ever(parallel::Communicator const& comm, std::string const& path) {
  comm.on_root([&] { fill_disk(path + ".ballast", 0); });
  io::Watchdog watchdog(path, path + ".tmp", comm.is_root(), 2, 900);
  io::Watchdog::Guard const guard(watchdog, "writing the dataset /values");
  sleep(100);
}

/// On a rank that leaves the message to the root.
void return_in_time(std::string const& path) {
  io::Watchdog watchdog(path, path + ".tmp", false, 0.2, 0.2);
  io::Watchdog::Guard const guard(watchdog, "writing the dataset /values");
  sleep(2);
}

void write_late(parallel::Communicator const& comm, std::string const& path) {
  auto const come_late = [&] {
    if (comm.rank() == comm.size() - 1) usleep(1'700'000);
  };
  core::Provenance facts;
  facts.add_origin("program", "test");
  io::OutputFile file(comm, path, "test", facts, {io::Existing::replace, 0, 1, 1});
  come_late();
  file.create_group("/group");
  come_late();
  file.attribute("/group", "name", "value");
  come_late();
  file.create("/group/values", io::ElementType::float64, {1}, {"1", "a number"});
  std::vector<double> const value(comm.is_root() ? 1 : 0, 1.5);
  file.write_rows<double>("/group/values", 0, value);
  come_late();
  file.commit();
}

void write(parallel::Communicator const& comm, std::string const& path, std::int64_t keep) {
  core::Provenance facts;
  facts.add_origin("program", "test");
  io::OutputFile file(comm, path, "test", facts, {io::Existing::replace});
  constexpr std::int64_t rows = 4096, columns = 1024;
  file.create("/values", io::ElementType::float64, {rows, columns}, {"1", "numbers"});
  if (keep >= 0) comm.on_root([&] { fill_disk(path + ".ballast", keep); });
  auto const share = parallel::share_of(rows, comm.rank(), comm.size());
  std::vector<double> const values(static_cast<std::size_t>(share.count * columns), 1.5);
  file.write_rows<double>("/values", share.first, values);
  file.commit();
}

}  // namespace

int main(int argc, char** argv) {
  parallel::Environment const environment(argc, argv);
  parallel::Communicator const comm(MPI_COMM_WORLD);
  try {
    if (std::atoll(argv[2]) == -2) wait_for_ever(comm, argv[1]);
    if (std::atoll(argv[2]) == -4) {
      write_late(comm, argv[1]);
      return 0;
    }
    if (std::atoll(argv[2]) == -5) return_in_time(argv[1]);
    // Only now: MPI's own shared memory is larger.
    rlimit const limit{4 << 20, 4 << 20};
    if (std::atoll(argv[2]) == -3) setrlimit(RLIMIT_FSIZE, &limit);
    write(comm, argv[1], std::atoll(argv[2]));
  } catch (core::Error const& error) {
    if (comm.is_root()) std::cerr << "shearwater: error: " << error.what() << std::endl;
    return static_cast<int>(error.code());
  }
  return 0;
}
