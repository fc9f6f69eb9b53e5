// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numeric>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#pragma GCC diagnostic pop

#include "catch.hpp"
#include "map_image.hpp"

using namespace shearwater::report;

namespace {

std::vector<unsigned char> decoded(std::string const& text) {
  std::string const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned char> bytes;
  unsigned word = 0, have = 0;
  for (char const c : text) {
    if (c == '=') break;
    word = word << 6 | static_cast<unsigned>(digits.find(c));
    have += 6;
    if (have >= 8) bytes.push_back(static_cast<unsigned char>(word >> (have -= 8)));
  }
  return bytes;
}

}  // namespace

TEST_CASE("base64 has the examples of RFC 4648", "[report]") {
  auto const encode = [](std::string const& s) {
    return base64({reinterpret_cast<unsigned char const*>(s.data()), s.size()});
  };
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg==");
  CHECK(encode("fo") == "Zm8=");
  CHECK(encode("foobar") == "Zm9vYmFy");
}

TEST_CASE("the colour scale's lightness grows from end to end", "[report]") {
  double last = -1;
  for (int k = 0; k <= 50; ++k) {
    auto const c = colour_of(k / 50.0);
    double const lightness = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    CHECK(lightness > last);
    last = lightness;
  }
  CHECK(colour_of(-1) == colour_of(0));
  CHECK(colour_of(2) == colour_of(1));
}

TEST_CASE("a map's picture decodes to its colours, row 0 at the bottom", "[report]") {
  std::vector<float> const map{0, 1, 2, 3};
  auto const bytes = decoded(map_png(map, 2, 0, 3));
  int width = 0, height = 0, channels = 0;
  auto* pixels = stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width,
                                       &height, &channels, 3);
  REQUIRE(pixels != nullptr);
  CHECK(width == 2);
  CHECK(height == 2);
  auto const colour = [&](int k) {
    return std::array<std::uint8_t, 3>{pixels[3 * k], pixels[3 * k + 1], pixels[3 * k + 2]};
  };
  CHECK(colour(0) == colour_of(2.0 / 3));
  CHECK(colour(1) == colour_of(1));
  CHECK(colour(2) == colour_of(0));
  stbi_image_free(pixels);
}

TEST_CASE("smoothing keeps a constant and spreads a point as a Gaussian", "[report]") {
  std::vector<float> const flat(400, 2.5F);
  for (float const value : smoothed(flat, 20, 2)) CHECK_THAT(value, WithinAbs(2.5, 1e-6));
  std::vector<float> point(33 * 33, 0.0F);
  point[16 * 33 + 16] = 1;
  auto const spread = smoothed(point, 33, 2);
  CHECK_THAT(spread[16 * 33 + 18] / spread[16 * 33 + 16], WithinAbs(std::exp(-0.5), 1e-5));
  CHECK(spread[18 * 33 + 16] == spread[16 * 33 + 18]);
  std::vector<float> ramp(101);
  std::iota(ramp.begin(), ramp.end(), 0.0F);
  CHECK(value_range(ramp, 0.05) == std::array<double, 2>{5, 95});
}
