// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "input_access.hpp"
#include "pieces.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::io {

InputFile::InputFile(std::string const& path) : state_(std::make_unique<State>()) {
  auto const lock = lock_hdf5();
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw core::IoError(fmt::format("{} does not exist", path));
  if (std::filesystem::is_directory(path, error))
    throw core::IoError(fmt::format("{} is a folder: name a file in it", path));
  if (!std::filesystem::is_regular_file(path, error))
    throw core::IoError(fmt::format("{} is not a file", path));
  Handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // A cache that holds whole chunks of foreign files too, or each piece would read them again.
  H5Pset_cache(access.get(), 0, 521, std::size_t{16} << 20, 0.75);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  state_->path = path;
  state_->file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!state_->file.valid())
    throw core::IoError(
        fmt::format("{}: is not an HDF5 file, or is cut off or damaged ({}): make or copy it again",
                    path, hdf5_error()));
}

InputFile::~InputFile() {
  auto const lock = lock_hdf5();
  state_.reset();
}
InputFile::InputFile(InputFile&&) noexcept = default;

std::string const& InputFile::path() const { return state_->path; }

bool InputFile::contains(std::string const& name) const {
  auto const lock = lock_hdf5();
  for (std::size_t at = 1; at <= name.size(); ++at) {
    if (at < name.size() && name[at] != '/') continue;
    auto const exists = H5Lexists(state_->file.get(), name.substr(0, at).c_str(), H5P_DEFAULT);
    if (exists < 0) damaged(path(), "'" + name + "'");
    if (exists == 0) return false;
  }
  return true;
}

bool InputFile::is_group(std::string const& name) const {
  auto const lock = lock_hdf5();
  return H5Iget_type(open_object(*state_, name).get()) == H5I_GROUP;
}

std::vector<std::string> InputFile::children(std::string const& group) const {
  auto const lock = lock_hdf5();
  auto const object = open_object(*state_, group);
  H5G_info_t info{};
  if (H5Gget_info(object.get(), &info) < 0) damaged(path(), "group '" + group + "'");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    auto const length = H5Lget_name_by_idx(object.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                           nullptr, 0, H5P_DEFAULT);
    if (length < 0) damaged(path(), "group '" + group + "'");
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    H5Lget_name_by_idx(object.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(),
                       H5P_DEFAULT);
    name.pop_back();
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

DatasetInfo InputFile::info(std::string const& name) const {
  auto const lock = lock_hdf5();
  return open_dataset(*state_, name).info;
}

std::vector<std::string> InputFile::attribute_names(std::string const& object) const {
  auto const lock = lock_hdf5();
  auto const target = open_object(*state_, object);
  std::vector<std::string> names;
  auto const collect = [](hid_t, char const* name, H5A_info_t const*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  if (H5Aiterate2(target.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names) < 0)
    damaged(path(), "attributes of '" + object + "'");
  std::sort(names.begin(), names.end());
  return names;
}

bool InputFile::has_attribute(std::string const& object, std::string const& name) const {
  auto const lock = lock_hdf5();
  return H5Aexists(open_object(*state_, object).get(), name.c_str()) > 0;
}

AttributeValue InputFile::attribute(std::string const& object, std::string const& name) const {
  auto const lock = lock_hdf5();
  return read_attribute(path(), open_object(*state_, object).get(), name);
}

namespace {

template <class T>
T typed(std::string const& path, std::string const& name, AttributeValue const& value,
        char const* kind) {
  if (auto const* found = std::get_if<T>(&value)) return *found;
  throw core::InputError(fmt::format("{}: the attribute '{}' is not {}", path, name, kind));
}

}  // namespace

std::string InputFile::text(std::string const& object, std::string const& name) const {
  return typed<std::string>(path(), name, attribute(object, name), "a text");
}
std::int64_t InputFile::integer(std::string const& object, std::string const& name) const {
  return typed<std::int64_t>(path(), name, attribute(object, name), "an integer");
}
double InputFile::number(std::string const& object, std::string const& name) const {
  return typed<double>(path(), name, attribute(object, name), "a number");
}
std::vector<std::string> InputFile::texts(std::string const& object,
                                          std::string const& name) const {
  return typed<std::vector<std::string>>(path(), name, attribute(object, name), "a list of texts");
}

namespace {

/// HDF5 turns unsigned numbers that int64 cannot hold into its largest.
void check_signed(std::string const& path, std::string const& name,
                  std::span<std::int64_t const> values) {
  auto const largest = std::numeric_limits<std::int64_t>::max();
  if (std::find(values.begin(), values.end(), largest) != values.end())
    throw core::InputError(fmt::format(
        "{}: dataset '{}' holds a number of 2^63 or more, but integers below that are read", path,
        name));
}

}  // namespace

Array InputFile::read(std::string const& name, std::int64_t size_cap) const {
  auto const shape = info(name).shape;
  if (shape.empty())
    throw core::InputError(fmt::format("{}: dataset '{}' has no axis", path(), name));
  return read_rows(name, 0, shape[0], size_cap);
}

Array InputFile::read_rows(std::string const& name, std::int64_t first, std::int64_t count,
                           std::int64_t size_cap) const {
  auto const lock = lock_hdf5();
  auto const dataset = open_dataset(*state_, name);
  Array array{dataset.info.type, dataset.info.shape, {}};
  if (array.shape.empty() || first < 0 || count < 0 || first > array.shape[0] - count)
    throw core::InputError(
        fmt::format("{}: rows {} to {} were asked for, but '{}' has the shape {}", path(), first,
                    first + count, name, shape_text(array.shape)));
  array.shape[0] = count;
  auto const size = static_cast<std::int64_t>(element_size(array.type));
  if (array.size() > size_cap / size)
    throw core::InputError(fmt::format("{}: '{}' of shape {} takes more than the {} bytes accepted",
                                       path(), name, shape_text(array.shape), size_cap));
  array.bytes.resize(static_cast<std::size_t>(array.size() * size));
  Handle const space(H5Dget_space(dataset.handle.get()), H5Sclose);
  Pieces const pieces(dataset.info.shape, first, count, size,
                      static_cast<std::int64_t>(parallel::call_limit()));
  for (std::int64_t i = 0; i < pieces.size(); ++i) {
    auto const piece = pieces.at(i);
    auto const start = extents(piece.start), extent = extents(piece.count);
    Handle const memory(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                        H5Sclose);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                            nullptr) < 0 ||
        H5Dread(dataset.handle.get(), native_type(array.type), memory.get(), space.get(),
                H5P_DEFAULT, array.bytes.data() + piece.byte_offset) < 0)
      damaged(path(), "dataset '" + name + "'");
  }
  if (dataset.is_unsigned64) check_signed(path(), name, array.as<std::int64_t>());
  return array;
}

void InputFile::check_schema(std::string const& schema) const {
  if (!has_attribute("/", "format_version") || !has_attribute("/", "schema"))
    throw core::InputError(fmt::format(
        "{}: is not a file of this program (no format_version): a file of '{}' is needed", path(),
        schema));
  auto const version = integer("/", "format_version");
  if (version > format_version)
    throw core::InputError(fmt::format(
        "{}: has format_version {}, but this program reads at most {}: use a newer shearwater",
        path(), version, format_version));
  auto const found = text("/", "schema");
  if (found != schema)
    throw core::InputError(
        fmt::format("{}: is a file of '{}', but one of '{}' is needed", path(), found, schema));
}

void InputFile::check_unit(std::string const& name, std::string const& unit) const {
  auto const found = info(name).meaning.unit;
  if (found == unit) return;
  throw core::InputError(fmt::format(
      "{}: dataset '{}' has the unit '{}', but '{}' is needed: convert it and set its attribute "
      "'unit'",
      path(), name, found, unit));
}

void InputFile::check_shape(std::string const& name, Shape const& shape) const {
  auto const found = info(name).shape;
  bool fits = found.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] == -1 || shape[i] == found[i];
  if (!fits)
    throw core::InputError(
        fmt::format("{}: dataset '{}' has the shape {}, but {} is needed (-1: any)", path(), name,
                    shape_text(found), shape_text(shape)));
}

core::Provenance InputFile::provenance() const {
  core::Provenance result;
  auto const collect = [&](std::string const& group, core::Provenance::Facts& facts) {
    for (auto const& name : attribute_names(group)) facts.emplace_back(name, text(group, name));
    for (auto const& name : children(group)) {
      if (is_group(group + "/" + name)) continue;
      auto const bytes = values<std::uint8_t>(group + "/" + name);
      facts.emplace_back(name, std::string(bytes.begin(), bytes.end()));
    }
  };
  if (contains("/Provenance")) collect("/Provenance", result.origin);
  if (contains("/Provenance/Run")) collect("/Provenance/Run", result.run);
  return result;
}

}  // namespace shearwater::io
