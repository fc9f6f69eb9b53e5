// SPDX-License-Identifier: BSD-3-Clause
// Pairs picked by vector instructions and one by one.
#include <vector>

#include "catch.hpp"
#include "pick_pairs.hpp"
#include "shearwater/core/random.hpp"

using namespace shearwater;

TEST_CASE("vectors pick the pairs that scalars pick", "[galaxies][unit]") {
  core::Stream random(1, core::Purpose::observation, 0);
  for (std::size_t count = 0; count <= 128; ++count) {
    std::vector<double> in[4], out[2][4];
    std::vector<std::uint32_t> row[2];
    for (auto& column : in)
      for (std::size_t j = 0; j < count; ++j) column.push_back(random.uniform());
    // Values on the edges themselves: the lower counts, the upper does not.
    for (std::size_t j = 0; j < count; j += 5) in[3][j] = j % 2 == 0 ? 0.25 : 0.75;
    std::size_t hits[2];
    for (int vectors = 0; vectors < 2; ++vectors) {
      for (auto& column : out[vectors]) column.resize(count + 8);
      row[vectors].resize(count + 8);
      galaxies::Picked const to{out[vectors][0].data(), out[vectors][1].data(),
                                out[vectors][2].data(), out[vectors][3].data(),
                                row[vectors].data()};
      auto const pick = vectors == 1 ? galaxies::pick_pairs : galaxies::pick_pairs_scalar;
      hits[vectors] =
          pick(in[0].data(), in[1].data(), in[2].data(), in[3].data(), count, 0.25, 0.75, 77, to);
      for (auto& column : out[vectors]) column.resize(hits[vectors]);
      row[vectors].resize(hits[vectors]);
    }
    CHECK(hits[0] == hits[1]);
    CHECK(row[0] == row[1]);
    for (int c = 0; c < 4; ++c) CHECK(out[0][c] == out[1][c]);
    for (std::size_t h = 0; h < hits[0]; ++h) {
      CHECK(in[3][row[0][h] - 77] == out[0][3][h]);
      CHECK((out[0][3][h] >= 0.25 && out[0][3][h] < 0.75));
    }
  }
}
