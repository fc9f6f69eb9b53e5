// SPDX-License-Identifier: BSD-3-Clause
// What a model on graphs has from the one that its training started from.
#pragma once

#include "shearwater/learn/classifier.hpp"
#include "shearwater/learn/lineage.hpp"
#include "training_start.hpp"

namespace shearwater::learn {

/// `lineage` with the graphs that the weights have seen before, by the card of the model of `start`
/// (where it names one): a generator or a classifier.
Lineage with_ancestors(Lineage lineage, TrainingStart const& start);

/// The card of the classifier whose model.toml this is.
ClassifierCard read_classifier_card(core::Config& description);

}  // namespace shearwater::learn
