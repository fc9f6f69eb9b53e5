// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include "catch.hpp"
#include "shearwater/bridge/simulator_source.hpp"
#include "shearwater/core/provenance.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

std::unique_ptr<bridge::SimulatorSource> small_source() {
  auto config = core::Config::from_text(R"(
[prior.omega_c]
mean = 0.3
sd = 0.05
[prior.sigma_8]
mean = 0.8
sd = 0.05
[sources]
bins = 3
[maps]
pixels = 64
width_deg = 5
shift = "constant"
shifts = [0.01, 0.03, 0.08]
interpolate_spectra = false
noise_channel = true
[mask]
masked_fraction = 0.2
[summaries]
bands = 8
)",
                                        "test");
  return bridge::make_simulator_source(config);
}

std::unique_ptr<bridge::SimulatorSource> boxes() {
  auto config = core::Config::from_text(R"(
[prior.sigma_8]
mean = 0.8
sd = 0.05
[sources]
bins = 2
z_max = 0.3
[maps]
field = "n_body"
pixels = 16
width_deg = 3
[box]
side = 100
particles = 16
[initial]
scale_factor = 0.3
[steps]
count = 3
[light_cone]
redshift = 0.3
lines_of_sight = 3
ray_tracing = true
[summaries]
bands = 4
)",
                                        "test");
  return bridge::make_simulator_source(config);
}

/// All bytes of the rows that this rank makes, in the order of the arrays' names.
std::string bytes_of(bridge::Batch const& batch) {
  std::string bytes;
  for (auto const& [name, array] : batch) {
    std::size_t const width = array.type == bridge::ElementType::float32 ? 4 : 8;
    bytes.append(static_cast<char const*>(array.data),
                 static_cast<std::size_t>(array.size()) * width);
  }
  return bytes;
}

}  // namespace

TEST_CASE("examples have the same bits on any number of ranks", "[bridge][mpi]") {
  auto const source = GENERATE(true, false) ? small_source() : boxes();
  std::int64_t const total = 7;
  auto const share = parallel::share_of(total, test::world().rank(), test::world().size());
  // Each rank makes its rows as one batch; their bytes, row by row, are gathered in order.
  std::string mine;
  if (share.count > 0) {
    auto const batch = source->examples(static_cast<std::uint64_t>(share.first), share.count);
    for (std::int64_t row = 0; row < share.count; ++row) {
      bridge::Batch one;
      for (auto const& [name, array] : batch) one[name] = bridge::rows(array, row, 1);
      mine += bytes_of(one);
    }
  }
  auto const all = test::world().all_gather(std::span<char const>(mine.data(), mine.size()));
  // Every rank compares with rows that it makes alone, in another order and grouping.
  std::string expected;
  for (std::int64_t row = 0; row < total; ++row)
    expected += bytes_of(source->examples(static_cast<std::uint64_t>(row), 1));
  CHECK(core::hash_text(std::string(all.begin(), all.end())) == core::hash_text(expected));
}
