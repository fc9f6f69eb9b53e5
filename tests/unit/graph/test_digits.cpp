// SPDX-License-Identifier: BSD-3-Clause
// Digits as graphs: places, the choice held out, values between pixels, and the reader of IDX
// files.
#include <algorithm>
#include <filesystem>
#include <set>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/graph/digit_graphs.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/io/idx.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::string idx_text(std::vector<std::int64_t> const& shape, std::string const& content) {
  std::string text{'\0', '\0', '\x08', static_cast<char>(shape.size())};
  for (auto const n : shape)
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(n >> shift & 255);
  return text + content;
}

}  // namespace

TEST_CASE("sensors stand each in a cell of its own, the same for a seed", "[graph][unit]") {
  for (std::int64_t const nodes : {2, 49, 392}) {
    auto const places = graph::sensor_places(nodes, 3);
    REQUIRE(std::ssize(places) == 2 * nodes);
    auto side = 1;
    while (side * side < nodes) ++side;
    std::vector<int> cells;
    for (std::size_t n = 0; n < places.size(); n += 2) {
      CHECK((places[n] > 0 && places[n] < 1 && places[n + 1] > 0 && places[n + 1] < 1));
      cells.push_back(static_cast<int>(places[n + 1] * side) * side +
                      static_cast<int>(places[n] * side));
    }
    CHECK(std::ranges::adjacent_find(cells, std::ranges::greater_equal{}) == cells.end());
    CHECK(places == graph::sensor_places(nodes, 3));
    CHECK(places != graph::sensor_places(nodes, 4));
  }
}

TEST_CASE("classes are held out as often as they are there", "[graph][unit]") {
  std::vector<std::uint8_t> classes;
  for (int i = 0; i < 1000; ++i)  // 500 zeros first, 300 ones, 200 twos
    classes.push_back(i < 500 ? 0 : i < 800 ? 1 : 2);
  auto const use = graph::split_digits(classes, 700, 200, 1);
  int count[3][3] = {};
  for (std::size_t i = 0; i < use.size(); ++i) ++count[classes[i]][use[i] + 1];
  CHECK((count[0][2] == 100 && count[1][2] == 60 && count[2][2] == 40));
  CHECK((count[0][1] == 350 && count[1][1] == 210 && count[2][1] == 140));
  CHECK(use != graph::split_digits(classes, 700, 200, 2));
  auto const all = graph::split_digits(classes, 801, 199, 1);
  CHECK(std::ranges::count(all, 1) == 199);
  CHECK(std::ranges::count(all, 0) == 801);
  CHECK_THROWS_WITH(graph::split_digits(classes, 801, 200, 1),
                    ContainsSubstring("more than the 1000 digits"));
}

TEST_CASE("pictures become graphs whose values are linear between pixels", "[graph][unit]") {
  test::ScratchFolder const folder;
  // Rising along x: pixel j of 8 holds 20 j; the second picture is black.
  std::string pixels;
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) pixels += static_cast<char>(20 * j);
  io::write_file(folder.file("images"), idx_text({2, 8, 8}, pixels + std::string(64, '\0')));
  io::write_file(folder.file("labels"), idx_text({2}, std::string("\x03\x05")));
  graph::DigitConfig config;
  config.images = folder.file("images");
  config.labels = folder.file("labels");
  config.nodes = 100;
  config.train = 1;
  config.held_out = 1;
  auto const graphs = graph::make_digit_graphs(parallel::Communicator::alone(), config);
  CHECK(graphs.host == std::vector<std::int64_t>{3, 5});
  CHECK(graphs.box[0] + graphs.box[1] == 1);
  CHECK(std::set(graphs.id.begin(), graphs.id.end()).size() == 200);  // none twice in the file
  int inside = 0;
  for (std::size_t n = 0; n < 100; ++n) {
    double const u = 8 * static_cast<double>(graphs.position[3 * n]) - 0.5;
    double const v = 8 * static_cast<double>(graphs.position[3 * n + 1]) - 0.5;
    CHECK(graphs.position[3 * n + 2] == 0);
    CHECK(graphs.values[100 + n] == 0);
    if (u < 0 || u > 7 || v < 0 || v > 7) continue;
    ++inside;
    CHECK_THAT(graphs.values[n], WithinAbs(20 * u / 255, 1e-5));
  }
  CHECK(inside > 50);

  io::write_file(folder.file("one"), idx_text({1}, "\x03"));
  config.labels = folder.file("one");
  CHECK_THROWS_WITH(graph::make_digit_graphs(parallel::Communicator::alone(), config),
                    ContainsSubstring("one class for each"));
  io::write_file(folder.file("letters"), idx_text({2}, "\x03\x0c"));
  config.labels = folder.file("letters");
  CHECK_THROWS_WITH(graph::make_digit_graphs(parallel::Communicator::alone(), config),
                    ContainsSubstring("label 1 (from 0) is 12, but digits are 0 to 9"));
}

TEST_CASE("IDX files that are damaged or something else are refused", "[graph][unit]") {
  test::ScratchFolder const folder;
  // gzip of idx_text({3}, "abc"), as Python's gzip.compress(..., mtime=0) makes it.
  unsigned char const packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63,
                                  0x60, 0xe0, 0x60, 0x64, 0x60, 0x60, 0x60, 0x4e, 0x4c, 0x4a, 0x06,
                                  0x00, 0x54, 0x24, 0x25, 0xc4, 0x0b, 0x00, 0x00, 0x00};
  std::string const whole(reinterpret_cast<char const*>(packed), sizeof packed);
  auto const read = [&](std::string const& text) {
    io::write_file(folder.file("idx"), text, io::Existing::replace);
    return io::read_idx(folder.file("idx"));
  };
  auto const array = read(whole);
  CHECK(array.shape == io::Shape{3});
  CHECK(array.as<std::uint8_t>()[2] == 'c');
  CHECK(read(idx_text({3}, "abc")).bytes == array.bytes);
  CHECK_THROWS_AS(read(whole.substr(0, whole.size() - 3)), core::IoError);
  CHECK_THROWS_AS(read(whole.substr(0, 12)), core::IoError);
  for (char const* more : {"more", "\x01\x01\x01\x01"})
    CHECK_THROWS_WITH(read(whole + more), ContainsSubstring("goes on after its end"));
  auto changed = whole;
  changed[whole.size() - 7] ^= 1;  // of the checksum
  CHECK_THROWS_AS(read(changed), core::IoError);
  CHECK_THROWS_AS(read(idx_text({4}, "abc")), core::IoError);
  CHECK_THROWS_AS(read("a picture"), core::InputError);
}
