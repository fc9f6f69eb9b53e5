// SPDX-License-Identifier: BSD-3-Clause
// Files of maps ("maps"): /parameters (n, P) float64, /maps (n, bins, pixels, pixels) float32, and,
// where present, /mask (n or 1, 1, pixels, pixels) float32 and /noise (n or 1, bins, pixels,
// pixels) float32, the standard deviation of the noise in each pixel. The attribute `width` of
// /maps is the side in radian. And readers of observed maps from HDF5, FITS and .npy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

struct MapFileShape {
  std::int64_t count = 0, bins = 0, pixels = 0;
  std::vector<std::string> parameter_names;
  double width = 0;                    ///< side [radian]
  std::int64_t masks = 0, noises = 0;  ///< rows of /mask and /noise: 0 (absent), 1 (shared), count
};

/// Writer. Collective over comm.
class MapFileWriter {
 public:
  /// Throws as OutputFile does.
  MapFileWriter(parallel::Communicator const& comm, std::string const& path,
                MapFileShape const& shape, core::Provenance const& provenance,
                Existing existing = Existing::refuse);
  /// Rows [first, first + n) of this rank (n may be 0): parameters (n, P), maps (n, bins, pixels,
  /// pixels).
  void write(std::int64_t first, std::span<double const> parameters, std::span<float const> maps);
  void write_mask(std::int64_t first, std::span<float const> mask);
  void write_noise(std::int64_t first, std::span<float const> noise);
  void commit();
  OutputFile& file() { return file_; }  ///< for further datasets and attributes

 private:
  OutputFile file_;
};

/// Reader of our own map files; thread-safe, not collective.
class MapFileReader {
 public:
  /// Throws InputError when a dataset is missing or of a wrong shape, type or unit.
  explicit MapFileReader(std::string const& path);
  MapFileShape const& shape() const { return shape_; }
  std::vector<double> parameters(std::int64_t first, std::int64_t count) const;
  /// Throws InputError naming map and pixel when a value is not finite.
  std::vector<float> maps(std::int64_t first, std::int64_t count) const;
  std::vector<float> mask(std::int64_t first, std::int64_t count) const;
  std::vector<float> noise(std::int64_t first, std::int64_t count) const;
  InputFile const& file() const { return file_; }

 private:
  std::vector<float> shared_rows(std::string const& name, std::int64_t rows, std::int64_t first,
                                 std::int64_t count) const;
  InputFile file_;
  MapFileShape shape_;
};

/// What the reader of an observed map must find. Extents of 0 are not checked.
struct MapRequest {
  std::string path;
  std::string dataset = "maps";  ///< name in an HDF5 file
  std::int64_t bins = 0, pixels = 0;
  std::string unit = "1";  ///< of the values: convergence has none
};

/// Maps as a network takes them: (count, bins, pixels, pixels).
struct MapStack {
  std::vector<float> values;
  std::int64_t count = 0, bins = 0, pixels = 0;
  std::optional<double> width;     ///< side [radian], where the file says
  std::vector<float> mask, noise;  ///< as in the map file, empty where absent
  std::int64_t masks = 0, noises = 0;
};

/// Reads one map or a stack from .h5/.hdf5 (ours or a plain dataset), .fits or .npy; the content
/// decides, not the name. Shapes: (N, N); (bins, N, N); (N, N, bins) as well, for .npy; (n, bins,
/// N, N). A leading axis of a three-axis array is taken as maps where one bin is asked for. Throws
/// InputError naming file, value and remedy for another shape, type or unit, and for NaN or
/// infinity with the pixel; IoError when the file is missing or damaged.
MapStack read_maps(MapRequest const& request);

/// First image of a FITS file (or of its first extension that holds one) as float64 with BSCALE and
/// BZERO applied, axes reversed to row-major order; `unit` gets BUNIT.
Array read_fits_image(std::string const& path, std::string& unit,
                      std::int64_t size_cap = default_size_cap);
/// A float32 image, for exchange and tests, atomically. `unit` becomes BUNIT when not empty.
void write_fits_image(std::string const& path, Array const& image, std::string const& unit,
                      Existing existing = Existing::refuse);

}  // namespace shearwater::io
