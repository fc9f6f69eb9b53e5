// SPDX-License-Identifier: BSD-3-Clause
// The layers of a generator beside each other on 100,000 galaxies whose distribution is known, with
// the default widths and within minutes. Seeds are fixed, and with them all that is measured.
#include <cmath>
#include <string>

#include "catch.hpp"
#include "generator_fixture.hpp"
#include "shearwater/core/log.hpp"
#include "shearwater/statistics/c2st.hpp"
#include "support.hpp"

namespace {

using namespace shearwater;

/// Between a generator that knows directions and those without: 0.527 and 0.525, with a standard
/// deviation of 0.0035 between seeds.
constexpr double known_accuracy = 0.515;

struct Judged {
  test::MeanCosines mean;
  double c2st = 0;
};

Judged judge(std::string const& layer, bool frames) {
  test::SmallGenerator training;
  training.generator = {};
  training.generator.layer = layer;
  training.kind.frames = frames;
  training.graphs = 20512;
  training.train = {};
  training.train.steps = 1500;
  training.train.shard_size = 64;
  training.train.weight_decay = 0;
  training.train.held_out = 512;
  training.train.keep_memory = false;
  training.train.checkpoint_every = 0;
  test::ScratchFolder const scratch;
  training.run(test::world(), scratch.file("model"));
  learn::GeneratorModel const model(scratch.file("model"));
  auto const graphs = training.kind.make(1'000'000, 20000);
  auto const sample = model.sample(test::whole_batch(graphs, 8), 2, 0);
  auto const stride = frames ? 9U : 3U;
  auto const made = test::alignment_rows(
      graphs, bridge::host_data<float>(sample.at(frames ? "frames" : "major")), stride);
  auto const known =
      test::alignment_rows(graphs, frames ? graphs.frames.data() : graphs.major.data(), stride);
  Judged const result{test::mean_cosines(made),
                      statistics::c2st({known.data(), 40000}, {made.data(), 40000}, 4, 3)};
  core::log_info(layer + (frames ? ", frames" : "") + ": central " +
                 std::to_string(result.mean.central) + ", satellite " +
                 std::to_string(result.mean.satellite) + ", C2ST " + std::to_string(result.c2st));
  return result;
}

}  // namespace

// 20,000 centrals and some 80,000 satellites: standard errors of the mean |cos| 0.0018 and 0.001.
TEST_CASE("known orientations are learned with directions alone", "[learn]") {
  auto const equivariant = judge("equivariant", false);
  CHECK(std::abs(equivariant.mean.central - 0.737091) < 0.01);
  CHECK(std::abs(equivariant.mean.satellite - 0.549910) < 0.01);
  CHECK(equivariant.c2st <= known_accuracy);
  for (auto const* layer : {"isotropic", "none"}) {
    auto const blind = judge(layer, false);
    CHECK(std::abs(blind.mean.central - 0.737091) < 0.01);
    CHECK(std::abs(blind.mean.satellite - 0.5) < 0.005);
    CHECK(blind.c2st > known_accuracy);
  }
  auto const directional = judge("directional", false);
  CHECK(std::abs(directional.mean.central - 0.737091) < 0.03);
  CHECK(directional.mean.satellite < equivariant.mean.satellite + 0.01);
}

TEST_CASE("known frames are learned", "[learn]") {
  auto const frames = judge("equivariant", true);
  CHECK(std::abs(frames.mean.central - 0.737091) < 0.01);
  CHECK(std::abs(frames.mean.satellite - 0.549910) < 0.01);
  CHECK(frames.c2st <= known_accuracy);
}
