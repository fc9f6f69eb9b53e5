// SPDX-License-Identifier: BSD-3-Clause
// Labelled examples for a trainer: a simulator that runs in the same job, or a file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shearwater/bridge/array_ref.hpp"

namespace shearwater::bridge {

/// What one example looks like. An axis of length 0 means that the array is absent from batches.
struct ExampleShape {
  std::int64_t parameters = 0;            ///< length of "parameters" (n, parameters), float64
  std::int64_t channels = 0, pixels = 0;  ///< "maps" (n, channels, pixels, pixels), float32
  std::int64_t summaries = 0;             ///< "summaries" (n, summaries), float32
  bool mask = false;                      ///< "mask" (n, 1, pixels, pixels), float32, 1 = observed
  bool noise = false;                     ///< "noise" (n, channels, pixels, pixels), float32
  std::vector<std::string> parameter_names;  ///< in the order of "parameters"
};

/// What making examples costs where that is known without making any; zero where it is not.
struct ExampleCost {
  double seconds = 0;  ///< of one core for an example
  double bytes = 0;    ///< while examples are made, beside their arrays
};

/// Row i of every array is a function of (source, global index i) alone, so any rank may make any
/// row.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  virtual ExampleShape shape() const = 0;
  /// Number of different examples; 0 when there is no end (a simulator).
  virtual std::int64_t size() const = 0;
  virtual ExampleCost cost() const { return {}; }
  /// How many consecutive examples, from multiples of it on, share their parameters.
  virtual std::int64_t related() const { return 1; }
  /// Rows [first, first + count) into freshly allocated arrays of a batch. Thread-safe; throws
  /// NumericsError when a value is not finite, IoError when a file cannot be read.
  virtual Batch examples(std::uint64_t first, std::int64_t count) const = 0;
  /// Whether examples differ in size: batches are then ragged (see graph_source.hpp), examples
  /// after the held-out ones lie by falling cost, and pick() gives any of them.
  virtual bool ragged() const { return false; }
  /// Examples `which`, in that order. Throws InternalError unless ragged().
  virtual Batch pick(std::span<std::int64_t const> which) const;
};

}  // namespace shearwater::bridge
