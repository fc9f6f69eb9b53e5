// SPDX-License-Identifier: BSD-3-Clause
// One key of a table: its checks, and how it looks as text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <numeric>
#include <sstream>

#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"

namespace shearwater::core {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string quoted(std::string const& text) {
  std::string result = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(std::int64_t value) { return fmt::format("{}", value); }
std::string text_of(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (std::isnan(value)) return "nan";
  std::string text =
      fmt::format("{}", value);  // the shortest text that reads back to the same value
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}
std::string text_of(std::string const& value) { return quoted(value); }
template <class T>
std::string text_of(std::vector<T> const& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + text_of(values[i]);
  return text + "]";
}

/// Calls `check` on the value, or on every element of a list of them.
template <class Check>
bool every_number(FieldSpec::Value const& value, Check const& check) {
  if (auto const* d = std::get_if<double*>(&value)) return check(**d);
  if (auto const* i = std::get_if<std::int64_t*>(&value)) return check(static_cast<double>(**i));
  if (auto const* ds = std::get_if<std::vector<double>*>(&value))
    return std::all_of((*ds)->begin(), (*ds)->end(), check);
  if (auto const* is = std::get_if<std::vector<std::int64_t>*>(&value))
    return std::all_of((*is)->begin(), (*is)->end(), check);
  return true;
}

template <class Check>
bool every_text(FieldSpec::Value const& value, Check const& check) {
  if (auto const* s = std::get_if<std::string*>(&value)) return check(**s);
  if (auto const* ss = std::get_if<std::vector<std::string>*>(&value))
    return std::all_of((*ss)->begin(), (*ss)->end(), check);
  return true;
}

}  // namespace

FieldSpec::FieldSpec(std::string key, Value value, std::string unit, std::string help)
    : key_(std::move(key)),
      unit_(std::move(unit)),
      help_(std::move(help)),
      value_(value),
      low_(-infinity),
      high_(infinity) {}

FieldSpec& FieldSpec::between(double low, double high) {
  low_ = low;
  high_ = high;
  return *this;
}
FieldSpec& FieldSpec::at_least(double low) { return between(low, infinity); }
FieldSpec& FieldSpec::positive() {
  positive_ = true;
  return *this;
}
FieldSpec& FieldSpec::power_of_two() {
  power_of_two_ = true;
  return *this;
}
FieldSpec& FieldSpec::one_of(std::vector<std::string> choices) {
  choices_ = std::move(choices);
  return *this;
}
FieldSpec& FieldSpec::required() {
  required_ = true;
  return *this;
}

FieldSpec& FieldSpec::path() {
  path_ = true;
  return *this;
}

std::string FieldSpec::range_text() const {
  std::vector<std::string> parts;
  if (std::isfinite(low_) && std::isfinite(high_))
    parts.push_back(fmt::format("between {} and {}", low_, high_));
  else if (std::isfinite(low_))
    parts.push_back(fmt::format("at least {}", low_));
  if (positive_) parts.emplace_back("greater than 0 and finite");
  if (power_of_two_) parts.emplace_back("a power of two");
  if (!choices_.empty()) parts.push_back(fmt::format("one of {}", fmt::join(choices_, ", ")));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string FieldSpec::violation() const {
  bool const numbers = every_number(value_, [&](double x) {
    bool const power = !power_of_two_ || (x >= 1 && std::exp2(std::round(std::log2(x))) == x);
    // A key with any bound is a size or a rate: infinity is none. One without (a prior's) may be.
    bool const bounded = positive_ || std::isfinite(low_) || std::isfinite(high_);
    return !std::isnan(x) && (!bounded || std::isfinite(x)) && x >= low_ && x <= high_ &&
           (!positive_ || x > 0) && power;
  });
  bool const texts = every_text(value_, [&](std::string const& text) {
    return choices_.empty() || std::find(choices_.begin(), choices_.end(), text) != choices_.end();
  });
  if (numbers && texts) return "";
  if (texts) return range_text().empty() ? "must be a number" : "must be " + range_text();
  std::string near;
  if (auto const* s = std::get_if<std::string*>(&value_)) near = nearest(**s, choices_);
  return "must be " + range_text() +
         (near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

std::string FieldSpec::value_text() const {
  return std::visit([](auto const* pointer) { return text_of(*pointer); }, value_);
}

std::string describe_table(std::string const& table, std::string const& purpose,
                           Fields const& fields) {
  std::string text = fmt::format("# {}\n[{}]\n", purpose, table);
  for (auto const& spec : fields.specs()) {
    std::string const range = spec->range_text();
    text += fmt::format("{:<44} # {}{}{}{}\n", spec->key() + " = " + spec->value_text(),
                        spec->unit().empty() ? "" : "[" + spec->unit() + "] ", spec->help(),
                        range.empty() ? "" : "; " + range, spec->is_required() ? "; required" : "");
  }
  return text;
}

void refuse_changed(std::string const& table, Fields const& given, Fields const& defaults,
                    std::vector<std::string> const& keys, std::string const& why) {
  for (std::size_t i = 0; i < given.specs().size(); ++i) {
    auto const& spec = *given.specs()[i];
    if (std::ranges::count(keys, spec.key()) == 0) continue;
    if (auto const text = spec.value_text(); text != defaults.specs()[i]->value_text())
      throw InputError(fmt::format("{}.{} = {}: has no effect, because {}; leave it out", table,
                                   spec.key(), text, why));
  }
}

ResolvedKeys resolved_keys(std::string const& resolved, std::vector<std::string> const& left_out) {
  ResolvedKeys keys;
  std::string table;
  std::istringstream lines(resolved);
  for (std::string line; std::getline(lines, line);) {
    auto const equals = line.find(" = ");
    if (line.starts_with("[")) {
      table = line.substr(1, line.find(']') - 1) + ".";
    } else if (equals != std::string::npos) {
      auto const key = table + line.substr(0, equals);
      bool const kept = std::none_of(left_out.begin(), left_out.end(), [&](auto const& name) {
        return name.ends_with(".") ? key.starts_with(name) : key == name;
      });
      if (kept) keys[key] = line.substr(equals + 3);
    }
  }
  return keys;
}

std::string first_difference(ResolvedKeys const& there, ResolvedKeys const& here) {
  auto const value = [](ResolvedKeys const& keys, std::string const& key) {
    auto const found = keys.find(key);
    return found == keys.end() ? std::string("absent") : found->second;
  };
  ResolvedKeys all = there;
  all.insert(here.begin(), here.end());
  for (auto const& [key, ignored] : all)
    if (value(there, key) != value(here, key))
      return fmt::format("{} is {} there and {} here", key, value(there, key), value(here, key));
  return "";
}

std::string expand_variables(std::string const& path) {
  std::string result;
  for (std::size_t i = 0; i < path.size();) {
    auto const end = path.compare(i, 2, "${") == 0 ? path.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      result += path[i++];
      continue;
    }
    char const* value = std::getenv(path.substr(i + 2, end - i - 2).c_str());
    if (value == nullptr || *value == '\0') return "";
    result += value;
    i = end + 1;
  }
  return result;
}

std::string path_from(std::string const& folder, std::string const& path) {
  auto const expanded = expand_variables(path);
  if (expanded.empty() || std::filesystem::path(expanded).is_absolute()) return expanded;
  return (std::filesystem::path(folder) / expanded).lexically_normal().string();
}

std::string nearest(std::string const& word, std::vector<std::string> const& candidates) {
  auto const distance = [](std::string const& a, std::string const& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        std::size_t const substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
      }
    }
    return row[b.size()];
  };
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (auto const& candidate : candidates) {
    auto const d = distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace shearwater::core
