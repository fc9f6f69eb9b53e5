// SPDX-License-Identifier: BSD-3-Clause
// A FITS file opened for reading, with an owner.
#pragma once

#include <fitsio.h>

#include <string>

namespace shearwater::io {

class FitsFile {
 public:
  /// Opens the file of exactly this name: cfitsio's extended names (filters, programs, the network)
  /// have no meaning here. Throws IoError.
  explicit FitsFile(std::string const& path);
  ~FitsFile();
  FitsFile(FitsFile const&) = delete;
  FitsFile& operator=(FitsFile const&) = delete;
  fitsfile* get() const { return file_; }
  /// Throws IoError with cfitsio's reason when `status` is not 0.
  void check(int status, std::string const& what) const;

 private:
  std::string path_;
  fitsfile* file_ = nullptr;
};

/// Whether the file's first bytes are those of a FITS, HDF5 or .npy file.
enum class Format { fits, hdf5, npy, other };
Format detect_format(std::string const& path);

}  // namespace shearwater::io
