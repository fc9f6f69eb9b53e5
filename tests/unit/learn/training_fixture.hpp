// SPDX-License-Identifier: BSD-3-Clause
// A small training that ends within a second.
#pragma once

#include <string>

#include "shearwater/core/provenance.hpp"
#include "shearwater/learn/train.hpp"
#include "toy_source.hpp"

namespace shearwater::test {

struct SmallTraining {
  learn::NetworkConfig network;
  learn::TrainConfig train;
  ToyMapSource source;
  statistics::Prior prior = normal_prior(2, 1.0);

  SmallTraining() {
    network.stem_channels = 4;
    network.stem_stride = 1;
    network.stage_channels = {4, 8};
    network.stage_blocks = {1, 1};
    network.norm = "batch";
    network.mask_channel = network.noise_channel = true;
    network.layers = {16};
    network.components = 2;
    train.steps = 12;
    train.shard_size = 8;
    train.warmup_steps = 4;
    train.held_out = 100;
    train.held_out_every = 5;
    train.statistics_examples = 100;
    train.bucket_kb = 1;
    train.checkpoint_every = 0;
    train.keep_memory = false;
  }
  learn::TrainResult run(parallel::Communicator const& comm, std::string const& folder,
                         bool resume = false,
                         core::RunControl const& control = core::RunControl()) const {
    return learn::train(comm, network, train, prior, source, control, {folder, resume, ""});
  }
};

inline std::string weights_of(std::string const& folder) {
  return core::hash_file(folder + "/model.safetensors");
}

}  // namespace shearwater::test
