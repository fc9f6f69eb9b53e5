// SPDX-License-Identifier: BSD-3-Clause
// Files written in parallel: collective to the last call, the same content on 1 to 4 ranks.
#include <filesystem>
#include <numeric>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/inspect.hpp"
#include "shearwater/io/map_file.hpp"
#include "shearwater/io/posterior_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr std::int64_t kCount = 7, kBins = 2, kPixels = 12;

core::Provenance facts(parallel::Communicator const& comm) {
  auto facts = core::make_provenance("maps", "[maps]\npixels = 12\n", comm.size());
  // What differs between runs belongs to /Provenance/Run; ranks may even disagree about it.
  facts.add_run("test_rank", std::to_string(comm.rank()));
  return facts;
}

/// Value of every element from its global index alone.
template <class T>
std::vector<T> ramp(std::int64_t first, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    values[static_cast<std::size_t>(i)] = static_cast<T>(0.25 * static_cast<double>(first + i));
  return values;
}

/// The first `count` pixels of a mask that hides every third.
std::vector<float> third_hidden(std::int64_t count) {
  std::vector<float> mask;
  for (std::int64_t i = 0; i < count; ++i) mask.push_back(i % 3 == 0 ? 0.0F : 1.0F);
  return mask;
}

void write_maps(parallel::Communicator const& comm, std::string const& path,
                io::Existing existing = io::Existing::refuse) {
  io::MapFileShape const shape{kCount, kBins, kPixels, {"omega_c", "sigma_8"}, 0.087, 1, kCount};
  io::MapFileWriter writer(comm, path, shape, facts(comm), existing);
  auto const share = parallel::share_of(kCount, comm.rank(), comm.size());
  auto const row = kBins * kPixels * kPixels;
  writer.write(share.first, ramp<double>(2 * share.first, 2 * share.count),
               ramp<float>(row * share.first, row * share.count));
  // Rank 0 alone holds the shared mask; the last rank alone writes the noise.
  bool const last = comm.rank() == comm.size() - 1;
  writer.write_mask(0, third_hidden(comm.is_root() ? kPixels * kPixels : 0));
  writer.write_noise(0, ramp<float>(0, last ? row * kCount : 0));
  CHECK(writer.file().no_collective_cause() == "none");
  writer.commit();
}

}  // namespace

TEST_CASE("maps written by any number of ranks have one digest, also by ranks without rows") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  REQUIRE(parallel::call_limit() == 1024);  // so that every loop over pieces loops
  write_maps(comm, scratch.file("maps.h5"));
  // The digest of one rank's file, computed on 1 rank; on more ranks a file of rank 0 alone is the
  // reference.
  parallel::Communicator const self(MPI_COMM_SELF);
  if (comm.is_root()) write_maps(self, scratch.file("reference.h5"));
  comm.barrier();
  CHECK(io::digest(scratch.file("maps.h5")) == io::digest(scratch.file("reference.h5")));
  CHECK(test::files_in(scratch) == std::vector<std::string>{"maps.h5", "reference.h5"});

  io::MapFileReader const reader(scratch.file("maps.h5"));
  CHECK(reader.shape().count == kCount);
  CHECK(reader.shape().parameter_names == std::vector<std::string>{"omega_c", "sigma_8"});
  CHECK(reader.shape().width == 0.087);
  auto const row = kBins * kPixels * kPixels;
  CHECK(reader.maps(2, 3) == ramp<float>(2 * row, 3 * row));
  CHECK(reader.parameters(0, kCount) == ramp<double>(0, 2 * kCount));
  CHECK(reader.mask(5, 1) == third_hidden(kPixels * kPixels));
  CHECK(reader.noise(6, 1) == ramp<float>(6 * row, row));
}

TEST_CASE(
    "every dataset has unit, description and checksum, and the file says where it comes from") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  write_maps(comm, scratch.file("maps.h5"));
  io::InputFile const file(scratch.file("maps.h5"));
  for (auto const* name : {"/maps", "/parameters", "/mask", "/noise"}) {
    auto const info = file.info(name);
    CHECK(info.checksum);
    CHECK(info.meaning.unit == "1");
    CHECK(info.meaning.description.size() > 10);
    CHECK(info.chunk == io::chunk_shape(info.shape, io::element_size(info.type)));
    CHECK(file.has_attribute(name, "power_of_a"));
    CHECK(file.has_attribute(name, "power_of_h"));
  }
  auto const provenance = file.provenance();
  CHECK(provenance.origin.size() + provenance.run.size() >= 20);
  CHECK(file.text("/Provenance/Run", "test_rank") == "0");
  auto const text = io::inspect(scratch.file("maps.h5"));
  CHECK_THAT(text, ContainsSubstring("maps  float32 (7, 2, 12, 12)  [1] fletcher32  convergence"));
  CHECK_THAT(text, ContainsSubstring("git_revision = "));
  CHECK_THAT(text, ContainsSubstring("ranks = " + std::to_string(comm.size())));
  CHECK(io::stored_input(scratch.file("maps.h5")) == "[maps]\npixels = 12\n");
}

TEST_CASE("an existing file is refused on every rank and replaced only when asked for") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  auto const path = scratch.file("maps.h5");
  comm.on_root([&] { io::write_file(path, "old content"); });
  CHECK_THROWS_WITH(write_maps(comm, path),
                    ContainsSubstring("exists already") && ContainsSubstring("--overwrite"));
  CHECK(io::read_text(path) == "old content");
  comm.barrier();
  write_maps(comm, path, io::Existing::replace);
  CHECK(io::MapFileReader(path).shape().count == kCount);
}

TEST_CASE("a file left without commit leaves the old one and no temporary one") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  auto const path = scratch.file("maps.h5");
  comm.on_root([&] { io::write_file(path, "old content"); });
  {
    io::OutputFile file(comm, path, "maps", facts(comm), {io::Existing::replace});
    file.create("/x", io::ElementType::float64, {3}, {"Mpc/h", "an example", 1, -1});
  }
  comm.barrier();
  CHECK(io::read_text(path) == "old content");
  CHECK(test::files_in(scratch) == std::vector<std::string>{"maps.h5"});
}

TEST_CASE("two runs that write one output do not mix") {
  auto const& comm = test::world();
  if (comm.size() != 2) return;
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.h5");
  // Each rank a run of its own; both are open at once, and the second takes the first one's place.
  parallel::Communicator const self(MPI_COMM_SELF);
  std::vector<double> const mine(1000, comm.rank());
  io::OutputFile file(self, path, "test", facts(self), {io::Existing::replace});
  comm.barrier();
  file.put<double>("/x", {1000}, 0, mine, {"1", "numbers"});
  comm.barrier();
  for (int rank = 0; rank < 2; ++rank) {
    if (comm.rank() == rank) file.commit();
    comm.barrier();
    if (comm.rank() == rank) CHECK(io::InputFile(path).values<double>("/x") == mine);
    comm.barrier();
  }
  CHECK(test::files_in(scratch) == std::vector<std::string>{"a.h5"});
}

TEST_CASE("too little space is refused on every rank before anything is written") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  auto const path = scratch.file("maps.h5");
  io::MapFileShape const shape{std::int64_t{1} << 30, 5, 512, {"omega_c"}, 0.1, 0, 0};
  CHECK_THROWS_WITH(io::MapFileWriter(comm, path, shape, facts(comm)),
                    ContainsSubstring("MB are free"));
  CHECK(test::files_in(scratch).empty());
}

TEST_CASE("empty datasets and rows that do not fit") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  {
    io::OutputFile file(comm, scratch.file("a.h5"), "catalogue", facts(comm));
    file.put<double>("/none", {0, 3}, 0, {}, {"deg", "no rows at all"});
    file.create("/some", io::ElementType::int64, {4}, {"1", "counts"});
    std::vector<std::int64_t> const two = {1, 2};
    // One rank's mistake is thrown on all of them.
    std::int64_t const first = comm.rank() == comm.size() - 1 ? 3 : 0;
    CHECK_THROWS_WITH(file.write_rows<std::int64_t>("/some", first, two),
                      ContainsSubstring("do not fit"));
    file.put_from_root<std::int64_t>("/two", {2}, two, {"1", "two counts"});
    file.commit();
  }
  io::InputFile const file(scratch.file("a.h5"));
  CHECK(file.info("/none").shape == io::Shape{0, 3});
  CHECK(file.read("/none").bytes.empty());
  CHECK(file.values<std::int64_t>("/two") == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("posteriors of maps spread over ranks come back whole") {
  auto const& comm = test::world();
  test::ScratchFolder const scratch;
  io::PosteriorData mine;
  mine.parameter_names = {"omega_c", "sigma_8"};
  mine.derived_names = {"S_8"};
  mine.samples = 50;
  mine.components = 3;
  // Three maps in all: with four ranks, one has none.
  auto const share = parallel::share_of(3, comm.rank(), comm.size());
  mine.maps = share.count;
  auto const part = [&](std::int64_t row) {
    return ramp<double>(row * share.first, row * share.count);
  };
  mine.ra = part(1), mine.dec = part(1), mine.values = part(100), mine.weights = part(50);
  mine.log_density = part(50), mine.derived = part(50), mine.mixture_weights = part(3);
  mine.mixture_means = part(6), mine.mixture_scale_tril = part(12);
  mine.flags.assign(static_cast<std::size_t>(share.count), io::posterior_mock_data);
  io::write_posterior(comm, scratch.file("plain.h5"), mine, facts(comm));
  CHECK(!io::read_posterior(scratch.file("plain.h5")).comparison);
  mine.comparison = {"a chain", 3.0, 4.0, 0.5, 0.51, 1000};
  io::write_posterior(comm, scratch.file("p.h5"), mine, facts(comm));
  auto const all = io::read_posterior(scratch.file("p.h5"));
  REQUIRE(all.comparison);
  CHECK(all.comparison->reference == "a chain");
  CHECK(all.comparison->reference_figure_of_merit == 4.0);
  CHECK(all.comparison->c2st_rows == 1000);
  CHECK(all.maps == 3);
  CHECK(all.parameter_names == mine.parameter_names);
  CHECK(all.derived_names == mine.derived_names);
  CHECK(all.values == ramp<double>(0, 300));
  CHECK(all.mixture_scale_tril == ramp<double>(0, 36));
  CHECK(all.flags == std::vector<std::int32_t>(3, io::posterior_mock_data));
}
