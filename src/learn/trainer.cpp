// SPDX-License-Identifier: BSD-3-Clause
#include "trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::learn {

namespace {

constexpr std::int64_t unmeasured_steps = 2;  // the first steps are slower than the rest

std::string checkpoint_folder(std::string const& folder) { return folder + "/checkpoints"; }

}  // namespace

Trainer::Trainer(parallel::Communicator const& comm, TrainConfig const& config, Task& task,
                 TrainerInput const& input)
    : comm_(comm),
      config_(config),
      task_(task),
      input_(input),
      first_shard_(config.shards / comm.size() * comm.rank()),
      local_shards_(config.shards / comm.size()),
      gradients_(comm, task.arrays(), static_cast<std::int64_t>(task.running().size()),
                 local_shards_, config.bucket_kb * 1024, config.overlap) {}

bool Trainer::wants_to_stop() const {
  return !input_.control.reason_to_stop(comm_.is_root()).empty();
}

InputStatistics Trainer::measure() const {
  auto const count = config_.statistics_examples;
  core::log_info(fmt::format("measuring the inputs of {} examples", count));
  return input_.source.ragged() ? measure_graphs(comm_, input_.source, config_.held_out, count)
                                : measure_inputs(comm_, input_.source, config_.held_out, count);
}

void Trainer::begin() {
  bool const loaded = input_.resume && load_checkpoint(comm_, checkpoint_folder(input_.folder),
                                                       input_.settings_hash, state_);
  if (loaded) {
    std::ranges::copy(state_.weights, task_.weights().begin());
    std::ranges::copy(state_.running, task_.running().begin());
  } else {
    state_.inputs = input_.inputs ? *input_.inputs : measure();
    auto const weights = task_.weights();
    state_.weights.assign(weights.begin(), weights.end());
    state_.running.assign(task_.running().begin(), task_.running().end());
    state_.optimiser = initial_state(weights);
    state_.total_steps = config_.steps;
  }
  task_.set_input_statistics(state_.inputs);
  held_out_ = std::make_unique<HeldOut>(comm_, input_.source, config_.held_out);
}

/// How many blocks the bank gets when `blocks_done` took `seconds_used`.
std::int64_t Trainer::bank_blocks(double seconds_used, std::int64_t blocks_done) const {
  if (state_.bank_blocks > 0) return state_.bank_blocks;
  auto const step_examples = config_.shards * config_.shard_size;
  if (config_.examples > 0) return (config_.examples + step_examples - 1) / step_examples;
  double const wanted = 60 * config_.examples_minutes;
  return std::max<std::int64_t>(
      1, std::llround(wanted / seconds_used * static_cast<double>(blocks_done)));
}

/// Simulates the examples that are kept; false when stopped meanwhile. Collective over comm.
bool Trainer::fill_bank() {
  if (config_.examples == 0 && config_.examples_minutes == 0) {
    if (input_.source.ragged())
      maker_ = std::make_unique<DealtShards>(input_.source, config_);
    else
      maker_ = std::make_unique<StreamShards>(input_.source, config_);
    return true;
  }
  auto bank = std::make_unique<BankShards>(input_.source, config_, first_shard_, local_shards_,
                                           input_.array_names);
  bool const measures = state_.bank_blocks == 0 && config_.examples == 0;
  auto total = measures ? std::int64_t{0} : bank_blocks(0, 0);
  auto const step_examples = config_.shards * config_.shard_size;
  // A file ends, whatever time is left.
  auto const most = input_.source.size() == 0
                        ? std::numeric_limits<std::int64_t>::max()
                        : (input_.source.size() - config_.held_out) / step_examples;
  core::Timer const timer;
  std::unique_ptr<core::Progress> progress;
  while (total == 0 || bank->blocks() < total) {
    comm_.together([&] { bank->grow(); });
    if (comm_.any(wants_to_stop())) return false;
    auto const used = total == 0 ? comm_.max(timer.seconds()) : 0.0;
    if (total == 0 && bank->blocks() == most) total = most;
    if (total == 0 && used > std::min(5.0, 6 * config_.examples_minutes))
      total = std::min(most, bank_blocks(used, bank->blocks()));
    if (total > 0 && !progress)
      progress = std::make_unique<core::Progress>("simulate", "examples", total * step_examples);
    if (progress) progress->update(bank->blocks() * step_examples);
  }
  state_.bank_blocks = total;
  maker_ = std::move(bank);
  return true;
}

void Trainer::restart_feed() {
  feed_.reset();
  feed_ = std::make_unique<ExampleFeed>(*maker_, first_shard_, local_shards_, state_.step,
                                        config_.prefetch);
}

/// Makes a length in minutes a number of steps: some steps are timed and undone.
void Trainer::measure_length() {
  auto const before = state_;
  double const wanted = 60 * config_.minutes;
  state_.total_steps = config_.warmup_steps + 1;
  core::Timer timer;
  std::int64_t timed = -unmeasured_steps;
  double used = 0;
  while (timed < 3 || used < std::min(5.0, 0.02 * wanted)) {
    step();
    if (++timed == 0) timer = core::Timer();
    if (timed > 0) used = comm_.max(timer.seconds());
  }
  core::Timer const evaluation;
  evaluate();
  double const per_step =
      used / static_cast<double>(timed) +
      comm_.max(evaluation.seconds()) / static_cast<double>(config_.held_out_every);
  state_ = before;
  std::ranges::copy(state_.weights, task_.weights().begin());
  std::ranges::copy(state_.running, task_.running().begin());
  auto const left = std::max(0.0, wanted - seconds());
  state_.total_steps =
      std::clamp<std::int64_t>(comm_.min(std::llround(left / per_step)), 10, input_.most_steps);
  core::log_info(fmt::format("{:.1f} steps/s measured: {} steps in the {} left of {} min",
                             1 / per_step, state_.total_steps, core::duration_text(left),
                             config_.minutes));
}

void Trainer::compute_shard(std::vector<bridge::Batch> const& shards, std::int64_t shard,
                            bool stop) {
  gradients_.begin_shard();
  if (!error_) {
    try {
      auto const loss = task_.shard_loss(shards[static_cast<std::size_t>(shard)], gradients_,
                                         gradients_.batch_statistics());
      gradients_.end_shard({static_cast<float>(loss), stop ? 1.0F : 0.0F, 0.0F});
      return;
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  gradients_.fail_shard();
}

/// One step; true when some rank wants to stop after it. Collective over comm.
bool Trainer::step() {
  bool const stop = wants_to_stop();
  task_.begin_step(state_.step);
  std::vector<bridge::Batch> shards;
  try {
    shards = feed_->next();
  } catch (...) {
    error_ = std::current_exception();
  }
  for (std::int64_t shard = 0; shard < local_shards_; ++shard) compute_shard(shards, shard, stop);
  result_.exposed_seconds += gradients_.finish();
  auto const numbers = gradients_.numbers();
  // The failure travelled with the gradients, so all ranks come here together.
  if (numbers.failed > 0)
    comm_.together([this] {
      if (error_) std::rethrow_exception(error_);
    });
  optimise();
  return numbers.stop > 0;
}

void Trainer::optimise() {
  auto const gradients = gradients_.mean_gradients();
  auto const loss = gradients_.numbers().loss;
  double const length = norm(gradients);
  if (!std::isfinite(loss) || !std::isfinite(length))
    throw core::NumericsError(fmt::format(
        "the loss is not finite at step {} (seed {}; loss {}, gradient norm {}): lower "
        "train.learning_rate (now {}) or train.clip_norm (now {}), or look for extreme examples; "
        "the last checkpoint is untouched",
        state_.step, config_.seed, loss, length,
        learning_rate(config_, state_.step, state_.total_steps), config_.clip_norm));
  auto const turn = task_.turn(state_.step);
  update(config_, task_.arrays(), state_.step, state_.total_steps, length, gradients,
         task_.weights(), state_.optimiser, turn);
  task_.update_running(gradients_.mean_statistics());
  if (turn.group == 0) {
    state_.loss_sum += loss;
    ++state_.loss_steps;
  }
  ++state_.step;
}

/// Held-out loss of the averaged weights. Throws NumericsError when it is not finite: such weights
/// must not become a model. Collective over comm.
double Trainer::evaluate() {
  auto const weights = task_.weights();
  std::ranges::swap_ranges(weights, state_.optimiser.average);
  auto const loss = held_out_->loss(comm_, task_);
  std::ranges::swap_ranges(weights, state_.optimiser.average);
  if (!std::isfinite(loss))
    throw core::NumericsError(fmt::format(
        "the held-out loss is {} at step {} (seed {}): look for extreme values in the first "
        "train.held_out = {} examples, or lower train.learning_rate (now {}); the last checkpoint "
        "is untouched",
        loss, state_.step, config_.seed, config_.held_out, config_.learning_rate));
  return loss;
}

void Trainer::record() {
  CurvePoint point;
  point.step = state_.step;
  point.loss = state_.loss_sum / static_cast<double>(std::max<std::int64_t>(1, state_.loss_steps));
  point.learning_rate = learning_rate(config_, state_.step, state_.total_steps);
  point.steps_per_second =
      static_cast<double>(state_.step - recorded_step_) / std::max(1e-9, since_record_.seconds());
  point.held_out = evaluate();
  state_.loss_sum = 0;
  state_.loss_steps = 0;
  state_.curve.push_back(point);
  recorded_step_ = state_.step;
  since_record_ = core::Timer();
  write_curve();
  if (config_.patience == 0) return;
  bool const better = state_.best.empty() || point.held_out < state_.best_held_out;
  state_.evaluations_since_best = better ? 0 : state_.evaluations_since_best + 1;
  if (!better) return;
  state_.best_held_out = point.held_out;
  state_.best = state_.optimiser.average;
  state_.best_running.assign(task_.running().begin(), task_.running().end());
}

bool Trainer::out_of_patience() {
  result_.converged_early =
      config_.patience > 0 && state_.evaluations_since_best >= config_.patience;
  return result_.converged_early;
}

void Trainer::write_curve() const {
  comm_.on_root([&] {
    std::vector<std::vector<std::string>> rows;
    for (auto const& point : state_.curve)
      rows.push_back({std::to_string(point.step), io::number_text(point.loss),
                      io::number_text(point.held_out), io::number_text(point.learning_rate),
                      fmt::format("{:.4g}", point.steps_per_second)});
    std::filesystem::create_directories(input_.folder);
    io::write_file(
        input_.folder + "/training.csv",
        io::csv_text({"step", "loss", "held_out_loss", "learning_rate", "steps_per_second"}, rows),
        io::Existing::replace);
  });
}

void Trainer::checkpoint() {
  auto const weights = task_.weights();
  state_.weights.assign(weights.begin(), weights.end());
  state_.running.assign(task_.running().begin(), task_.running().end());
  save_checkpoint(comm_, checkpoint_folder(input_.folder), input_.settings_hash, state_);
}

void Trainer::run() {
  begin();
  result_.stopped = !fill_bank();
  if (result_.stopped) return;
  restart_feed();
  if (state_.total_steps == 0) {
    measure_length();
    restart_feed();
  }
  result_.exposed_seconds = 0;
  recorded_step_ = state_.step;
  since_record_ = core::Timer();
  core::Timer const timer;
  auto const first_step = state_.step;
  core::Progress progress("train", "steps", state_.total_steps);
  while (state_.step < state_.total_steps && !out_of_patience()) {
    bool const stop = step();
    bool const ends = state_.step == state_.total_steps;
    if (ends || state_.step % config_.held_out_every == 0) record();
    progress.update(state_.step, state_.curve.empty() ? ""
                                                      : fmt::format("loss {:.4f}, held out {:.4f}",
                                                                    state_.curve.back().loss,
                                                                    state_.curve.back().held_out));
    bool const due = config_.checkpoint_every > 0 && state_.step % config_.checkpoint_every == 0;
    if (stop && !ends) result_.stopped = true;
    if (due || ends || result_.stopped) checkpoint();
    result_.checkpoint = result_.stopped;
    if (result_.stopped) break;
  }
  result_.seconds = timer.seconds();
  result_.steps_per_second = static_cast<double>(state_.step - first_step) / result_.seconds;
}

TrainResult Trainer::result(std::string const& precision) const {
  auto result = result_;
  result.steps = state_.step;
  result.total_steps = state_.total_steps;
  result.precision = precision;
  result.curve = state_.curve;
  for (auto const& array : task_.arrays()) result.weights += array.size;
  return result;
}

std::vector<float> const& Trainer::final_weights() const {
  return state_.best.empty() ? state_.optimiser.average : state_.best;
}

std::vector<float> const& Trainer::final_running() const {
  return state_.best.empty() ? state_.running : state_.best_running;
}

}  // namespace shearwater::learn
