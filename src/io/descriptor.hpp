// SPDX-License-Identifier: BSD-3-Clause
// Owner of a POSIX file descriptor.
#pragma once

#include <unistd.h>

#include <string>

namespace shearwater::io {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }

 private:
  int value_;
};

/// fsync of a file or folder. Throws IoError.
void sync_path(std::string const& path);

}  // namespace shearwater::io
