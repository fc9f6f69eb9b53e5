// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "catch.hpp"
#include "shearwater/bridge/array_ref.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater;

TEST_CASE("an array over the caller's memory is row-major", "[bridge]") {
  std::vector<float> values(24);
  auto const array = bridge::array_ref(values.data(), {2, 3, 4});
  CHECK(array.strides == std::vector<std::int64_t>{12, 4, 1});
  CHECK(array.size() == 24);
  CHECK(bridge::host_data<float>(array) == values.data());
}

TEST_CASE("the type, the strides and the device are checked, never cast", "[bridge]") {
  std::vector<float> values(12);
  auto array = bridge::array_ref(values.data(), {3, 4});
  CHECK_THROWS_AS(bridge::host_data<double>(array), core::InternalError);
  auto turned = array;
  turned.strides = {1, 3};
  CHECK_THROWS_WITH(bridge::host_data<float>(turned), ContainsSubstring("not row-major"));
  array.device = {bridge::DeviceKind::cuda, 0};
  CHECK_THROWS_WITH(bridge::host_data<float>(array), ContainsSubstring("not on the host"));
}

TEST_CASE("rows share the memory and keep its owner alive", "[bridge]") {
  bridge::ArrayRef part;
  float* first = nullptr;
  {
    auto const whole = bridge::allocate(bridge::ElementType::float32, {5, 3});
    first = bridge::host_data<float>(whole);
    first[6] = 42;
    part = bridge::rows(whole, 2, 2);
    CHECK(whole.owner.use_count() == 2);
    CHECK_THROWS_AS(bridge::rows(whole, 4, 2), core::InternalError);
  }
  CHECK(part.owner.use_count() == 1);
  CHECK(bridge::host_data<float>(part) == first + 6);
  CHECK(bridge::host_data<float>(part)[0] == 42);
}
