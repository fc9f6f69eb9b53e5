// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "input_access.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/provenance.hpp"

namespace shearwater::io {

namespace {

constexpr std::int64_t block_bytes = 8 << 20;
char const* const run_group = "/Provenance/Run";  // date, machine and times: other in each run

/// A running XXH3-128. Every text goes in with its length, so that no two trees give one stream.
class Hasher {
 public:
  Hasher() : state_(XXH3_createState(), XXH3_freeState) { XXH3_128bits_reset(state_.get()); }
  void bytes(void const* data, std::size_t size) { XXH3_128bits_update(state_.get(), data, size); }
  void number(std::int64_t value) { bytes(&value, sizeof value); }
  void text(std::string const& value) {
    number(static_cast<std::int64_t>(value.size()));
    bytes(value.data(), value.size());
  }
  std::string result() const {
    auto const hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

struct AttributeHasher {
  Hasher& hasher;
  void operator()(std::string const& value) const { hasher.text(value); }
  void operator()(std::int64_t value) const { hasher.number(value); }
  void operator()(double value) const { hasher.bytes(&value, sizeof value); }
  template <class T>
  void operator()(std::vector<T> const& values) const {
    hasher.number(static_cast<std::int64_t>(values.size()));
    for (auto const& value : values) (*this)(value);
  }
};

void hash_attributes(InputFile const& file, std::string const& object, Hasher& hasher) {
  for (auto const& name : file.attribute_names(object)) {
    auto const value = file.attribute(object, name);
    hasher.text("attribute " + name);
    hasher.number(static_cast<std::int64_t>(value.index()));
    std::visit(AttributeHasher{hasher}, value);
  }
}

void hash_data(InputFile const& file, std::string const& name, DatasetInfo const& info,
               Hasher& hasher) {
  if (info.shape.empty()) return;
  Shape const row_shape(info.shape.begin() + 1, info.shape.end());
  auto const row = element_count(row_shape) * static_cast<std::int64_t>(element_size(info.type));
  auto const rows = std::max<std::int64_t>(1, block_bytes / std::max<std::int64_t>(row, 1));
  for (std::int64_t first = 0; first < info.shape[0]; first += rows) {
    auto const block = file.read_rows(name, first, std::min(rows, info.shape[0] - first));
    hasher.bytes(block.bytes.data(), block.bytes.size());
  }
}

void hash_group(InputFile const& file, std::string const& group, Hasher& hasher) {
  hasher.text("group " + group);
  hash_attributes(file, group.empty() ? "/" : group, hasher);
  for (auto const& child : file.children(group.empty() ? "/" : group)) {
    std::string const name = group + "/" + child;
    if (name == run_group) continue;
    if (file.is_group(name)) {
      hash_group(file, name, hasher);
      continue;
    }
    auto const info = file.info(name);
    hasher.text("dataset " + name);
    hasher.text(type_name(info.type));
    hasher.number(static_cast<std::int64_t>(info.shape.size()));
    for (auto const extent : info.shape) hasher.number(extent);
    hash_attributes(file, name, hasher);
    hash_data(file, name, info, hasher);
  }
}

}  // namespace

std::string digest(std::string const& path) {
  InputFile const file(path);
  Hasher hasher;
  hash_group(file, "", hasher);
  return hasher.result();
}

std::string content_hash(std::string const& path) {
  // A pipe would be waited for; hash_file says what is wrong with it.
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return core::hash_file(path);
  auto const lock = lock_hdf5();
  bool const is_hdf5 = H5Fis_hdf5(path.c_str()) > 0;
  return is_hdf5 && InputFile(path).contains(run_group) ? digest(path) : core::hash_file(path);
}

}  // namespace shearwater::io
