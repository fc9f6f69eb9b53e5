// SPDX-License-Identifier: BSD-3-Clause
// Files of galaxies ("galaxies"), in the layout of Gadget's and TNG's group files: galaxies are the
// rows of /Subhalo, in kpc/h, 1e10 Msun/h and km/s, so that readers of that layout open them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "shearwater/io/galaxy_catalogue.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

/// Bits of GalaxyCatalogue::flag.
enum GalaxyFlag : std::int32_t {
  outside_training = 1,   ///< the host lies outside what the model of orientations was trained on,
                          ///< or its mass is not a positive number
  unknown_host_axes = 2,  ///< the host's axes are not known: the axes are random
  unknown_tides = 4,      ///< the tides at the host are not known: the galaxy is turned at random;
                          ///< a generator takes random axes and eigenvalues amid its training's
  clipped_shape = 8,      ///< the tides ask for an impossible shape: the nearest possible one
  unknown_shear = 16      ///< beside or beyond the lens planes: gamma1, gamma2 and kappa are NaN
};

/// Which columns a file has, beside ids and positions.
struct GalaxyColumns {
  bool velocity = false, host = false, host_mass = false, central = false;
  bool axes = false, axis_ratios = false;
  bool sky = false;  ///< ra, dec
  bool z_cos = false, z_obs = false;
  bool shapes = false;  ///< e1, e2
  bool shear = false;   ///< gamma1, gamma2
  bool kappa = false, weight = false, flag = false;
};

/// What a file says of all its galaxies. Numbers of 0 and empty texts are not known and left out,
/// but for the total.
struct GalaxyContent {
  std::int64_t total = 0;
  double box_side = 0;      ///< [Mpc/h]; 0 for a light cone, as the next
  double scale_factor = 0;  ///< of a box
  double omega_m = 0, omega_de = 0, h = 0;
  GalaxyColumns columns;
  std::string line_of_sight;    ///< "x", "y", "z" or "radial": what shapes are projected along
  bool redshift_space = false;  ///< positions are moved along it by the peculiar velocity
};

/// Bytes of one galaxy in a file of these columns.
std::int64_t galaxy_bytes(GalaxyColumns const& columns);

/// Writer. Collective over comm.
class GalaxyWriter {
 public:
  /// Throws as OutputFile does.
  GalaxyWriter(parallel::Communicator const& comm, std::string const& path,
               GalaxyContent const& content, core::Provenance const& provenance,
               Existing existing = Existing::refuse);
  /// Rows [first, first + rows.size()) from this rank, none is possible; `rows` has exactly the
  /// columns of the file. Throws InternalError on every rank where it does not.
  void write(std::int64_t first, GalaxyCatalogue const& rows);
  void commit();
  OutputFile& file() { return file_; }  ///< for further datasets and attributes

 private:
  void write_header(GalaxyContent const& content);
  GalaxyContent content_;
  OutputFile file_;
};

/// Reader; thread-safe, not collective.
class GalaxyReader {
 public:
  /// Throws InputError when a dataset is of a wrong shape or unit, or positions are missing.
  explicit GalaxyReader(std::string const& path);
  GalaxyContent const& content() const { return content_; }
  std::int64_t size() const { return content_.total; }
  /// Rows [first, first + count) in the library's units. Throws InputError where a number is not
  /// finite, but for gamma1, gamma2 and kappa, which are NaN where they are not known.
  GalaxyCatalogue read(std::int64_t first, std::int64_t count) const;
  InputFile const& file() const { return file_; }

 private:
  InputFile file_;
  GalaxyContent content_;
};

/// Rows [first, first + count) of a file; all from `first` on where count is -1.
GalaxyCatalogue read_galaxies(std::string const& path, std::int64_t first = 0,
                              std::int64_t count = -1);

}  // namespace shearwater::io
