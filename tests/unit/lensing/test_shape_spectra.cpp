// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <memory>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/cosmology/angular_power.hpp"
#include "shearwater/cosmology/nonlinear_power.hpp"
#include "shearwater/fields/correlated_fields.hpp"
#include "shearwater/lensing/kaiser_squires.hpp"
#include "shearwater/lensing/multipole_bands.hpp"
#include "shearwater/lensing/shape_spectra.hpp"
#include "support.hpp"

using namespace shearwater;
using lensing::FieldShapes;

namespace {

constexpr double field_deg = 10;
constexpr std::int64_t fine = 512, coarse = 64;
fields::FlatSky const fine_sky{fine, field_deg}, coarse_sky{coarse, field_deg};
std::vector<double> const bands{50, 120, 180, 250, 330, 420, 570};

/// Spectra of the convergence of matter and of alignments, of sources in a narrow bin.
struct Theory {
  std::vector<double> ell, gg, gi, ii;

  explicit Theory(double amplitude) {
    cosmology::Cosmology const cosmology;
    cosmology::Background const background(cosmology);
    auto const power =
        std::make_shared<cosmology::NonlinearPower>(background, cosmology::LinearPower(cosmology));
    cosmology::AngularPower const exact(
        background, [power](double k, double a) { return power->linear(k, a); },
        {cosmology::RedshiftDistribution::gaussian(0.5, 0.1, 1)}, {amplitude, 0, 0.62}, 256);
    using cosmology::ShearPart;
    for (double l = 10; l < 2e4; l *= 1.2) {
      // Nothing beyond the coarse grid, which would mix it in.
      double const kept = l < coarse_sky.nyquist() ? 1 : 0;
      ell.push_back(l);
      gg.push_back(kept * exact(0, 0, l, ShearPart::lensing));
      gi.push_back(kept * exact(0, 0, l, ShearPart::lensing_alignment));
      ii.push_back(kept * exact(0, 0, l, ShearPart::alignment));
    }
  }
};

/// Shear of Gaussian convergence and alignment, and galaxies at random places in it.
class Mock {
 public:
  explicit Mock(Theory const& theory) : fields_(fine_sky, 2, theory.ell) {
    std::vector<double> spectra = theory.gg;
    for (double const gi : theory.gi) spectra.push_back(gi / 2);
    spectra.insert(spectra.end(), theory.ii.begin(), theory.ii.end());
    workspace_ = fields_.make_workspace();
    fields_.prepare(spectra, {}, *workspace_);
  }
  void draw(std::uint64_t index) {
    auto const make = [](char const* label) { return Array3<float>(label, 2, fine, fine); };
    auto const kappa = make("test::kappa"), none = make("test::none"), first = make("test::first"),
               second = make("test::second");
    auto const host = Kokkos::create_mirror_view(kappa);
    fields_.draw(7, index, *workspace_, host.data());
    Kokkos::deep_copy(kappa, host);
    lensing::KaiserSquires(fine_sky).shear(ExecSpace(), kappa, none, first, second);
    shear_[0] = to_host(first);
    shear_[1] = to_host(second);
  }
  /// sign   of the intrinsic shapes; 0: random orientations. In `bins` by turns.
  FieldShapes galaxies(std::uint64_t index, int count, double scatter, double sign,
                       int bins = 1) const {
    core::Stream stream(11, core::Purpose::observation, index);
    FieldShapes result;
    for (int i = 0; i < count; ++i) {
      auto const row = stream.below(fine), column = stream.below(fine);
      auto const at = [&](std::size_t field) {
        std::size_t const p = (field * fine + row) * fine + column;
        return std::complex<double>(shear_[0][p], shear_[1][p]);
      };
      auto const tangent = [](std::uint64_t pixel) {
        return fine_sky.width() * ((static_cast<double>(pixel) + 0.5) / fine - 0.5);
      };
      result.east.push_back(tangent(column)), result.north.push_back(tangent(row));
      result.bin.push_back(i % bins);
      result.weight.push_back(0.5 + stream.uniform());
      result.shape.push_back(sign * at(1) +
                             scatter * std::complex<double>(stream.normal(), stream.normal()));
      result.shear.push_back(at(0));
    }
    return result;
  }

 private:
  fields::CorrelatedFields fields_;
  std::shared_ptr<fields::CorrelatedFields::Workspace> workspace_;
  std::vector<float> shear_[2];
};

/// Mean over realisations and its error, from their scatter.
struct Mean {
  std::vector<double> sum, square, error;
  std::size_t draws = 0;

  void add(std::vector<double> const& values, std::vector<double> const& errors) {
    sum.resize(values.size()), square.resize(values.size()), error.resize(values.size());
    for (std::size_t n = 0; n < values.size(); ++n) {
      sum[n] += values[n], square[n] += values[n] * values[n];
      error[n] += errors[n] * errors[n];
    }
    ++draws;
  }
  double mean(std::size_t n) const { return sum[n] / static_cast<double>(draws); }
  double scatter(std::size_t n) const {
    double const m = mean(n);
    return std::sqrt(square[n] / static_cast<double>(draws) - m * m);
  }
  /// The claimed error of one realisation.
  double claimed(std::size_t n) const { return std::sqrt(error[n] / static_cast<double>(draws)); }
};

}  // namespace

TEST_CASE("spectra of aligned galaxies are those that they were drawn from", "[lensing]") {
  constexpr int draws = 24;
  constexpr double amplitude = 25, scatter = 0.1;
  Theory const theory(amplitude);
  Mock mock(theory);
  Mean gg, gi, ii, gi_b, ii_b, turned;
  for (int draw = 0; draw < draws; ++draw) {
    auto const index = static_cast<std::uint64_t>(draw);
    mock.draw(index);
    auto const found = lensing::shape_spectra(test::world(), coarse_sky,
                                              mock.galaxies(index, 20000, scatter, 1), 1, bands, 8);
    CHECK(found.observed == 1);
    gg.add(found.gg.value, found.gg.error), gi.add(found.gi.value, found.gi.error);
    ii.add(found.ii.value, found.ii.error);
    gi_b.add(found.gi.b_mode, found.gi.error), ii_b.add(found.ii.b_mode, found.ii.error);
    auto const wrong = lensing::shape_spectra(
        test::world(), coarse_sky, mock.galaxies(index, 20000, scatter, -1), 1, bands, 8);
    turned.add(wrong.gi.value, wrong.gi.error);
  }
  auto const of = [&](std::vector<double> const& values) {
    return lensing::band_means(coarse_sky, bands, theory.ell, values);
  };
  auto const gg_true = of(theory.gg), gi_true = of(theory.gi), ii_true = of(theory.ii);
  double significance = 0;
  for (std::size_t n = 0; n + 1 < bands.size(); ++n) {
    // 30 numbers within 4.5 standard errors: false alarms in 2e-4, plus 1 % for the grids.
    auto const holds = [&](Mean const& mean, double truth) {
      double const error = mean.claimed(n) / std::sqrt(draws);
      INFO("band " << n << ": " << mean.mean(n) << " +- " << error << " beside " << truth);
      CHECK(std::abs(mean.mean(n) - truth) < 4.5 * error + 0.01 * std::abs(truth));
    };
    holds(gg, gg_true[n]), holds(gi, gi_true[n]), holds(ii, ii_true[n]);
    holds(gi_b, 0), holds(ii_b, 0);
    // The scatter of 24 draws is within 0.5 and 1.75 of its true value but for 1e-4 (chi-square);
    // what errors leave out, the noise of the noise, is small.
    for (auto const* mean : {&gi, &ii}) {
      CHECK(mean->claimed(n) > mean->scatter(n) / 1.9);
      CHECK(mean->claimed(n) < mean->scatter(n) / 0.45);
    }
    significance += gi_true[n] / gi.claimed(n) * std::sqrt(draws);
    CHECK(gi_true[n] < 0);
  }
  // Strong enough that the sign and the noise matter: the other sign is refused.
  CHECK(significance < -20);
  double apart = 0;
  for (std::size_t n = 0; n + 1 < bands.size(); ++n)
    apart += (turned.mean(n) - gi_true[n]) / gi.claimed(n) * std::sqrt(draws);
  CHECK(apart > 20);
}

TEST_CASE("both orders of GI share modes where bins lie in one field", "[lensing]") {
  // Two bins of the same shears and alignments: GI and IG of them are almost the same number.
  constexpr int draws = 40;
  Mock mock(Theory(25));
  Mean gi;
  std::size_t const numbers = bands.size() - 1;
  for (int draw = 0; draw < draws; ++draw) {
    auto const index = static_cast<std::uint64_t>(draw);
    mock.draw(index);
    auto const found = lensing::shape_spectra(
        test::world(), coarse_sky, mock.galaxies(200 + index, 60000, 0.01, 1, 2), 2, bands, 8);
    auto const of_pair = [&](std::vector<double> const& values) {
      auto const first = values.begin() + static_cast<std::ptrdiff_t>(numbers);
      return std::vector(first, first + static_cast<std::ptrdiff_t>(numbers));
    };
    gi.add(of_pair(found.gi.value), of_pair(found.gi.error));
  }
  double ratio = 0;
  for (std::size_t n = 0; n < numbers; ++n)
    ratio += std::pow(gi.scatter(n) / gi.claimed(n), 2) * draws / (draws - 1) /
             static_cast<double>(numbers);
  // A variance of 6 times 39 degrees of freedom: beyond 4 of its errors of 9 % in 6e-5 of cases.
  // Taken as independent, they would give almost 2.
  INFO(ratio);
  CHECK_THAT(ratio, WithinAbs(1, 4 * std::sqrt(2.0 / (6 * (draws - 1)))));
}

TEST_CASE("random orientations have no spectra, without knowing their noise", "[lensing]") {
  constexpr int draws = 20;
  Mock mock(Theory(1));
  mock.draw(3);
  double worst = 0, mean = 0;
  for (int draw = 0; draw < draws; ++draw) {
    auto const found = lensing::shape_spectra(
        test::world(), coarse_sky,
        mock.galaxies(100 + static_cast<std::uint64_t>(draw), 3000, 0.3, 0), 1, bands, 4);
    for (std::size_t n = 0; n + 1 < bands.size(); ++n) {
      double const pulls[] = {found.ii.value[n] / found.ii.error[n],
                              found.ii.b_mode[n] / found.ii.error[n],
                              found.gi.value[n] / found.gi.error[n]};
      for (double const pull : pulls) {
        worst = std::max(worst, std::abs(pull));
        mean += pull / std::sqrt(18.0 * draws);
      }
      // The noise that was taken away is what would have been found.
      CHECK(found.ii.noise[n] > 2 * found.ii.error[n]);
    }
  }
  // 360 pulls: one above 4.9 in 4e-4 of Gaussian cases; their mean above 4 in 6e-5.
  CHECK(worst < 4.9);
  CHECK(std::abs(mean) < 4);
}

TEST_CASE("band means of a spectrum that is cut off, has a zero or none at all", "[lensing]") {
  std::vector<double> ell, cut, waves, none;
  auto const power = [](double l) { return -std::pow(l, -1.3) * std::exp(-l * l / 10000); };
  auto const wave = [](double l) { return std::cos(l / 60); };
  for (double l = 30; l < 700; l *= 1.05) {
    ell.push_back(l), cut.push_back(power(l)), waves.push_back(wave(l)), none.push_back(0);
  }
  std::vector<double> expected(bands.size() - 1), sum(expected), number(expected);
  for (int row = -16; row <= 16; ++row)
    for (int column = -16; column <= 16; ++column) {
      double const l = coarse_sky.fundamental() * std::hypot(row, column);
      auto const above = std::ranges::lower_bound(bands, l) - bands.begin();
      if (above == 0 || above == std::ssize(bands)) continue;
      auto const band = static_cast<std::size_t>(above) - 1;
      expected[band] += power(l), sum[band] += wave(l), ++number[band];
    }
  auto const found = lensing::band_means(coarse_sky, bands, ell, cut);
  auto const found_waves = lensing::band_means(coarse_sky, bands, ell, waves);
  for (std::size_t n = 0; n < expected.size(); ++n) {
    CHECK_THAT(found[n], WithinRel(expected[n] / number[n], 3e-4));
    CHECK_THAT(found_waves[n], WithinAbs(sum[n] / number[n], 2e-2));
  }
  for (double const mean : lensing::band_means(coarse_sky, bands, ell, none)) CHECK(mean == 0);
}

TEST_CASE("what was not observed and what is too small", "[lensing]") {
  Mock mock(Theory(25));
  mock.draw(1);
  auto galaxies = mock.galaxies(5, 20000, 0, 1);
  auto const whole = lensing::shape_spectra(test::world(), coarse_sky, galaxies, 1, bands, 8);
  // A quarter of the field without galaxies: powers stay, within what the border mixes.
  for (std::size_t i = 0; i < galaxies.weight.size(); ++i)
    if (galaxies.east[i] > 0 && galaxies.north[i] > 0) galaxies.weight[i] = 0;
  auto const part = lensing::shape_spectra(test::world(), coarse_sky, galaxies, 1, bands, 8);
  CHECK(part.observed == 0.75);
  double ratio = 0;
  for (std::size_t n = 0; n + 1 < bands.size(); ++n)
    ratio += part.gg.value[n] / whole.gg.value[n] / static_cast<double>(bands.size() - 1);
  CHECK_THAT(ratio, WithinRel(1.0, 0.25));
  CHECK(part.empty == 0.25);
  CHECK(!part.in_doubt());
  CHECK(!whole.in_doubt());
  // Too few galaxies to tell: said, with what there is in squares.
  for (std::size_t i = 500; i < galaxies.weight.size(); ++i) galaxies.weight[i] = 0;
  auto const few = lensing::shape_spectra(test::world(), coarse_sky, galaxies, 1, bands, 8);
  CHECK(few.observed == 1);
  CHECK(few.empty >= 0.25);
  CHECK(few.in_doubt());
  CHECK(few.galaxies_in_square() < 8);
  CHECK(few.galaxies_in_square() == static_cast<double>(few.galaxies[0]) / 64);
  auto const refused = [&](std::vector<double> const& edges, std::int64_t bins) {
    CHECK_THROWS_AS(lensing::shape_spectra(test::world(), coarse_sky, galaxies, bins, edges, 8),
                    core::InputError);
  };
  refused({50, 600}, 1);
  refused({100, 50}, 1);
  refused({100, 100.1}, 1);
  refused({100, 200}, 2);
}

TEST_CASE("shapes are turned onto the plane of the field", "[lensing]") {
  // A great circle through the middle of a field at declination 60, seen as a straight line: shapes
  // along it, whose angle with local east changes, have one angle on the plane.
  double const dec = 1.05, angle = 0.4, width = 0.2;
  FieldShapes shapes;
  for (int i = -5; i <= 5; ++i) {
    double const r = 0.015 * i, c = std::cos(dec), s = std::sin(dec);
    auto const at = [&](double along) {
      double const away = std::cos(along), east = std::sin(along) * std::cos(angle),
                   north = std::sin(along) * std::sin(angle);
      return std::array<double, 3>{c * away - s * north, east, s * away + c * north};
    };
    auto const p = at(r), q = at(r + 1e-6);
    double const ra = std::atan2(p[1], p[0]), d = std::asin(p[2]);
    double const ra_q = std::atan2(q[1], q[0]), d_q = std::asin(q[2]);
    double const phi = std::atan2(d_q - d, (ra_q - ra) * std::cos(d));
    CHECK(shapes.add(2.0, dec, width, 2.0 + ra, d, 0, 1, std::polar(0.3, 2 * phi), 0));
  }
  for (std::size_t i = 0; i < shapes.east.size(); ++i) {
    // The plane keeps angles to second order in the distance from the middle; not turned, 0.07.
    CHECK(std::abs(shapes.shape[i] - std::polar(0.3, 2 * angle)) < 1e-3);
    CHECK(std::abs(shapes.north[i] * std::cos(angle) - shapes.east[i] * std::sin(angle)) < 1e-12);
  }
  CHECK(!shapes.add(2.0, dec, width, 2.0 + 0.3, dec, 0, 1, 0, 0));
  CHECK(!shapes.add(2.0, dec, width, 2.0 + 3.1, -dec, 0, 1, 0, 0));
}
