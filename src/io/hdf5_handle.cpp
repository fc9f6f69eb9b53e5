// SPDX-License-Identifier: BSD-3-Clause
#include "hdf5_handle.hpp"

#include <algorithm>
#include <csignal>

#include "shearwater/core/error.hpp"

namespace shearwater::io {

std::unique_lock<std::recursive_mutex> lock_hdf5() {
  static std::recursive_mutex mutex;
  std::unique_lock lock(mutex);
  [[maybe_unused]] static bool const ready = [] {
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    // A limit on file sizes is then a failed write with a message, not a kill without one.
    std::signal(SIGXFSZ, SIG_IGN);
    return true;
  }();
  return lock;
}

std::string hdf5_error() {
  std::string text;
  auto const innermost = [](unsigned depth, H5E_error2_t const* entry, void* target) -> herr_t {
    if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(target) = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "HDF5 gives no reason" : text;
}

hid_t native_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return H5T_NATIVE_FLOAT;
    case ElementType::float64:
      return H5T_NATIVE_DOUBLE;
    case ElementType::int32:
      return H5T_NATIVE_INT32;
    case ElementType::int64:
      return H5T_NATIVE_INT64;
    case ElementType::uint8:
      return H5T_NATIVE_UINT8;
  }
  return -1;
}

Handle text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(length, 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

std::vector<hsize_t> extents(Shape const& shape) { return {shape.begin(), shape.end()}; }

Handle object_properties(hid_t property_class) {
  Handle list(H5Pcreate(property_class), H5Pclose);
  H5Pset_attr_phase_change(list.get(), 65535, 0);
  H5Pset_obj_track_times(list.get(), false);
  return list;
}

namespace {

bool write_values(hid_t object, std::string const& name, hid_t type, hid_t space,
                  void const* values) {
  Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                   H5Aclose);
  return attribute.valid() && H5Awrite(attribute.get(), type, values) >= 0 && attribute.close();
}

Handle line_space(std::size_t count) {
  hsize_t const extent = count;
  return {H5Screate_simple(1, &extent, nullptr), H5Sclose};
}

struct AttributeWriter {
  hid_t object;
  std::string const& name;

  Handle scalar() const { return {H5Screate(H5S_SCALAR), H5Sclose}; }

  bool operator()(std::string const& value) const {
    auto const type = text_type(value.size());
    std::string const padded = value.empty() ? std::string(1, '\0') : value;
    return write_values(object, name, type.get(), scalar().get(), padded.data());
  }
  bool operator()(std::int64_t value) const {
    return write_values(object, name, H5T_NATIVE_INT64, scalar().get(), &value);
  }
  bool operator()(double value) const {
    return write_values(object, name, H5T_NATIVE_DOUBLE, scalar().get(), &value);
  }
  bool operator()(std::vector<std::string> const& values) const {
    std::size_t length = 1;
    for (auto const& value : values) length = std::max(length, value.size());
    std::string packed(std::max<std::size_t>(values.size(), 1) * length, '\0');
    for (std::size_t i = 0; i < values.size(); ++i)
      std::copy(values[i].begin(), values[i].end(), packed.begin() + static_cast<long>(i * length));
    auto const type = text_type(length);
    return write_values(object, name, type.get(), line_space(values.size()).get(), packed.data());
  }
  bool operator()(std::vector<double> const& values) const {
    double const none = 0;
    return write_values(object, name, H5T_NATIVE_DOUBLE, line_space(values.size()).get(),
                        values.empty() ? &none : values.data());
  }
  bool operator()(std::vector<std::int64_t> const& values) const {
    std::int64_t const none = 0;
    return write_values(object, name, H5T_NATIVE_INT64, line_space(values.size()).get(),
                        values.empty() ? &none : values.data());
  }
};

}  // namespace

bool write_attribute(hid_t object, std::string const& name, AttributeValue const& value) {
  return std::visit(AttributeWriter{object, name}, value);
}

}  // namespace shearwater::io
