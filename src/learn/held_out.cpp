// SPDX-License-Identifier: BSD-3-Clause
#include "held_out.hpp"

#include <algorithm>
#include <span>

namespace shearwater::learn {

namespace {

constexpr std::int64_t block_examples = 64;

double mean_of_all(parallel::Communicator const& comm, std::vector<double> const& mine) {
  auto const all = comm.all_gather(std::span<double const>(mine));
  double sum = 0;
  for (auto const value : all) sum += value;
  return sum / static_cast<double>(all.size());
}

std::int64_t row_count(bridge::Batch const& block) {
  auto const graphs = block.find("graph_begin");
  return graphs != block.end() ? graphs->second.extents[0] - 1 : block.at("parameters").extents[0];
}

}  // namespace

HeldOut::HeldOut(parallel::Communicator const& comm, bridge::ExampleSource const& source,
                 std::int64_t count)
    : count_(count) {
  auto const total = (count + block_examples - 1) / block_examples;
  auto const mine = parallel::share_of(total, comm.rank(), comm.size());
  comm.together([&] {
    for (auto i = mine.first; i < mine.first + mine.count; ++i)
      blocks_.push_back(source.examples(static_cast<std::uint64_t>(i * block_examples),
                                        std::min(block_examples, count_ - i * block_examples)));
  });
}

double HeldOut::loss(parallel::Communicator const& comm, Task& task) const {
  std::vector<double> losses;
  comm.together([&] {
    for (auto const& block : blocks_) {
      std::vector<double> rows(static_cast<std::size_t>(row_count(block)));
      task.losses(block, rows);
      losses.insert(losses.end(), rows.begin(), rows.end());
    }
  });
  return mean_of_all(comm, losses);
}

double HeldOut::log_jacobian(parallel::Communicator const& comm,
                             statistics::Prior const& prior) const {
  std::vector<double> values;
  auto const p = static_cast<std::size_t>(prior.size());
  std::vector<double> u(p);
  for (auto const& block : blocks_) {
    double const* theta = bridge::host_data<double>(block.at("parameters"));
    for (std::int64_t row = 0; row < row_count(block); ++row, theta += p) {
      prior.to_unbounded({theta, p}, u);
      values.push_back(prior.log_jacobian(u));
    }
  }
  return mean_of_all(comm, values);
}

}  // namespace shearwater::learn
