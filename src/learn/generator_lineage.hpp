// SPDX-License-Identifier: BSD-3-Clause
// What a generator has from the model that its training started from.
#pragma once

#include "shearwater/learn/generator.hpp"
#include "training_start.hpp"

namespace shearwater::learn {

/// Throws InputError unless the weights of `start` (where it names a model) are those of a
/// generator of the same labels from the same inputs in the same order; `card` and `generator` are
/// those of the training that begins.
void require_same_generator(TrainingStart const& start, GeneratorCard const& card,
                            GeneratorConfig const& generator);

/// `card` with the graphs that its weights have seen before, by the model of `start`.
GeneratorCard with_ancestors(GeneratorCard card, TrainingStart const& start);

}  // namespace shearwater::learn
