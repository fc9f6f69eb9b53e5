// SPDX-License-Identifier: BSD-3-Clause
// Damaged HDF5 files: no changed bit is read as a value, and every file says what is wrong.
#include <fstream>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/map_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

void write_small(std::string const& path, std::int64_t bins = 1, int ranks = 1,
                 double first = 0.1) {
  io::MapFileShape const shape{3, bins, 16, {"omega_c"}, 0.1, 0, 0};
  auto const provenance = core::make_provenance("test", "a = 1\n", ranks);
  io::MapFileWriter writer(test::world(), path, shape, provenance);
  writer.write(0, std::vector<double>{first, 0.2, 0.3},
               std::vector<float>(static_cast<std::size_t>(3 * bins * 256), 0.5F));
  writer.commit();
}

/// Without a sync, which would be most of this test's time.
void overwrite(std::string const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

/// The digest and the run's facts, or the error's text.
std::string outcome(std::string const& path) {
  try {
    auto text = io::digest(path);
    for (auto const& [name, value] : io::InputFile(path).provenance().run)
      text += "|" + name + "=" + value;
    return text;
  } catch (core::Error const& error) {
    return std::string("error ") + error.what();
  }
}

}  // namespace

TEST_CASE("a file made once more has the same content hash") {
  test::ScratchFolder const scratch;
  auto const one = scratch.file("one.h5"), again = scratch.file("again.h5"),
             other = scratch.file("other.h5"), foreign = scratch.file("foreign.txt");
  write_small(one);
  write_small(again, 1, 2);  // ranks are facts of the run alone
  write_small(other, 1, 1, 0.15);
  REQUIRE(io::read_text(one) != io::read_text(again));
  CHECK(io::content_hash(one) == io::content_hash(again));
  CHECK(io::content_hash(one) != io::content_hash(other));
  overwrite(foreign, "1 2 3\n");
  CHECK(io::content_hash(foreign) == core::hash_file(foreign));
  CHECK_THROWS_AS(io::content_hash(scratch.file("missing.h5")), core::IoError);
}

TEST_CASE("no flipped bit in a file is read silently") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.h5"), damaged = scratch.file("damaged.h5");
  write_small(path);
  auto const good = outcome(path);
  auto const bytes = io::read_text(path);
  // 1,500 bits spread evenly over the file. Bits in unused space change nothing; all others must be
  // refused.
  int errors = 0, silent = 0;
  constexpr int tries = 1500;
  for (int i = 0; i < tries; ++i) {
    auto changed = bytes;
    auto const at = bytes.size() * static_cast<std::size_t>(i) / tries;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (i % 8)));
    overwrite(damaged, changed);
    auto const result = outcome(damaged);
    errors += result.starts_with("error");
    if (!result.starts_with("error") && result != good) {
      ++silent;
      UNSCOPED_INFO("byte " << at << ", bit " << i % 8 << ": " << result);
    }
  }
  CHECK(silent == 0);
  CHECK(errors > tries / 4);
  INFO(errors << " of " << tries << " flipped bits refused");
}

TEST_CASE("a file that is cut off anywhere is refused") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.h5"), cut = scratch.file("cut.h5");
  write_small(path);
  auto const bytes = io::read_text(path);
  for (std::size_t i = 0; i < 200; ++i) {
    overwrite(cut, bytes.substr(0, bytes.size() * i / 200));
    CHECK_THAT(outcome(cut), ContainsSubstring("cut off or damaged"));
  }
}

TEST_CASE("the message about damaged data names the dataset and the remedy") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("m.h5");
  write_small(path);
  auto bytes = io::read_text(path);
  // 0.5F is 00 00 00 3f in memory: find the maps by a run of it.
  std::string pattern;
  for (int i = 0; i < 16; ++i) pattern += std::string("\0\0\0\x3f", 4);
  auto const at = bytes.find(pattern);
  REQUIRE(at != std::string::npos);
  bytes[at + 3] = static_cast<char>(bytes[at + 3] ^ 4);
  overwrite(path, bytes);
  io::MapFileReader const reader(path);
  CHECK(reader.parameters(0, 3).size() == 3);
  CHECK_THROWS_WITH(reader.maps(0, 3), ContainsSubstring("dataset '/maps' cannot be read") &&
                                           ContainsSubstring("make or copy it again"));
}
