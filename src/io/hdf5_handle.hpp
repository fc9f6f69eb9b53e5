// SPDX-License-Identifier: BSD-3-Clause
// HDF5 identifiers with an owner, and the few conversions that reader and writer share. Nothing
// here throws inside a collective call: failures are negative identifiers or false.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "shearwater/io/array.hpp"
#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::io {

/// An identifier and the function that closes it; negative when a call failed.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { close(); }
  hid_t get() const { return id_; }
  bool valid() const { return id_ >= 0; }
  bool close() {
    hid_t const id = std::exchange(id_, -1);
    return id < 0 || close_(id) >= 0;
  }
  /// Gives the identifier up without closing it.
  void abandon() { id_ = -1; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Locks the library (Debian's is not thread-safe) and, the first time, sets it up: no error print,
/// no filter plugins from HDF5_PLUGIN_PATH.
std::unique_lock<std::recursive_mutex> lock_hdf5();

/// The innermost entry of the error stack, which is then cleared.
std::string hdf5_error();

hid_t native_type(ElementType type);

/// Fixed-length UTF-8 text of `length` bytes.
Handle text_type(std::size_t length);

std::vector<hsize_t> extents(Shape const& shape);

/// Property lists of objects that keep attributes and links in their checksummed header.
Handle object_properties(hid_t property_class);

/// Writes an attribute; false when a call failed.
bool write_attribute(hid_t object, std::string const& name, AttributeValue const& value);

}  // namespace shearwater::io
