// SPDX-License-Identifier: BSD-3-Clause
#include "shearwater/io/safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "shearwater/core/error.hpp"
#include "shearwater/io/array.hpp"

namespace shearwater::io {

using nlohmann::json;

namespace {

constexpr std::uint64_t header_cap = 100'000'000;  // as in the format's reference implementation

[[noreturn]] void refuse(std::string const& path, std::string const& what) {
  throw core::InputError(fmt::format("{}: not a valid safetensors file: {}", path, what));
}

/// Positions of the first value that is not finite, or -1: all exponent bits are set in it.
template <class Word>
std::int64_t first_nonfinite(std::vector<std::byte> const& bytes, Word exponent) {
  for (std::size_t i = 0; i + sizeof(Word) <= bytes.size(); i += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    if ((word & exponent) == exponent) return static_cast<std::int64_t>(i / sizeof(Word));
  }
  return -1;
}

std::int64_t first_nonfinite(NamedTensor const& tensor) {
  if (tensor.dtype == "F64")
    return first_nonfinite<std::uint64_t>(tensor.bytes, 0x7ff0000000000000);
  if (tensor.dtype == "F32") return first_nonfinite<std::uint32_t>(tensor.bytes, 0x7f800000);
  if (tensor.dtype == "F16") return first_nonfinite<std::uint16_t>(tensor.bytes, 0x7c00);
  if (tensor.dtype == "BF16") return first_nonfinite<std::uint16_t>(tensor.bytes, 0x7f80);
  return -1;
}

/// Refuses repeated keys, which JSON readers otherwise resolve silently.
json parse_header(std::string const& path, std::string_view text) {
  std::vector<std::set<std::string>> seen;
  auto const watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key && !seen.back().insert(value.get<std::string>()).second)
      refuse(path, fmt::format("'{}' occurs twice in its header", value.get<std::string>()));
    return true;
  };
  try {
    auto header = json::parse(text.begin(), text.end(), watch);
    if (!header.is_object()) refuse(path, "its header is not a JSON object");
    return header;
  } catch (json::exception const& error) {
    refuse(path, fmt::format("its header is not JSON: {}", error.what()));
  }
}

struct Entry {
  NamedTensor tensor;
  std::uint64_t begin = 0, end = 0;
};

Entry parse_entry(std::string const& path, std::string const& name, json const& value) {
  Entry entry;
  entry.tensor.name = name;
  try {
    if (value.size() != 3) refuse(path, fmt::format("tensor '{}' has unknown fields", name));
    entry.tensor.dtype = value.at("dtype").get<std::string>();
    for (auto const& extent : value.at("shape")) {
      if (!extent.is_number_unsigned())
        refuse(path, fmt::format("tensor '{}' has an extent that is not a count", name));
      entry.tensor.shape.push_back(extent.get<std::int64_t>());
    }
    auto const& offsets = value.at("data_offsets");
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
      refuse(path, fmt::format("tensor '{}' has offsets that are not two counts", name));
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
  } catch (json::exception const&) {
    refuse(path, fmt::format("tensor '{}' lacks dtype, shape or data_offsets", name));
  }
  std::int64_t bytes = 0;
  try {
    if (__builtin_mul_overflow(element_count(entry.tensor.shape), dtype_size(entry.tensor.dtype),
                               &bytes))
      bytes = -1;
  } catch (core::InputError const& error) {
    refuse(path, fmt::format("tensor '{}': {}", name, error.what()));
  }
  if (entry.end < entry.begin || static_cast<std::uint64_t>(bytes) != entry.end - entry.begin)
    refuse(path,
           fmt::format("tensor '{}' of shape {} and type {} does not fit its bytes [{}, {})", name,
                       shape_text(entry.tensor.shape), entry.tensor.dtype, entry.begin, entry.end));
  return entry;
}

/// The tensors' bytes must follow each other from 0 to the end of the data.
void check_layout(std::string const& path, std::vector<Entry>& entries, std::uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](Entry const& a, Entry const& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t position = 0;
  for (auto const& entry : entries) {
    if (entry.begin != position)
      refuse(path, fmt::format("there is {} before tensor '{}' at byte {}",
                               entry.begin > position ? "a hole" : "an overlap", entry.tensor.name,
                               entry.begin));
    position = entry.end;
  }
  if (position > data_size)
    throw core::IoError(fmt::format("{}: is cut off: {} bytes of data where its header says {}",
                                    path, data_size, position));
  if (position < data_size)
    refuse(path, fmt::format("{} bytes belong to no tensor", data_size - position));
}

void check_for_writing(TensorFile const& file) {
  std::set<std::string> names;
  for (auto const& tensor : file.tensors) {
    if (tensor.name == "__metadata__" || !names.insert(tensor.name).second)
      throw core::InputError(fmt::format("the tensor name '{}' is taken", tensor.name));
    if (static_cast<std::int64_t>(tensor.bytes.size()) !=
        element_count(tensor.shape) * dtype_size(tensor.dtype))
      throw core::InputError(fmt::format("tensor '{}' has {} bytes, which do not match {} of {}",
                                         tensor.name, tensor.bytes.size(), shape_text(tensor.shape),
                                         tensor.dtype));
  }
}

}  // namespace

NamedTensor const& TensorFile::tensor(std::string const& name) const {
  std::vector<std::string> names;
  for (auto const& tensor : tensors) {
    if (tensor.name == name) return tensor;
    names.push_back(tensor.name);
  }
  throw core::InputError(
      fmt::format("there is no tensor '{}'; there are: {}", name, fmt::join(names, ", ")));
}

std::int64_t dtype_size(std::string const& dtype) {
  static std::map<std::string, std::int64_t> const sizes = {
      {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
      {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  auto const found = sizes.find(dtype);
  if (found == sizes.end())
    throw core::InputError(fmt::format(
        "the tensor type '{}' is not one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL",
        dtype));
  return found->second;
}

void write_safetensors(std::string const& path, TensorFile const& file, Existing existing) {
  check_for_writing(file);
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t position = 0;
  for (auto const& tensor : file.tensors) {
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {position, position + tensor.bytes.size()}}};
    position += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data aligned to 8 bytes
  std::uint64_t const length = text.size();
  std::string bytes(reinterpret_cast<char const*>(&length), sizeof length);
  bytes += text;
  for (auto const& tensor : file.tensors)
    bytes.append(reinterpret_cast<char const*>(tensor.bytes.data()), tensor.bytes.size());
  write_file(path, bytes, existing);
}

TensorFile read_safetensors(std::string const& path, bool allow_nonfinite, std::int64_t size_cap) {
  auto const bytes = read_file(path, size_cap);
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length)
    throw core::IoError(fmt::format("{}: is cut off: it has {} bytes", path, bytes.size()));
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > header_cap) refuse(path, fmt::format("its header claims {} bytes", length));
  if (length > bytes.size() - sizeof length)
    throw core::IoError(fmt::format("{}: is cut off inside its header", path));
  char const* const text = reinterpret_cast<char const*>(bytes.data()) + sizeof length;
  json const header = parse_header(path, {text, length});
  TensorFile file;
  std::vector<Entry> entries;
  for (auto const& [name, value] : header.items()) {
    if (name == "__metadata__") {
      for (auto const& [key, item] : value.items()) {
        if (!item.is_string()) refuse(path, fmt::format("metadata '{}' is not a text", key));
        file.metadata[key] = item.get<std::string>();
      }
    } else {
      entries.push_back(parse_entry(path, name, value));
    }
  }
  auto const data = std::span(bytes).subspan(sizeof length + length);
  check_layout(path, entries, data.size());
  for (auto& entry : entries) {
    auto const part = data.subspan(entry.begin, entry.end - entry.begin);
    entry.tensor.bytes.assign(part.begin(), part.end());
    auto const bad = allow_nonfinite ? -1 : first_nonfinite(entry.tensor);
    if (bad >= 0)
      throw core::InputError(fmt::format(
          "{}: tensor '{}' holds NaN or infinity at element {}: the training that made it had "
          "diverged; use an earlier checkpoint",
          path, entry.tensor.name, bad));
    file.tensors.push_back(std::move(entry.tensor));
  }
  return file;
}

}  // namespace shearwater::io
