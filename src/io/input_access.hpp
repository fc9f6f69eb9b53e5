// SPDX-License-Identifier: BSD-3-Clause
// Guarded opening of objects, for the sources of InputFile, digest and inspect.
#pragma once

#include "hdf5_handle.hpp"

namespace shearwater::io {

struct InputFile::State {
  std::string path;
  Handle file;
};

/// Opens `name`, following hard links only. Throws InputError when it does not exist or a link
/// leads elsewhere, IoError when the file is damaged there.
Handle open_object(InputFile::State const& state, std::string const& name);

/// What a dataset is, checked: a type that we read, no external storage, no virtual dataset, known
/// filters.
struct OpenDataset {
  Handle handle;
  DatasetInfo info;
  bool is_unsigned64 = false;  ///< read as int64, which must be enough
};

OpenDataset open_dataset(InputFile::State const& state, std::string const& name);

[[noreturn]] void damaged(std::string const& path, std::string const& what);

/// An attribute's value. Throws as InputFile::attribute does.
AttributeValue read_attribute(std::string const& path, hid_t object, std::string const& name);

}  // namespace shearwater::io
