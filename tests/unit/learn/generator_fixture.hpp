// SPDX-License-Identifier: BSD-3-Clause
// A small generator on WatsonGraphs or on ramps.
#pragma once

#include <string>

#include "alignment_rows.hpp"
#include "ramp_graphs.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"
#include "shearwater/learn/generator.hpp"

namespace shearwater::test {

/// What the error of `action` says; empty for none.
template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (core::Error const& error) {
    return error.what();
  }
  return "";
}

struct SmallGenerator {
  learn::GeneratorConfig generator;
  learn::TrainConfig train;
  WatsonGraphs kind;
  std::int64_t graphs = 400;
  bool values = false;  // on ramps, not on WatsonGraphs

  SmallGenerator() {
    generator.rounds = 1;
    generator.features = 16;
    generator.tensors = 4;
    generator.message = 24;
    generator.velocity_tensors = 3;
    generator.velocity_units = 48;
    generator.noise_draws = 4;
    train.steps = 12;
    train.shard_size = 12;
    train.warmup_steps = 4;
    train.held_out = 70;
    train.held_out_every = 5;
    train.statistics_examples = 100;
    train.checkpoint_every = 0;
    train.keep_memory = false;
    train.weight_decay = 0;
    train.bucket_kb = 1;
  }
  bridge::GraphSource source() const {
    return {values ? ramp_graphs(static_cast<int>(graphs), 5) : kind.make(0, graphs),
            {},
            train.held_out,
            static_cast<std::uint64_t>(train.seed)};
  }
  learn::TrainResult run(parallel::Communicator const& comm, std::string const& folder,
                         bool resume = false,
                         core::RunControl const& control = core::RunControl()) const {
    return learn::train_generator(comm, generator, train, source(), {}, control,
                                  {folder, resume, ""});
  }
};

}  // namespace shearwater::test
