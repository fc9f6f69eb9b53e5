// SPDX-License-Identifier: BSD-3-Clause
// The chain of the two-parameter full-field analysis that sbi_lens ships (Zeghal et al. 2024),
// 15,000 rows of (Omega_c, sigma_8). Numbers computed independently with numpy: mean .3401 .7621,
// standard deviation .0230 .0289, correlation -.927, figure of merit 4003.6.
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/statistics/c2st.hpp"
#include "shearwater/statistics/moments.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

constexpr char const* chain_file = "sbi_lens/posterior_full_field__128N_5ms_30gpa_0.2se.npy";

/// Version 1.0 of the format: 10 bytes, a header of the length stored in bytes 8 and 9, float32
/// rows.
std::vector<double> reference_chain() {
  std::ifstream file(test::require_data(chain_file), std::ios::binary);
  std::string const bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t const start =
      10 + static_cast<unsigned char>(bytes.at(8)) + 256U * static_cast<unsigned char>(bytes.at(9));
  REQUIRE_THAT(bytes.substr(0, start), ContainsSubstring("(15000, 2)"));
  std::vector<float> values(30000);
  REQUIRE(bytes.size() == start + sizeof(float) * values.size());
  std::memcpy(values.data(), bytes.data() + start, sizeof(float) * values.size());
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("the reference chain has its known moments", "[external]") {
  auto const chain = reference_chain();
  auto const m = statistics::moments(chain, 2);
  CHECK_THAT(m.mean[0], WithinAbs(0.3401, 5e-5));
  CHECK_THAT(m.mean[1], WithinAbs(0.7621, 5e-5));
  CHECK_THAT(m.sd(0), WithinAbs(0.0230, 5e-5));
  CHECK_THAT(m.sd(1), WithinAbs(0.0289, 5e-5));
  CHECK_THAT(m.correlation(0, 1), WithinAbs(-0.927, 5e-4));
  CHECK_THAT(inference::pair_figure_of_merit(chain, 2, 0, 1), WithinAbs(4003.6, 0.05));
}

TEST_CASE("the comparison with the reference chain holds for the chain and sees a wider one",
          "[external]") {
  auto const chain = reference_chain();
  // Odd rows against even rows.
  std::vector<double> odd, even;
  for (std::size_t n = 0; n < 15000; ++n)
    (n % 2 == 1 ? odd : even)
        .insert(n % 2 == 1 ? odd.end() : even.end(), {chain[2 * n], chain[2 * n + 1]});
  auto const same = inference::compare_with_chain(odd, even, 2, 1);
  CHECK_THAT(same.ratio, WithinAbs(1, 0.03));
  CHECK(same.distance < 0.05);
  CHECK(same.c2st_rows == 7500);
  CHECK_THAT(same.c2st, WithinAbs(0.5, 0.015));
  // 0.25 standard deviations in the narrow diagonal direction are 1.3 of the chain's covariance.
  auto const m = statistics::moments(chain, 2);
  auto shifted = chain;
  for (std::size_t n = 0; n < 15000; ++n) {
    shifted[2 * n] += 0.25 * m.sd(0);
    shifted[2 * n + 1] += 0.25 * m.sd(1);
  }
  auto const moved = inference::compare_with_chain(shifted, chain, 2, 1);
  CHECK_THAT(moved.distance, WithinAbs(1.3, 0.05));
  CHECK(moved.c2st > 0.57);
}
