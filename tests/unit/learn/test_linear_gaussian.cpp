// SPDX-License-Identifier: BSD-3-Clause
// A network trained on a task with a known posterior: theta ~ N(0, 0.1 I) in ten dimensions,
// x ~ N(theta, 0.1 I), so p(theta | x) = N(x / 2, 0.05 I) (gaussian_linear of sbibm).
#include <cmath>

#include "catch.hpp"
#include "shearwater/inference/linear_gaussian.hpp"
#include "shearwater/learn/predictor.hpp"
#include "shearwater/learn/train.hpp"
#include "support.hpp"

TEST_CASE("the trained posterior of the linear-Gaussian task is the exact one", "[learn][unit]") {
  using namespace shearwater;
  test::ScratchFolder const scratch;
  inference::LinearGaussian const source(20);
  auto const prior = inference::LinearGaussian::prior();
  learn::NetworkConfig network;
  network.use_maps = false;
  network.layers = {};  // the exact posterior's mean is linear in x
  network.components = 1;
  network.summary_clip = 0;
  learn::TrainConfig config;
  config.steps = 600;
  config.shard_size = 256;
  config.learning_rate = 1e-2;
  config.final_fraction = 0.01;
  config.ema = 0.99;
  config.held_out = 10000;
  auto const result = learn::train(test::world(), network, config, prior, source,
                                   core::RunControl(), {scratch.file("model"), false, ""});

  learn::Predictor const predictor(scratch.file("model"));
  // Pairs that no training saw: far behind the training's examples.
  std::int64_t const pairs = 10000;
  auto const rows = source.examples(1ULL << 40U, pairs);
  auto const predicted = predictor.predict(rows);
  double const* theta = bridge::host_data<double>(rows.at("parameters"));
  float const* x = bridge::host_data<float>(rows.at("summaries"));
  double const* mean = bridge::host_data<double>(predicted.at("means"));
  double const* tril = bridge::host_data<double>(predicted.at("scale_tril"));
  double gap = 0;
  double const unit = std::sqrt(0.1);  // theta = unit * u
  for (std::int64_t row = 0; row < pairs; ++row) {
    double exact = 0, learnt = 0, z[10];
    for (int i = 0; i < 10; ++i) {
      double const t = theta[row * 10 + i],
                   distance = t - 0.5 * static_cast<double>(x[row * 10 + i]);
      exact -= 0.5 * distance * distance / 0.05 + 0.5 * std::log(0.05);
      double const* line = tril + (row * 10 + i) * 10;
      double rest = t / unit - mean[row * 10 + i];
      for (int j = 0; j < i; ++j) rest -= line[j] * z[j];
      z[i] = rest / line[i];
      learnt -= 0.5 * z[i] * z[i] + std::log(line[i] * unit);
    }
    gap += (exact - learnt) / static_cast<double>(pairs);
  }
  // The gap is a Kullback-Leibler divergence, so it is above 0 up to the noise of 10,000 pairs.
  INFO("gap " << gap << " nats, held-out loss " << result.held_out_theta << " (best -0.789)");
  CHECK(gap > -0.002);
  CHECK(gap < 0.02);
  CHECK_THAT(result.held_out_theta, WithinAbs(inference::LinearGaussian::best_loss(), 0.1));
}
