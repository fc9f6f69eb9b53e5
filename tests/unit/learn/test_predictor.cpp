// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/learn/predictor.hpp"
#include "support.hpp"
#include "training_fixture.hpp"

namespace {

using namespace shearwater;

std::vector<double> values_of(bridge::Batch const& batch, char const* name) {
  auto const& array = batch.at(name);
  double const* data = bridge::host_data<double>(array);
  return {data, data + array.size()};
}

/// -ln q(u) of each row, from the predicted mixtures.
double mean_loss(bridge::Batch const& posterior, double const* u, std::int64_t n, std::int64_t k,
                 std::int64_t p) {
  auto const w = values_of(posterior, "weights"), m = values_of(posterior, "means"),
             t = values_of(posterior, "scale_tril");
  double sum = 0;
  for (std::int64_t row = 0; row < n; ++row) {
    double density = 0;
    for (std::int64_t c = row * k; c < (row + 1) * k; ++c) {
      double log = std::log(w[static_cast<std::size_t>(c)]) -
                   0.5 * static_cast<double>(p) * std::log(2 * M_PI);
      std::vector<double> z(static_cast<std::size_t>(p));
      for (std::int64_t i = 0; i < p; ++i) {
        double rest = u[row * p + i] - m[static_cast<std::size_t>(c * p + i)];
        for (std::int64_t j = 0; j < i; ++j)
          rest -= t[static_cast<std::size_t>((c * p + i) * p + j)] * z[static_cast<std::size_t>(j)];
        double const diagonal = t[static_cast<std::size_t>((c * p + i) * p + i)];
        z[static_cast<std::size_t>(i)] = rest / diagonal;
        log -= std::log(diagonal) +
               0.5 * z[static_cast<std::size_t>(i)] * z[static_cast<std::size_t>(i)];
      }
      density += std::exp(log);
    }
    sum -= std::log(density);
  }
  return sum / static_cast<double>(n);
}

}  // namespace

TEST_CASE("a model folder predicts what the training evaluated, row by row", "[learn][unit]") {
  test::ScratchFolder const scratch;
  auto const folder = scratch.file("model");
  test::SmallTraining const training;
  auto const result = training.run(test::world(), folder);
  learn::Predictor const predictor(folder);
  auto const rows = training.source.examples(0, 100);
  auto const all = predictor.predict(rows);
  REQUIRE(all.at("scale_tril").extents == std::vector<std::int64_t>{100, 2, 2, 2});

  // The first 100 examples are the held-out ones, and the prior is N(0, 1), so theta is u.
  double const loss = mean_loss(all, bridge::host_data<double>(rows.at("parameters")), 100, 2, 2);
  CHECK_THAT(loss, WithinAbs(result.held_out, 1e-5));
  CHECK(result.held_out_theta == result.held_out);

  SECTION("one row alone has the bits of the same row among others") {
    for (std::int64_t const row : {0, 63, 64, 99}) {
      auto const one =
          predictor.predict(training.source.examples(static_cast<std::uint64_t>(row), 1));
      for (char const* name : {"weights", "means", "scale_tril"}) {
        auto const alone = values_of(one, name), among = values_of(all, name);
        CHECK(std::memcmp(alone.data(), among.data() + static_cast<std::size_t>(row) * alone.size(),
                          alone.size() * sizeof(double)) == 0);
      }
    }
  }
  SECTION("bad rows are refused by name") {
    auto bad = training.source.examples(0, 3);
    bridge::host_data<float>(bad.at("maps"))[70] = std::numeric_limits<float>::infinity();
    CHECK_THROWS_WITH(predictor.predict(bad),
                      ContainsSubstring("'maps'") && ContainsSubstring("row 1"));
    auto incomplete = training.source.examples(0, 3);
    incomplete.erase("mask");
    CHECK_THROWS_WITH(predictor.predict(incomplete), ContainsSubstring("'mask'"));
    test::ToyMapSource const larger(16);
    CHECK_THROWS_WITH(predictor.predict(larger.examples(0, 1)), ContainsSubstring("(1, 8, 8)"));
  }
  SECTION("files of two trainings are refused by name, and a resumed training mends them") {
    auto other = training;
    other.train.seed = 2;
    other.run(test::world(), scratch.file("other"));
    auto const hash = test::weights_of(folder);
    std::filesystem::copy_file(scratch.file("other/model.safetensors"),
                               folder + "/model.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK_THROWS_WITH(learn::Predictor(folder),
                      ContainsSubstring(folder + "/model.safetensors (hash") &&
                          ContainsSubstring(folder + "/model.toml describes") &&
                          ContainsSubstring("train with --resume"));
    CHECK(!learn::finished_model(folder));
    training.run(test::world(), folder, true);
    CHECK(test::weights_of(folder) == hash);
    CHECK(learn::finished_model(folder));
    CHECK(!std::filesystem::exists(folder + "/model.safetensors.new"));
  }
  SECTION("a description that was emptied is refused by its name") {
    std::ofstream(folder + "/model.toml", std::ios::trunc);
    CHECK_THROWS_WITH(learn::Predictor(folder),
                      ContainsSubstring(folder + "/model.toml describes no whole model"));
  }
  SECTION("a damaged model is refused") {
    auto const weights = folder + "/model.safetensors";
    std::fstream file(weights, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-5, std::ios::end);
    file.put('\1');
    file.close();
    CHECK_THROWS_AS(learn::Predictor(folder), core::IoError);
    std::filesystem::remove(weights);
    CHECK_THROWS_AS(learn::Predictor(folder), core::IoError);
  }
}
