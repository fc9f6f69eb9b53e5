// SPDX-License-Identifier: BSD-3-Clause
// How a network is trained: the table [train].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::learn {

struct TrainConfig {
  std::int64_t seed = 1;          ///< of the initial weights and the order of stored examples
  std::string start_from;         ///< model folder whose weights and scales come first; "": none
  std::int64_t steps = 0;         ///< length in steps, or
  double minutes = 0.0;           ///< in minutes, made into steps from a measured rate
  std::int64_t examples = 0;      ///< simulated once, kept in memory and read many times; or
  double examples_minutes = 0.0;  ///< as many as are made in this time; both 0: always new ones
  std::int64_t shards = 4;        ///< logical shards of a step: a power of two
  std::int64_t shard_size = 128;
  std::int64_t threads = 1;  ///< torch threads of each rank

  double learning_rate = 3e-3;
  std::string schedule = "cosine";
  std::int64_t warmup_steps = 200;
  double final_fraction = 0.005;
  std::int64_t decay_every = 10000;
  double decay_factor = 0.5;
  double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8, weight_decay = 0.1;
  double clip_norm = 1.0;
  double ema = 0.998;

  std::int64_t held_out = 1024;
  std::int64_t held_out_every = 500;
  std::int64_t patience = 0;
  std::int64_t statistics_examples = 2048;

  std::string precision = "float32";
  std::string device = "cpu";
  bool overlap = true;
  std::int64_t bucket_kb = 1024;
  bool prefetch = true;
  bool keep_memory = true;
  std::int64_t checkpoint_every = 2000;

  void describe(core::Fields& field);
  /// Throws InputError when the length is given twice or not at all, shards is not a power of two,
  /// or `ranks` does not divide it.
  void check(int ranks) const;
  /// Throws InputError when `available` examples of a finite source (0: without end) are too few
  /// for the held-out ones and, from the same rest, the inputs' scales, one step and `examples`.
  void check_examples(std::int64_t available) const;
};

/// Keys of a training's input, as core::resolved_keys names them, that change its speed or its
/// place but never its weights.
std::vector<std::string> const& keys_without_effect();

/// "float32" or "bfloat16": `auto` becomes bfloat16 where the CPU has AMX or AVX512-BF16, whatever
/// its speed, so that the meaning of an input does not depend on a timing.
std::string resolve_precision(std::string const& precision);

/// Lets malloc keep freed pages instead of unmapping every large tensor: 20-40 % of a training step
/// on a CPU. It holds memory until the process ends, so only train() calls it.
void keep_memory_pages();

}  // namespace shearwater::learn
