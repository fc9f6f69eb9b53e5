// SPDX-License-Identifier: BSD-3-Clause
// Sums over edges on arrays, and where they run.
#include <vector>

#include "catch.hpp"
#include "shearwater/bridge/graph_aggregation.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/views.hpp"

using namespace shearwater;

namespace {

/// Node 0 hears from 1 and 2, node 1 from nobody, node 2 from itself.
struct SmallGraph {
  std::vector<std::int64_t> begin = {0, 2, 2, 3}, far = {1, 2, 2};
  std::vector<float> weight = {2, -1, 0.5F}, feature = {1, 10, 2, 20, 3, 30};
  std::vector<float> sums = {1, 10, 0, 0, 1.5F, 15};  // by hand

  bridge::EdgeLists lists() {
    return {bridge::array_ref(begin.data(), {4}), {}, bridge::array_ref(far.data(), {3})};
  }
};

bridge::ArrayRef on_cuda(bridge::ArrayRef array) {
  array.device = {bridge::DeviceKind::cuda, 0};
  return array;
}

}  // namespace

TEST_CASE("sums over edges of arrays on the host", "[bridge]") {
  SmallGraph graph;
  std::vector<float> out(6);
  auto const lists = graph.lists();
  auto const weight = bridge::array_ref(graph.weight.data(), {3, 1}),
             feature = bridge::array_ref(graph.feature.data(), {3, 2}),
             sums = bridge::array_ref(out.data(), {3, 1, 2});
  bridge::sum_neighbours(lists, weight, feature, sums);
  CHECK(out == graph.sums);
  std::vector<double> wide(3);
  CHECK_THROWS_AS(
      bridge::sum_neighbours(lists, bridge::array_ref(wide.data(), {3, 1}), feature, sums),
      core::InternalError);
}

TEST_CASE("arrays of one call are on one device", "[bridge]") {
  SmallGraph graph;
  std::vector<float> out(6);
  auto const lists = graph.lists();
  auto const weight = bridge::array_ref(graph.weight.data(), {3, 1}),
             feature = bridge::array_ref(graph.feature.data(), {3, 2}),
             sums = bridge::array_ref(out.data(), {3, 1, 2});
  CHECK_THROWS_WITH(bridge::sum_neighbours(lists, weight, on_cuda(feature), sums),
                    ContainsSubstring("several devices"));
  auto const there = bridge::EdgeLists{on_cuda(lists.begin), {}, on_cuda(lists.far)};
  auto elsewhere = on_cuda(feature);
  elsewhere.stream = out.data();
  CHECK_THROWS_WITH(bridge::sum_neighbours(there, on_cuda(weight), elsewhere, on_cuda(sums)),
                    ContainsSubstring("several devices or streams"));
  CHECK(out == std::vector<float>(6));
}

#ifdef KOKKOS_ENABLE_CUDA

TEST_CASE("sums over edges of arrays on a device, in its default stream", "[bridge]") {
  SmallGraph graph;
  auto const begin = to_device("test::begin", graph.begin), far = to_device("test::far", graph.far);
  auto const weight = to_device("test::weight", graph.weight),
             feature = to_device("test::feature", graph.feature);
  Array1<float> const out("test::out", 6);
  Kokkos::fence();
  bridge::sum_neighbours({on_cuda(bridge::array_ref(begin.data(), {4})),
                          {},
                          on_cuda(bridge::array_ref(far.data(), {3}))},
                         on_cuda(bridge::array_ref(weight.data(), {3, 1})),
                         on_cuda(bridge::array_ref(feature.data(), {3, 2})),
                         on_cuda(bridge::array_ref(out.data(), {3, 1, 2})));
  Kokkos::fence();
  CHECK(to_host(out) == graph.sums);
  CHECK(bridge::kernel_device().kind == bridge::DeviceKind::cuda);
}

#else

TEST_CASE("a build without CUDA refuses arrays of a device", "[bridge]") {
  SmallGraph graph;
  std::vector<float> out(6);
  auto const lists = graph.lists();
  CHECK_THROWS_WITH(bridge::sum_neighbours({on_cuda(lists.begin), {}, on_cuda(lists.far)},
                                           on_cuda(bridge::array_ref(graph.weight.data(), {3, 1})),
                                           on_cuda(bridge::array_ref(graph.feature.data(), {3, 2})),
                                           on_cuda(bridge::array_ref(out.data(), {3, 1, 2}))),
                    ContainsSubstring("built without CUDA"));
  CHECK(bridge::kernel_device() == bridge::Device{});
}

#endif
