// SPDX-License-Identifier: BSD-3-Clause
// Configuration: a struct with defaults and one `describe` that names each key, its value, unit,
// range and help once. The same description reads the TOML, checks it, refuses unknown keys with
// file:line:column and the nearest known key, prints `shearwater help inputs`, and gives the
// resolved text that every output stores.
//
//   struct MapConfig {
//     std::int64_t pixels = 128;
//     void describe(core::Fields& field) {
//       field("pixels", pixels, "pixels", "side of the map").between(16, 8192);
//     }
//   };
//   auto const maps = config.read<MapConfig>("maps");
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace shearwater::core {

/// One key of a table: where its value lives, what it means, what it may be.
class FieldSpec {
 public:
  using Value =
      std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::int64_t>*,
                   std::vector<double>*, std::vector<std::string>*>;

  FieldSpec(std::string key, Value value, std::string unit, std::string help);

  /// Numbers (each element of a list) must lie in [low, high].
  FieldSpec& between(double low, double high);
  FieldSpec& at_least(double low);
  /// Greater than zero.
  FieldSpec& positive();
  FieldSpec& power_of_two();
  /// Texts (each element of a list) must be one of these.
  FieldSpec& one_of(std::vector<std::string> choices);
  /// The key has no sensible default: an input that uses the table must give it.
  FieldSpec& required();
  /// Text (or list of texts) that names a file: a relative name is read from the folder of the
  /// input and kept as an absolute one, so that what outputs store finds it from anywhere. Names
  /// with ${VARIABLES} stay.
  FieldSpec& path();

  std::string const& key() const { return key_; }
  std::string const& unit() const { return unit_; }
  std::string const& help() const { return help_; }
  Value const& value() const { return value_; }
  bool is_required() const { return required_; }
  bool is_path() const { return path_; }
  /// "between 16 and 8192, a power of two"; empty when anything goes.
  std::string range_text() const;
  /// What is wrong with the present value: "must be between 16 and 8192"; empty when nothing is.
  std::string violation() const;
  /// The present value as TOML.
  std::string value_text() const;

 private:
  std::string key_, unit_, help_;
  Value value_;
  double low_, high_;
  std::vector<std::string> choices_;
  bool positive_ = false, power_of_two_ = false, required_ = false, path_ = false;
};

/// Collects the keys of one table.
class Fields {
 public:
  template <class T>
  FieldSpec& operator()(std::string key, T& value, std::string unit, std::string help) {
    specs_.push_back(
        std::make_unique<FieldSpec>(std::move(key), &value, std::move(unit), std::move(help)));
    return *specs_.back();
  }
  std::vector<std::unique_ptr<FieldSpec>> const& specs() const { return specs_; }

 private:
  std::vector<std::unique_ptr<FieldSpec>> specs_;
};

/// A parsed input. Every table that is read is remembered with its resolved values.
class Config {
 public:
  /// Reads `path`; `overrides` are "table.key=value" with a TOML value (a bare word is taken as
  /// text). Throws InputError with file:line:column for a syntax error, IoError for a missing file.
  static Config from_file(std::string const& path, std::vector<std::string> const& overrides = {});
  static Config from_text(std::string const& text, std::string const& name,
                          std::vector<std::string> const& overrides = {});

  /// The table as a T: defaults where the input is silent. Throws InputError for an unknown key
  /// (with the nearest known one), a wrong type, a value out of range or a missing required key.
  template <class T>
  T read(std::string const& table) {
    T result;
    Fields fields;
    result.describe(fields);
    read_table(table, fields);
    return result;
  }
  void read_table(std::string const& table, Fields const& fields);

  /// table.key as if the input gave it: for what the command line names in its place.
  void set(std::string const& table, std::string const& key, std::string const& text);

  bool has(std::string const& table) const;
  /// Names of the sub-tables of `table`, in the order of the file.
  std::vector<std::string> tables_in(std::string const& table) const;
  /// How many elements an array of tables ([[table]]) has; element i is read as "table[i]".
  std::int64_t array_size(std::string const& table) const;

  /// Throws InputError for the first table or key that nothing has read, with the nearest known
  /// name.
  void refuse_unread() const;

  /// All that was read, with its resolved values, as TOML that reads back to the same.
  std::string resolved() const;
  /// The name of the input, for messages.
  std::string const& name() const;
  /// Folder of the input file; relative paths in an input are relative to it.
  std::string folder() const;
  /// `path` as the input means it: core::path_from its folder().
  std::string path_from(std::string const& path) const;
  /// "inputs/maps.toml:12:3" of table.key, or the input's name where the key is a default.
  std::string where(std::string const& table, std::string const& key) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Documentation of one table for `shearwater help inputs`: TOML with the defaults, and a comment
/// of unit, range and help on every key.
std::string describe_table(std::string const& table, std::string const& purpose,
                           Fields const& fields);
template <class T>
std::string describe_table(std::string const& table, std::string const& purpose) {
  T defaults;
  Fields fields;
  defaults.describe(fields);
  return describe_table(table, purpose, fields);
}

/// Throws InputError for the first of `keys` whose value is not its default: it has no effect, for
/// the reason `why`.
void refuse_changed(std::string const& table, Fields const& given, Fields const& defaults,
                    std::vector<std::string> const& keys, std::string const& why);
template <class T>
void refuse_changed(std::string const& table, T values, std::vector<std::string> const& keys,
                    std::string const& why) {
  T defaults;
  Fields given, unchanged;
  values.describe(given);
  defaults.describe(unchanged);
  refuse_changed(table, given, unchanged, keys, why);
}

/// The keys of a resolved text by "table.key", their values as TOML. `left_out` names keys, or all
/// of a table as "table.".
using ResolvedKeys = std::map<std::string, std::string>;
ResolvedKeys resolved_keys(std::string const& resolved,
                           std::vector<std::string> const& left_out = {});
/// "train.steps is 60 there and 70 here" for the first key that differs; "" when none does.
std::string first_difference(ResolvedKeys const& there, ResolvedKeys const& here);

/// `path` with ${NAME} replaced by the environment variable NAME; "" when one of them is not set.
std::string expand_variables(std::string const& path);
/// `path` with expand_variables, from `folder` unless it is absolute; "" when it is empty or a
/// variable is not set.
std::string path_from(std::string const& folder, std::string const& path);

/// The candidate nearest to `word` in edit distance, or "" when none is near.
std::string nearest(std::string const& word, std::vector<std::string> const& candidates);

}  // namespace shearwater::core
