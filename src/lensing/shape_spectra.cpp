// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/lensing/shape_spectra.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "modes.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/lensing/multipole_bands.hpp"
#include "shearwater/parallel/host_fft2.hpp"
#include "shearwater/parallel/sums.hpp"

namespace shearwater::lensing {

namespace {

using Complex = std::complex<double>;
constexpr double unit = 0x1p32;  ///< of the whole numbers that sums are made of
constexpr double least_in_cell = 10;

/// All that is summed over galaxies, as whole numbers.
struct Sums {
  std::int64_t bins, pixels, cells;
  std::vector<std::int64_t> maps;    ///< (bins, 4, pixels, pixels): shape and shear
  std::vector<std::int64_t> weight;  ///< (bins)
  std::vector<std::int64_t> count;   ///< (bins)
  std::vector<std::int64_t> noise;   ///< (bins, 3): shape, shape x shear, shear
  std::vector<std::int64_t> inside;  ///< (cells, cells) galaxies

  Sums(std::int64_t b, std::int64_t n, std::int64_t c)
      : bins(b),
        pixels(n),
        cells(c),
        maps(static_cast<std::size_t>(b * 4 * n * n)),
        weight(static_cast<std::size_t>(b)),
        count(static_cast<std::size_t>(b)),
        noise(static_cast<std::size_t>(3 * b)),
        inside(static_cast<std::size_t>(c * c)) {}

  void add(FieldShapes const& g, fields::FlatSky sky, double largest) {
    auto const whole = [](double value) {
      return static_cast<std::int64_t>(std::llround(value * unit));
    };
    auto const place = [&](double tangent, std::int64_t parts) {
      auto const n = static_cast<double>(parts);
      auto const at = static_cast<std::int64_t>(std::floor(n * (0.5 + tangent / sky.width())));
      return std::clamp<std::int64_t>(at, 0, parts - 1);
    };
    for (std::size_t i = 0; i < g.east.size(); ++i) {
      if (g.bin[i] < 0 || g.bin[i] >= bins || !(g.weight[i] > 0)) continue;
      auto const b = static_cast<std::size_t>(g.bin[i]);
      double const w = g.weight[i] / largest;
      auto const pixel =
          static_cast<std::size_t>(place(g.north[i], pixels) * pixels + place(g.east[i], pixels));
      auto const map = static_cast<std::size_t>(pixels * pixels);
      double const parts[] = {g.shape[i].real(), g.shape[i].imag(), g.shear[i].real(),
                              g.shear[i].imag()};
      for (std::size_t c = 0; c < 4; ++c) maps[(4 * b + c) * map + pixel] += whole(w * parts[c]);
      noise[3 * b] += whole(w * w * std::norm(g.shape[i]) / 2);
      noise[3 * b + 1] += whole(w * w * (g.shape[i] * std::conj(g.shear[i])).real() / 2);
      noise[3 * b + 2] += whole(w * w * std::norm(g.shear[i]) / 2);
      weight[b] += whole(w);
      ++count[b];
      ++inside[static_cast<std::size_t>(place(g.north[i], cells) * cells +
                                        place(g.east[i], cells))];
    }
  }
  /// Collective over comm.
  void gather(parallel::Communicator const& comm) {
    for (auto* list : {&maps, &weight, &count, &noise, &inside}) parallel::sum(comm, *list);
  }
  double empty() const {
    auto const squares = static_cast<double>(inside.size());
    return static_cast<double>(std::ranges::count(inside, std::int64_t{0})) / squares;
  }
  double observed() const {
    std::int64_t galaxies = 0;
    for (auto const n : inside) galaxies += n;
    bool const told =
        static_cast<double>(galaxies) >= least_in_cell * static_cast<double>(inside.size());
    return told ? 1 - empty() : 1;
  }
};

/// E and B modes of a field of spin two, at the modes of the bands.
struct Spin {
  std::vector<Complex> e, b;
};

Spin transform(Sums const& sums, std::size_t map, parallel::HostFft2 const& fft,
               std::vector<Mode> const& modes) {
  auto const size = static_cast<std::size_t>(sums.pixels * sums.pixels);
  std::vector<std::complex<float>> half[2];
  for (std::size_t c = 0; c < 2; ++c) {
    std::vector<float> values(size);
    for (std::size_t i = 0; i < size; ++i)
      values[i] = static_cast<float>(static_cast<double>(sums.maps[(map + c) * size + i]) / unit);
    half[c].resize(static_cast<std::size_t>(fft.rows() * fft.half_columns()));
    fft.forward(values.data(), half[c].data());
  }
  Spin result;
  for (auto const& mode : modes) {
    Complex const first(half[0][mode.index]), second(half[1][mode.index]);
    result.e.push_back((mode.cosine * first + mode.sine * second) / mode.window);
    result.b.push_back((mode.cosine * second - mode.sine * first) / mode.window);
  }
  return result;
}

/// Bands of one pair of fields.
struct Band {
  std::vector<double> e, b, noise;  ///< powers without noise, and the noise, [1]
};

class Powers {
 public:
  Powers(Sums const& sums, fields::FlatSky sky, std::vector<double> const& edges)
      : sums_(sums), sky_(sky), modes_(modes_of(sky, edges)), bands_(edges.size() - 1) {
    ell_.resize(bands_), count_.resize(bands_);
    for (auto const& mode : modes_) {
      count_[mode.band] += mode.count;
      ell_[mode.band] += static_cast<double>(mode.count) * mode.ell;
    }
    for (std::size_t n = 0; n < bands_; ++n) ell_[n] /= static_cast<double>(count_[n]);
    parallel::HostFft2 const fft(sky.pixels, sky.pixels);
    for (std::size_t b = 0; b < static_cast<std::size_t>(sums.bins); ++b)
      for (std::size_t kind = 0; kind < 2; ++kind)
        fields_.push_back(transform(sums, 4 * b + 2 * kind, fft, modes_));
  }

  /// kind   0 shape, 1 shear
  Band band(std::size_t i, std::size_t kind_i, std::size_t j, std::size_t kind_j) const {
    auto const &one = fields_[2 * i + kind_i], &other = fields_[2 * j + kind_j];
    double const own =
        i == j ? static_cast<double>(sums_.noise[3 * i + kind_i + kind_j]) / unit : 0;
    double const scale =
        sums_.observed() * sky_.area() * unit * unit /
        (static_cast<double>(sums_.weight[i]) * static_cast<double>(sums_.weight[j]));
    Band result{std::vector<double>(bands_), std::vector<double>(bands_),
                std::vector<double>(bands_)};
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      auto const& mode = modes_[m];
      double const part =
          scale * static_cast<double>(mode.count) / static_cast<double>(count_[mode.band]);
      double const noise = own / (mode.window * mode.window);
      result.e[mode.band] += part * ((one.e[m] * std::conj(other.e[m])).real() - noise);
      result.b[mode.band] += part * ((one.b[m] * std::conj(other.b[m])).real() - noise);
      result.noise[mode.band] += part * noise;
    }
    return result;
  }
  /// Variance of the power of two fields in a band.
  double variance(Band const& first, Band const& second, Band const& cross, std::size_t n) const {
    auto const total = [n](Band const& band) { return band.noise[n] + std::max(0.0, band.e[n]); };
    return (total(first) * total(second) + all(cross, n) * all(cross, n)) / effective(n);
  }
  /// Covariance of the powers of a with b and of c with d.
  double covariance(Band const& ac, Band const& bd, Band const& ad, Band const& bc,
                    std::size_t n) const {
    return (all(ac, n) * all(bd, n) + all(ad, n) * all(bc, n)) / effective(n);
  }
  std::vector<double> const& ell() const { return ell_; }
  std::vector<std::int64_t> const& count() const { return count_; }
  std::size_t bands() const { return bands_; }

 private:
  static double all(Band const& band, std::size_t n) { return band.e[n] + band.noise[n]; }
  double effective(std::size_t n) const {
    return sums_.observed() * static_cast<double>(count_[n]);
  }

  Sums const& sums_;
  fields::FlatSky sky_;
  std::vector<Mode> modes_;
  std::size_t bands_;
  std::vector<double> ell_;
  std::vector<std::int64_t> count_;
  std::vector<Spin> fields_;  ///< (bins, 2)
};

void append(BandPowers& to, Band const& band, std::vector<double> const& variance) {
  to.value.insert(to.value.end(), band.e.begin(), band.e.end());
  to.b_mode.insert(to.b_mode.end(), band.b.begin(), band.b.end());
  to.noise.insert(to.noise.end(), band.noise.begin(), band.noise.end());
  for (double const v : variance) to.error.push_back(std::sqrt(v));
}

void add_pair(Powers const& powers, std::size_t i, std::size_t j, ShapeSpectra& result) {
  auto const at = [&](std::size_t kind_i, std::size_t kind_j) {
    return powers.band(i, kind_i, j, kind_j);
  };
  auto const variances = [&](std::size_t kind_i, std::size_t kind_j, Band const& cross) {
    auto const first = powers.band(i, kind_i, i, kind_i),
               second = powers.band(j, kind_j, j, kind_j);
    std::vector<double> variance;
    for (std::size_t n = 0; n < powers.bands(); ++n)
      variance.push_back(powers.variance(first, second, cross, n));
    return variance;
  };
  auto const ii = at(0, 0), gg = at(1, 1);
  append(result.ii, ii, variances(0, 0, ii));
  append(result.gg, gg, variances(1, 1, gg));
  auto gi = at(1, 0);
  auto const ig = at(0, 1);
  auto variance = variances(1, 0, gi);
  auto const other = variances(0, 1, ig);
  auto const own_i = powers.band(i, 1, i, 0), own_j = powers.band(j, 1, j, 0);
  for (std::size_t n = 0; n < powers.bands(); ++n) {
    // Both orders share modes; of one bin they are the same number.
    double const shared = powers.covariance(gg, ii, own_i, own_j, n);
    variance[n] = i == j ? 4 * variance[n] : variance[n] + other[n] + 2 * shared;
    gi.e[n] += ig.e[n], gi.b[n] += ig.b[n], gi.noise[n] += ig.noise[n];
  }
  append(result.gi, gi, variance);
}

}  // namespace

bool FieldShapes::add(double middle_ra, double middle_dec, double width, double ra, double dec,
                      std::int32_t bin_of, double weight_of, Complex intrinsic, Complex light) {
  double const turn = ra - middle_ra, c = std::cos(middle_dec), s = std::sin(middle_dec);
  double const across = std::cos(dec) * std::cos(turn);
  double const away = c * across + s * std::sin(dec);
  if (!(away > 0)) return false;
  double const x = std::cos(dec) * std::sin(turn) / away;
  double const y = (c * std::sin(dec) - s * across) / away;
  if (!(std::abs(x) < width / 2 && std::abs(y) < width / 2)) return false;
  // Local east (-sin, cos, 0) moves the place on the plane along (dx, dy).
  double const dx = std::cos(turn) + x * c * std::sin(turn);
  double const dy = s * std::sin(turn) + y * c * std::sin(turn);
  Complex const turned = Complex(dx, dy) * Complex(dx, dy) / (dx * dx + dy * dy);
  east.push_back(x), north.push_back(y);
  bin.push_back(bin_of), weight.push_back(weight_of);
  shape.push_back(intrinsic * turned), shear.push_back(light * turned);
  return true;
}

double ShapeSpectra::galaxies_in_square() const {
  double sum = 0;
  for (auto const n : galaxies) sum += static_cast<double>(n);
  return sum / static_cast<double>(cells * cells);
}

ShapeSpectra shape_spectra(parallel::Communicator const& comm, fields::FlatSky sky,
                           FieldShapes const& galaxies, std::int64_t bins,
                           std::vector<double> const& edges, std::int64_t cells) {
  core::require(bins >= 1 && cells >= 1, "at least one bin and one cell");
  check_bands(sky, edges);
  double largest = 0;
  for (double const w : galaxies.weight) largest = std::max(largest, w);
  largest = comm.max(largest);
  Sums sums(bins, sky.pixels, cells);
  if (largest > 0) sums.add(galaxies, sky, largest);
  sums.gather(comm);
  for (std::size_t b = 0; b < sums.count.size(); ++b)
    if (sums.count[b] < 2)
      throw core::InputError(fmt::format(
          "bin {} of redshift has {} galaxies with weights and shears in the field: at least two "
          "are needed; widen the bin or the field",
          b + 1, sums.count[b]));
  Powers const powers(sums, sky, edges);
  ShapeSpectra result;
  result.edges = edges;
  result.ell = powers.ell();
  result.modes = powers.count();
  result.galaxies = sums.count;
  result.observed = sums.observed();
  result.cells = cells;
  result.empty = sums.empty();
  for (std::size_t i = 0; i < static_cast<std::size_t>(bins); ++i)
    for (std::size_t j = i; j < static_cast<std::size_t>(bins); ++j) add_pair(powers, i, j, result);
  return result;
}

}  // namespace shearwater::lensing
