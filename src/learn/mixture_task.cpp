// SPDX-License-Identifier: BSD-3-Clause
#include "mixture_task.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>

#include "gradient_hand_over.hpp"
#include "shearwater/core/error.hpp"
#include "tensors.hpp"

namespace shearwater::learn {

namespace {

class MixtureTask : public PosteriorTask {
 public:
  MixtureTask(MixtureTaskConfig const& config, statistics::Prior const* prior)
      : config_(config), prior_(prior), network_(config.network, config.shape) {
    initialise(network_, config.network, config.shape.parameters, config.seed);
    flat_ = flatten_weights(*network_, arrays_);
    norms_ = network_->norms();
    for (auto const& norm : norms_) running_.resize(running_.size() + 2 * width(norm));
    store_running();
    hand_over_gradients(network_->parameters(), arrays_, &sink_);
  }

  std::vector<WeightArray> const& arrays() const override { return arrays_; }
  std::span<float> weights() override {
    return {flat_.data_ptr<float>(), static_cast<std::size_t>(flat_.numel())};
  }
  std::span<float> running() override { return running_; }
  void set_input_statistics(InputStatistics const& statistics) override {
    network_->set_input_statistics(statistics);
  }

  double shard_loss(bridge::Batch const& shard, GradientSink& sink,
                    std::span<float> batch_statistics) override;
  void update_running(std::span<float const> batch_statistics) override;
  void losses(bridge::Batch const& rows, std::span<double> loss) override;
  void predict(bridge::Batch const& rows, double* weights, double* means,
               double* scale_tril) override;

 private:
  static std::size_t width(Norm const& norm) {
    return static_cast<std::size_t>(norm->running_mean.numel());
  }
  void store_running();
  torch::Tensor target(bridge::Batch const& rows) const;
  torch::Tensor row_losses(bridge::Batch const& rows) {
    auto const input = network_input(config_.network, config_.shape, rows);
    return -log_density(network_(input, config_.bfloat16), target(rows));
  }

  MixtureTaskConfig config_;
  statistics::Prior const* prior_;
  PosteriorNetwork network_;
  torch::Tensor flat_;
  std::vector<WeightArray> arrays_;
  std::vector<Norm> norms_;
  std::vector<float> running_;  // mean and variance of each norm in turn
  GradientSink* sink_ = nullptr;
};

void copy_out(torch::Tensor const& values, float* to) {
  std::copy_n(values.data_ptr<float>(), values.numel(), to);
}

/// The network reads its running moments from running(), which a checkpoint may have replaced.
void MixtureTask::store_running() {
  float* next = running_.data();
  for (auto& norm : norms_) {
    auto const n = norm->running_mean.numel();
    std::copy_n(norm->running_mean.data_ptr<float>(), n, next);
    std::copy_n(norm->running_variance.data_ptr<float>(), n, next + n);
    norm->running_mean = torch::from_blob(next, {n}, torch::kFloat32);
    norm->running_variance = torch::from_blob(next + n, {n}, torch::kFloat32);
    next += 2 * n;
  }
}

torch::Tensor MixtureTask::target(bridge::Batch const& rows) const {
  auto const& array = rows.at("parameters");
  auto const n = array.extents[0], p = array.extents[1];
  core::require(prior_ != nullptr && p == prior_->size(), "parameters do not fit the prior");
  double const* theta = bridge::host_data<double>(array);
  std::vector<double> u(static_cast<std::size_t>(p));
  auto result = at::empty({n, p}, torch::kFloat32);
  for (std::int64_t row = 0; row < n; ++row) {
    prior_->to_unbounded({theta + row * p, u.size()}, u);
    std::ranges::copy(u, result.data_ptr<float>() + row * p);
  }
  return result;
}

double MixtureTask::shard_loss(bridge::Batch const& shard, GradientSink& sink,
                               std::span<float> batch_statistics) {
  network_->train();
  sink_ = &sink;
  auto const loss = row_losses(shard).mean();
  loss.backward();
  sink_ = nullptr;
  float* next = batch_statistics.data();
  for (auto const& norm : norms_) {
    copy_out(norm->batch_mean, next);
    copy_out(norm->batch_variance, next + norm->batch_mean.numel());
    next += 2 * norm->batch_mean.numel();
  }
  return loss.item<double>();
}

void MixtureTask::update_running(std::span<float const> batch_statistics) {
  constexpr float momentum = 0.01F;  // of one step
  for (std::size_t i = 0; i < running_.size(); ++i)
    running_[i] += momentum * (batch_statistics[i] - running_[i]);
}

void MixtureTask::losses(bridge::Batch const& rows, std::span<double> loss) {
  torch::NoGradGuard const no_grad;
  network_->eval();
  auto const values = row_losses(rows).to(torch::kFloat64);
  std::copy_n(values.data_ptr<double>(), loss.size(), loss.data());
}

void MixtureTask::predict(bridge::Batch const& rows, double* weights, double* means, double* tril) {
  torch::NoGradGuard const no_grad;
  network_->eval();
  auto const mixture =
      network_(network_input(config_.network, config_.shape, rows), config_.bfloat16);
  auto store = [](torch::Tensor const& values, double* to) {
    auto const exact = values.to(torch::kFloat64).contiguous();
    std::copy_n(exact.data_ptr<double>(), exact.numel(), to);
  };
  store(mixture.log_weights.to(torch::kFloat64).softmax(1), weights);
  store(mixture.means, means);
  store(scale_tril({mixture.log_weights, mixture.means, mixture.diagonal.to(torch::kFloat64),
                    mixture.below.to(torch::kFloat64)}),
        tril);
}

}  // namespace

std::unique_ptr<PosteriorTask> make_mixture_task(MixtureTaskConfig const& config,
                                                 statistics::Prior const* prior) {
  return std::make_unique<MixtureTask>(config, prior);
}

void prepare_torch(std::int64_t threads, std::string const& device) {
  if (device != "cpu")
    throw core::InputError("train.device = \"" + device +
                           "\": networks are trained on the cores of the host, whatever GPU there "
                           "is; leave it out, or use device = \"cpu\"");
  at::set_num_threads(static_cast<int>(threads));
}

}  // namespace shearwater::learn
