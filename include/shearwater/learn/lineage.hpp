// SPDX-License-Identifier: BSD-3-Clause
// Which graphs the weights of a model have learned from: a part of its card.
#pragma once

#include <string>
#include <vector>

#include "shearwater/core/config.hpp"

namespace shearwater::learn {

struct Lineage {
  std::string training_data;  ///< digest of the file of graphs; empty where they came from memory
  /// Digests of all files that the weights learned from: this training's and those of the models
  /// that it started from; and the boxes of these files that all of them held out, "digest/box".
  std::vector<std::string> seen_data, unseen_boxes;
  bool chosen_by_held_out = false;  ///< the held-out graphs said when to stop (train.patience)
  std::string start_hash;  ///< of the weights that the training started from; empty: fresh ones

  void describe(core::Fields& field);
};

/// That of a training with fresh weights on the file of this digest without these boxes.
Lineage lineage_of(std::string const& digest, std::vector<std::int64_t> const& held_out_boxes);

}  // namespace shearwater::learn
