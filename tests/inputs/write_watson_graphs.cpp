// SPDX-License-Identifier: BSD-3-Clause
// write_watson_graphs FILE GRAPHS FRAMES: a file of the graphs of watson_graphs.hpp.
#include <Kokkos_Core.hpp>
#include <cstdio>
#include <cstdlib>

#include "shearwater/core/provenance.hpp"
#include "shearwater/graph/graph_file.hpp"
#include "watson_graphs.hpp"

int main(int argc, char** argv) {
  using namespace shearwater;
  if (argc != 4) {
    std::fputs("usage: write_watson_graphs FILE GRAPHS FRAMES\n", stderr);
    return 64;
  }
  parallel::Environment const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  parallel::Communicator const world(MPI_COMM_WORLD);
  test::WatsonGraphs kind;
  kind.frames = std::atoi(argv[3]) != 0;
  auto const share = parallel::share_of(std::atoll(argv[2]), world.rank(), world.size());
  auto graphs = kind.make(share.first, share.count);
  // Places of no meaning, which the test of a generator asks for.
  graphs.box_sides.assign(8, 100.0);
  for (std::int64_t g = share.first; g < share.first + share.count; ++g) {
    core::Stream random(kind.seed, core::Purpose::observation, static_cast<std::uint64_t>(g));
    for (int d = 0; d < 3; ++d) graphs.centre.push_back(100 * random.uniform());
  }
  graph::write_graphs(world, argv[1], graphs, core::make_provenance("write_watson_graphs", "", {}));
  return 0;
}
