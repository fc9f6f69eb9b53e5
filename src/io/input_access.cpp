// SPDX-License-Identifier: BSD-3-Clause
#include "input_access.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shearwater/core/error.hpp"

namespace shearwater::io {

void damaged(std::string const& path, std::string const& what) {
  throw core::IoError(
      fmt::format("{}: {} cannot be read ({}): the file is damaged; make or copy it again", path,
                  what, hdf5_error()));
}

namespace {

std::vector<std::string> components(std::string const& name) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < name.size();) {
    auto const end = std::min(name.find('/', at), name.size());
    if (end > at) parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

ElementType parse_type(std::string const& path, std::string const& name, hid_t type) {
  auto const kind = H5Tget_class(type);
  auto const size = H5Tget_size(type);
  if (kind == H5T_FLOAT && size == 4) return ElementType::float32;
  if (kind == H5T_FLOAT && size == 8) return ElementType::float64;
  if (kind == H5T_INTEGER) {
    bool const is_signed = H5Tget_sign(type) == H5T_SGN_2;
    if (size == 1 && !is_signed) return ElementType::uint8;
    if (size < 4 || (size == 4 && is_signed)) return ElementType::int32;
    if (size == 4 || size == 8) return ElementType::int64;
  }
  throw core::InputError(fmt::format(
      "{}: dataset '{}' holds values that are not float32, float64 or integers of at most 64 bits: "
      "store it as one of these",
      path, name));
}

void check_storage(std::string const& path, std::string const& name, hid_t properties,
                   DatasetInfo& info) {
  if (H5Pget_layout(properties) == H5D_VIRTUAL || H5Pget_external_count(properties) > 0)
    throw core::InputError(
        fmt::format("{}: dataset '{}' keeps its data in other files, which is not followed: copy "
                    "the data into it",
                    path, name));
  for (int i = 0; i < H5Pget_nfilters(properties); ++i) {
    unsigned flags = 0;
    std::size_t count = 0;
    auto const filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &count,
                                       nullptr, 0, nullptr, nullptr);
    info.checksum |= filter == H5Z_FILTER_FLETCHER32;
    if (filter != H5Z_FILTER_FLETCHER32 && filter != H5Z_FILTER_DEFLATE &&
        filter != H5Z_FILTER_SHUFFLE)
      throw core::InputError(
          fmt::format("{}: dataset '{}' uses filter {}, but only deflate, shuffle and fletcher32 "
                      "are read: store it without",
                      path, name, filter));
  }
  if (H5Pget_layout(properties) != H5D_CHUNKED) return;
  std::vector<hsize_t> chunk(info.shape.size());
  H5Pget_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  info.chunk.assign(chunk.begin(), chunk.end());
}

template <class T>
T optional_attribute(std::string const& path, hid_t object, char const* name, T otherwise) {
  if (H5Aexists(object, name) <= 0) return otherwise;
  auto const value = read_attribute(path, object, name);
  if (auto const* found = std::get_if<T>(&value)) return *found;
  throw core::InputError(fmt::format("{}: the attribute '{}' is of a wrong type", path, name));
}

}  // namespace

Handle open_object(InputFile::State const& state, std::string const& name) {
  std::string so_far;
  for (auto const& part : components(name)) {
    so_far += "/" + part;
    auto const exists = H5Lexists(state.file.get(), so_far.c_str(), H5P_DEFAULT);
    if (exists < 0) damaged(state.path, "'" + so_far + "'");
    if (exists == 0)
      throw core::InputError(
          fmt::format("{}: there is no '{}' in it: 'shearwater inspect {}' lists what there is",
                      state.path, so_far, state.path));
    H5L_info_t link;
    if (H5Lget_info(state.file.get(), so_far.c_str(), &link, H5P_DEFAULT) < 0)
      damaged(state.path, "'" + so_far + "'");
    if (link.type != H5L_TYPE_HARD)
      throw core::InputError(
          fmt::format("{}: '{}' is a link to another name or file, which is not followed: copy the "
                      "data into it",
                      state.path, so_far));
  }
  Handle object(H5Oopen(state.file.get(), so_far.empty() ? "/" : so_far.c_str(), H5P_DEFAULT),
                H5Oclose);
  if (!object.valid()) damaged(state.path, "'" + name + "'");
  return object;
}

OpenDataset open_dataset(InputFile::State const& state, std::string const& name) {
  OpenDataset result{open_object(state, name), {}, false};
  if (H5Iget_type(result.handle.get()) != H5I_DATASET)
    throw core::InputError(fmt::format("{}: '{}' is a group, not a dataset", state.path, name));
  hid_t const id = result.handle.get();
  Handle const space(H5Dget_space(id), H5Sclose), type(H5Dget_type(id), H5Tclose),
      properties(H5Dget_create_plist(id), H5Pclose);
  if (!space.valid() || !type.valid() || !properties.valid())
    damaged(state.path, "dataset '" + name + "'");
  auto& info = result.info;
  int const rank = H5Sget_simple_extent_ndims(space.get());
  std::vector<hsize_t> size(static_cast<std::size_t>(std::max(rank, 0)));
  H5Sget_simple_extent_dims(space.get(), size.data(), nullptr);
  info.shape.assign(size.begin(), size.end());
  info.type = parse_type(state.path, name, type.get());
  result.is_unsigned64 = info.type == ElementType::int64 && H5Tget_size(type.get()) == 8 &&
                         H5Tget_sign(type.get()) == H5T_SGN_NONE;
  check_storage(state.path, name, properties.get(), info);
  auto const& path = state.path;
  info.meaning = {optional_attribute(path, id, "unit", std::string{}),
                  optional_attribute(path, id, "description", std::string{}),
                  optional_attribute(path, id, "power_of_a", 0.0),
                  optional_attribute(path, id, "power_of_h", 0.0)};
  return result;
}

namespace {

constexpr std::size_t largest_attribute = 1 << 20;

std::string trimmed(char const* text, std::size_t length) {
  while (length > 0 && (text[length - 1] == '\0')) --length;
  return {text, length};
}

std::vector<std::string> read_texts(std::string const& path, std::string const& name,
                                    hid_t attribute, hid_t type, std::size_t count) {
  std::vector<std::string> texts(count);
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> pointers(count, nullptr);
    if (H5Aread(attribute, type, pointers.data()) < 0) damaged(path, "attribute '" + name + "'");
    for (std::size_t i = 0; i < count; ++i) {
      if (pointers[i] != nullptr) texts[i] = pointers[i];
      H5free_memory(pointers[i]);
    }
    return texts;
  }
  auto const length = H5Tget_size(type);
  std::string packed(std::max<std::size_t>(count * length, 1), '\0');
  if (H5Aread(attribute, type, packed.data()) < 0) damaged(path, "attribute '" + name + "'");
  for (std::size_t i = 0; i < count; ++i) {
    texts[i] = trimmed(packed.data() + i * length, length);
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) texts[i].erase(texts[i].find_last_not_of(' ') + 1);
  }
  return texts;
}

template <class T>
AttributeValue read_numbers(std::string const& path, std::string const& name, hid_t attribute,
                            hid_t type, std::size_t count, bool scalar) {
  std::vector<T> values(std::max<std::size_t>(count, 1));
  if (H5Aread(attribute, type, values.data()) < 0) damaged(path, "attribute '" + name + "'");
  values.resize(count);
  if (scalar) return values.at(0);
  return values;
}

}  // namespace

AttributeValue read_attribute(std::string const& path, hid_t object, std::string const& name) {
  if (H5Aexists(object, name.c_str()) == 0)
    throw core::InputError(fmt::format("{}: the attribute '{}' is missing", path, name));
  Handle const attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose);
  if (!attribute.valid() || !type.valid() || !space.valid())
    damaged(path, "attribute '" + name + "'");
  auto const points = H5Sget_simple_extent_npoints(space.get());
  auto const count = static_cast<std::size_t>(std::max<hssize_t>(points, 0));
  bool const scalar = H5Sget_simple_extent_type(space.get()) == H5S_SCALAR;
  auto const kind = H5Tget_class(type.get());
  if (count > largest_attribute || H5Tget_size(type.get()) > largest_attribute)
    throw core::InputError(fmt::format("{}: the attribute '{}' is too large", path, name));
  if (kind == H5T_STRING) {
    auto texts = read_texts(path, name, attribute.get(), type.get(), count);
    if (scalar) return texts.at(0);
    return texts;
  }
  if (kind == H5T_FLOAT)
    return read_numbers<double>(path, name, attribute.get(), H5T_NATIVE_DOUBLE, count, scalar);
  if (kind == H5T_INTEGER)
    return read_numbers<std::int64_t>(path, name, attribute.get(), H5T_NATIVE_INT64, count, scalar);
  throw core::InputError(
      fmt::format("{}: the attribute '{}' is neither text nor number", path, name));
}

}  // namespace shearwater::io
