// SPDX-License-Identifier: BSD-3-Clause
#include <malloc.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <string>

#include "shearwater/core/error.hpp"
#include "shearwater/learn/network_config.hpp"
#include "shearwater/learn/train_config.hpp"

namespace shearwater::learn {

namespace {

std::vector<std::string> const activations = {"relu", "silu", "gelu", "elu"};

std::string number(std::int64_t value) { return std::to_string(value); }

void check_resnet(NetworkConfig const& config) {
  if (config.stage_channels.size() != config.stage_blocks.size() || config.stage_channels.empty())
    throw core::InputError("network.stage_channels has " + number(config.stage_channels.size()) +
                           " stages and network.stage_blocks " +
                           number(config.stage_blocks.size()) +
                           ": give one number of blocks for each stage, at least one stage");
  if (config.stem_kernel % 2 == 0)
    throw core::InputError("network.stem_kernel = " + number(config.stem_kernel) +
                           ": must be odd, so that maps keep their centre; use " +
                           number(config.stem_kernel + 1));
  auto divides_groups = [&](std::int64_t channels, std::string const& what) {
    if (config.norm == "group" && channels % config.norm_groups != 0)
      throw core::InputError("network.norm_groups = " + number(config.norm_groups) +
                             " does not divide the " + number(channels) + " channels of " + what +
                             ": change one of them, or use norm = \"batch\"");
  };
  divides_groups(config.stem_channels, "the stem");
  for (auto const channels : config.stage_channels) {
    if (channels % config.bottleneck != 0)
      throw core::InputError("network.bottleneck = " + number(config.bottleneck) +
                             " does not divide the " + number(channels) + " channels of a stage");
    divides_groups(channels, "a stage");
    divides_groups(channels / config.bottleneck, "a stage's bottleneck");
  }
}

}  // namespace

void NetworkConfig::describe(core::Fields& field) {
  field("use_maps", use_maps, "", "the ResNet of the maps is part of the network");
  field("use_summaries", use_summaries, "", "the physics summaries join before the head");
  field("stem_channels", stem_channels, "channels", "of the first convolution").between(1, 4096);
  field("stem_kernel", stem_kernel, "pixels", "side of the first convolution, odd").between(1, 31);
  field("stem_stride", stem_stride, "pixels", "step of the first convolution").between(1, 16);
  field("stage_channels", stage_channels, "channels", "of each stage; all after the first halve")
      .between(1, 65536);
  field("stage_blocks", stage_blocks, "blocks", "of each stage").between(1, 1000);
  field("bottleneck", bottleneck, "", "ratio of a block's channels to its inner channels")
      .between(1, 64);
  field("activation", activation, "", "of the ResNet").one_of(activations);
  field("norm", norm, "", "normalisation; batch statistics are those of one shard")
      .one_of({"group", "batch", "none"});
  field("norm_groups", norm_groups, "", "groups of channels of norm = \"group\"").between(1, 4096);
  field("padding", padding, "", "circular for periodic maps, zeros for cut-out ones")
      .one_of({"circular", "zeros"});
  field("mask_channel", mask_channel, "", "the mask is an input channel");
  field("noise_channel", noise_channel, "", "the noise level is an input channel per map channel");
  field("map_features", map_features, "", "linear projection of the pooled features; 0 for none")
      .between(0, 65536);
  field("summary_clip", summary_clip, "sd", "standardised summaries are cut at +- this; 0: never")
      .at_least(0);
  field("summary_layers", summary_layers, "units", "fully connected layers of the summaries alone")
      .between(1, 65536);
  field("layers", layers, "units", "fully connected layers of the joined features; [] for none")
      .between(1, 65536);
  field("layer_activation", layer_activation, "", "of the fully connected layers")
      .one_of(activations);
  field("components", components, "", "Gaussians of the mixture").between(1, 256);
}

void NetworkConfig::check(bridge::ExampleShape const& shape) const {
  if (!use_maps && !use_summaries)
    throw core::InputError(
        "network.use_maps and network.use_summaries are both false: the network would see nothing");
  if (use_maps && shape.channels == 0)
    throw core::InputError(
        "network.use_maps = true, but the examples hold no maps: set it to false or make examples "
        "with maps");
  if (use_summaries && shape.summaries == 0)
    throw core::InputError(
        "network.use_summaries = true, but the examples hold no summaries: set it to false or make "
        "examples with summaries");
  if (mask_channel && (!use_maps || !shape.mask))
    throw core::InputError("network.mask_channel = true, but the examples hold no mask");
  if (noise_channel && (!use_maps || !shape.noise))
    throw core::InputError("network.noise_channel = true, but the examples hold no noise level");
  if (shape.parameters < 1) throw core::InputError("the examples hold no parameters to learn");
  if (use_maps) check_resnet(*this);
}

void TrainConfig::describe(core::Fields& field) {
  field("seed", seed, "", "of the initial weights and of the order of stored examples").at_least(0);
  field("start_from", start_from, "", "model folder whose weights and input scales come first")
      .path();
  field("steps", steps, "steps", "length of the training; 0 when minutes is given").at_least(0);
  field("minutes", minutes, "min", "length of everything, made into steps from a measured rate")
      .between(0, 1e6);
  field("examples", examples, "examples", "simulated once, kept in memory and read many times")
      .at_least(0);
  field("examples_minutes", examples_minutes, "min", "the same: as many as are made in this time")
      .between(0, 1e6);
  field("shards", shards, "", "parts of a step; the number of ranks must divide it")
      .between(1, 65536)
      .power_of_two();
  field("shard_size", shard_size, "examples", "of one shard").between(1, 65536);
  field("threads", threads, "", "torch threads of each rank; part of the meaning of the weights")
      .between(1, 1024);
  field("learning_rate", learning_rate, "", "of Adam, after the warm-up").positive();
  field("schedule", schedule, "", "of the learning rate after the warm-up")
      .one_of({"cosine", "step", "constant"});
  field("warmup_steps", warmup_steps, "steps", "the learning rate rises linearly").at_least(0);
  field("final_fraction", final_fraction, "", "cosine: last learning rate over the first")
      .between(0, 1);
  field("decay_every", decay_every, "steps", "step: the learning rate falls after each")
      .at_least(1);
  field("decay_factor", decay_factor, "", "step: by this factor").between(0, 1);
  field("beta1", beta1, "", "Adam's decay of the mean gradient").between(0, 0.999999);
  field("beta2", beta2, "", "Adam's decay of the mean squared gradient").between(0, 0.999999);
  field("epsilon", epsilon, "", "Adam's floor of the root mean square gradient").positive();
  field("weight_decay", weight_decay, "", "decoupled, of matrices and convolutions").at_least(0);
  field("clip_norm", clip_norm, "", "largest norm of a step's gradient; 0: never cut").at_least(0);
  field("ema", ema, "", "decay of the moving average of the weights, which is what is saved")
      .between(0, 0.999999);
  field("held_out", held_out, "examples", "that the training never sees").at_least(1);
  field("held_out_every", held_out_every, "steps", "between evaluations of the held-out loss")
      .at_least(1);
  field("patience", patience, "evaluations", "without a better held-out loss; 0: train to the end")
      .at_least(0);
  field("statistics_examples", statistics_examples, "examples", "that fix the inputs' scales")
      .at_least(2);
  field("precision", precision, "", "of convolutions; auto: bfloat16 where the CPU has it")
      .one_of({"float32", "bfloat16", "auto"});
  field("device", device, "", "where the network lives").one_of({"cpu", "cuda"});
  field("overlap", overlap, "", "gradients travel during the backward pass; same weights without");
  field("bucket_kb", bucket_kb, "kB", "of gradients sent at once").between(1, 1048576);
  field("prefetch", prefetch, "", "the next step's examples are made during this step");
  field("keep_memory", keep_memory, "", "freed memory stays with the process: faster on a CPU");
  field("checkpoint_every", checkpoint_every, "steps", "between checkpoints; 0: only when stopped")
      .at_least(0);
}

void TrainConfig::check(int ranks) const {
  if ((steps > 0) == (minutes > 0))
    throw core::InputError("train.steps = " + number(steps) + " and train.minutes = " +
                           std::to_string(minutes) + ": give one of them, greater than zero");
  if (examples > 0 && examples_minutes > 0)
    throw core::InputError("train.examples and train.examples_minutes are both given: give one");
  if (minutes > 0 && examples_minutes >= minutes)
    throw core::InputError(
        "train.examples_minutes = " + std::to_string(examples_minutes) +
        " leaves no time to train in train.minutes = " + std::to_string(minutes) + ": lower it");
  if (shards < 1 || !std::has_single_bit(static_cast<std::uint64_t>(shards)))
    throw core::InputError("train.shards = " + number(shards) + ": must be a power of two");
  if (shards % ranks != 0)
    throw core::InputError("train.shards = " + number(shards) + " cannot be divided among " +
                           number(ranks) + " ranks: use 1, 2, 4, ... ranks up to " +
                           number(shards) + ", or more shards (which changes the weights)");
}

void TrainConfig::check_examples(std::int64_t available) const {
  auto const step = shards * shard_size;
  auto const kept = (examples + step - 1) / step * step;
  auto const training = std::max({statistics_examples, step, kept});
  if (available == 0 || available >= held_out + training) return;
  throw core::InputError(
      "the source holds " + number(available) + " examples, but " + number(held_out + training) +
      " are needed: train.held_out = " + number(held_out) +
      " and, of the others, the most of train.statistics_examples = " +
      number(statistics_examples) + ", train.shards * train.shard_size = " + number(step) +
      " and train.examples = " + number(examples) + ": make more examples or lower these keys");
}

std::vector<std::string> const& keys_without_effect() {
  static std::vector<std::string> const keys = {"output.",           "train.overlap",
                                                "train.bucket_kb",   "train.prefetch",
                                                "train.keep_memory", "train.checkpoint_every"};
  return keys;
}

std::string resolve_precision(std::string const& precision) {
  if (precision != "auto") return precision;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16")) return "bfloat16";
  // GCC 12 has no name for AMX, and the kernel must offer it too: its list of flags says both.
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("flags")) {
      if (line.find(" amx_bf16") != std::string::npos) return "bfloat16";
      break;
    }
#endif
  return "float32";
}

void keep_memory_pages() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 256 << 20);
}

}  // namespace shearwater::learn
