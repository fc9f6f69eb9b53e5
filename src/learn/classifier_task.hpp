// SPDX-License-Identifier: BSD-3-Clause
// The task of learning the classes of graphs.
#pragma once

#include <cstdint>
#include <memory>

#include "shearwater/learn/classifier.hpp"
#include "task.hpp"

namespace shearwater::learn {

/// What the trainer needs, and classes. A batch holds "values" and the edges; for a loss also
/// "host" (g), the classes.
class ClassifierTask : public Task {
 public:
  /// "features" and "probabilities" of the first `count` graphs, as GraphClassifier::classify says.
  virtual bridge::Batch classify(bridge::Batch const& graphs, std::int64_t count) = 0;
};

/// A classifier with fresh weights from `seed` for graphs as the card describes them.
std::unique_ptr<ClassifierTask> make_classifier_task(ClassifierConfig const& config,
                                                     ClassifierCard const& card,
                                                     std::uint64_t seed);

/// Lengths of the inputs' scales.
InputStatistics scales_of(ClassifierCard const& card);

}  // namespace shearwater::learn
