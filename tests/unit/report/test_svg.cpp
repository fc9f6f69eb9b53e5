// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "catch.hpp"
#include "shearwater/report/svg.hpp"

using namespace shearwater::report;

TEST_CASE("ticks are multiples of 1, 2 or 5 inside the range", "[svg]") {
  CHECK(nice_ticks({0, 10}, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
  auto const ticks = nice_ticks({0.27, 0.41}, 4);
  REQUIRE(ticks.size() == 3);
  CHECK_THAT(ticks[0], WithinAbs(0.30, 1e-12));
  CHECK_THAT(ticks[2], WithinAbs(0.40, 1e-12));
  CHECK(nice_ticks({-1, 1}, 4)[2] == 0);
  CHECK(nice_ticks({1, 1}, 4).empty());
  CHECK_THAT(tick_step({0.33, 0.49}, 3), WithinAbs(0.1, 1e-15));  // one tick alone keeps its digits
  CHECK(nice_ticks({0, NAN}, 4).empty());
}

TEST_CASE("tick labels have the digits of their step", "[svg]") {
  CHECK(tick_text(0.3, 0.05) == "0.30");
  CHECK(tick_text(2, 1) == "2");
  CHECK(tick_text(-0.02, 0.01) == "\u22120.02");
  CHECK(tick_text(20000, 5000) == "20\u2009000");
  CHECK(tick_text(1500000, 500000) == "1\u2009500\u2009000");
  CHECK(tick_text(4000, 1000) == "4000");
}

TEST_CASE("parameter names become symbols, others stay and are escaped", "[svg]") {
  CHECK(html_label("omega_c") == "<i>Ω</i><sub>c</sub>");
  CHECK(html_label("S_8") == "<i>S</i><sub>8</sub>");
  CHECK(html_label("theta_10") == "<i>θ</i><sub>10</sub>");
  CHECK(html_label("h") == "h");
  CHECK(html_label("shift<1>") == "shift&lt;1&gt;");
  CHECK(html_label("photoz_bias") == "photoz_bias");
  CHECK_THAT(svg_label("sigma_8"), ContainsSubstring("σ") && ContainsSubstring(">8</tspan>"));
  CHECK(escaped("a & \"b\"") == "a &amp; &quot;b&quot;");
}

TEST_CASE("a panel maps data to pixels and draws what it is given", "[svg]") {
  Panel panel(100, 50, 200, 100, {0, 10}, {-1, 1});
  CHECK_THAT(panel.x(5), WithinAbs(200, 1e-12));
  CHECK_THAT(panel.y(1), WithinAbs(50, 1e-12));  // upwards in data is upwards on the page
  CHECK_THAT(panel.y(-1), WithinAbs(150, 1e-12));
  std::vector<Point2> const points{{0, 0}, {5, 1}, {7, NAN}, {10, -1}};
  panel.line(points, {"#123456", 2, "none", 1, "3 1"});
  panel.polygons({{{0, 0}, {1, 0}, {1, 1}}}, {"none", 1, "#abcdef", 0.5, ""});
  panel.x_axis("x &amp; y");
  panel.y_axis("");
  panel.legend({{"first", {"#123456", 2, "none", 1, ""}}});
  auto const text = figure(400, 200, "a <test>", {panel});
  // The gap starts the line anew.
  CHECK_THAT(text, ContainsSubstring("M100.00 100.00L200.00 50.00M300.00 150.00\""));
  CHECK_THAT(text, ContainsSubstring("stroke-dasharray=\"3 1\""));
  CHECK_THAT(text, ContainsSubstring("Z\" fill-rule=\"evenodd\" fill=\"#abcdef\""));
  CHECK_THAT(text, ContainsSubstring("x &amp; y</text>"));
  CHECK_THAT(text, ContainsSubstring("<title>a &lt;test&gt;</title>"));
  CHECK_THAT(text, ContainsSubstring(">first</text>"));
}
