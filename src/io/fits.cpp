// SPDX-License-Identifier: BSD-3-Clause
#include "fits.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "shearwater/core/error.hpp"
#include "shearwater/io/map_file.hpp"
#include "temporary.hpp"

namespace shearwater::io {

FitsFile::FitsFile(std::string const& path) : path_(path) {
  int status = 0;
  fits_open_diskfile(&file_, path.c_str(), READONLY, &status);
  check(status, "opening it");
}

FitsFile::~FitsFile() {
  int status = 0;
  if (file_ != nullptr) fits_close_file(file_, &status);
}

void FitsFile::check(int status, std::string const& what) const {
  if (status == 0) return;
  char text[FLEN_STATUS];
  fits_get_errstatus(status, text);
  fits_clear_errmsg();
  throw core::IoError(
      fmt::format("{}: {} failed ({}): it is missing, cut off or damaged; make or copy it again",
                  path_, what, text));
}

Format detect_format(std::string const& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw core::IoError(fmt::format("{} does not exist or is not a file", path));
  char start[8]{};
  std::ifstream(path, std::ios::binary).read(start, sizeof start);
  if (std::memcmp(start, "\x89HDF\r\n\x1a\n", 8) == 0) return Format::hdf5;
  if (std::memcmp(start, "SIMPLE  ", 8) == 0) return Format::fits;
  if (std::memcmp(start, "\x93NUMPY", 6) == 0) return Format::npy;
  return Format::other;
}

namespace {

/// Moves to the first header unit with an image; its axes, slowest first.
Shape find_image(FitsFile const& file, std::string const& path) {
  int units = 0, status = 0;
  fits_get_num_hdus(file.get(), &units, &status);
  file.check(status, "counting its header units");
  for (int unit = 1; unit <= units; ++unit) {
    int kind = 0, axes = 0;
    fits_movabs_hdu(file.get(), unit, &kind, &status);
    file.check(status, "reading a header");
    if (kind != IMAGE_HDU) continue;
    fits_get_img_dim(file.get(), &axes, &status);
    file.check(status, "reading a header");
    if (axes == 0 || axes > 8) continue;
    std::vector<LONGLONG> size(static_cast<std::size_t>(axes));
    fits_get_img_sizell(file.get(), axes, size.data(), &status);
    file.check(status, "reading a header");
    return {size.rbegin(), size.rend()};
  }
  throw core::InputError(fmt::format("{}: holds no image", path));
}

}  // namespace

Array read_fits_image(std::string const& path, std::string& unit, std::int64_t size_cap) {
  FitsFile const file(path);
  Array image{ElementType::float64, find_image(file, path), {}};
  std::int64_t const count = image.size();
  auto const stored = static_cast<std::int64_t>(std::filesystem::file_size(path));
  // Tile compression gains far less than this; a header that claims more lies.
  if (count > size_cap / 8 || count / 4096 > stored)
    throw core::InputError(fmt::format("{}: its image of shape {} is larger than accepted here",
                                       path, shape_text(image.shape)));
  image.bytes.resize(static_cast<std::size_t>(count) * sizeof(double));
  int status = 0;
  char text[FLEN_VALUE]{};
  fits_read_key(file.get(), TSTRING, "BUNIT", text, nullptr, &status);
  unit = status == 0 ? text : "";
  status = 0;
  fits_clear_errmsg();
  fits_read_img(file.get(), TDOUBLE, 1, count, nullptr, image.bytes.data(), nullptr, &status);
  file.check(status, "reading its image");
  return image;
}

void write_fits_image(std::string const& path, Array const& image, std::string const& unit,
                      Existing existing) {
  require_writable(path, existing);
  auto const temporary = claim_temporary(path);
  unlink(temporary.c_str());
  std::vector<long> size(image.shape.rbegin(), image.shape.rend());
  auto const values = image.as<float>();
  fitsfile* file = nullptr;
  int status = 0;
  fits_create_diskfile(&file, temporary.c_str(), &status);
  fits_create_img(file, FLOAT_IMG, static_cast<int>(size.size()), size.data(), &status);
  if (!unit.empty())
    fits_write_key(file, TSTRING, "BUNIT", const_cast<char*>(unit.c_str()), nullptr, &status);
  fits_write_img(file, TFLOAT, 1, static_cast<LONGLONG>(values.size()),
                 const_cast<float*>(values.data()), &status);
  if (file != nullptr) {
    int closing = 0;
    fits_close_file(file, &closing);
    if (status == 0) status = closing;
  }
  if (status != 0) {
    char text[FLEN_STATUS];
    fits_get_errstatus(status, text);
    unlink(temporary.c_str());
    throw core::IoError(fmt::format("{}: writing failed: {}", path, text));
  }
  publish(temporary, path, existing);
}

}  // namespace shearwater::io
