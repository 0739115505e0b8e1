// How one YAML value gets into one setting. A setter writes through the pointer that it was made with.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace vlr {

// Error::message says what is expected; no key in it.
using Setter = std::function<Result<void>(const YAML::Node&)>;

// "must be …"
Error Expected(const std::string& what);
// "a number of at least 1 and at most 5"
std::string RangeText(const char* what, double low, double high);

constexpr double kNoLimit = 1e16;

template <class Number>
Setter SetNumber(Number* out, double low, double high = kNoLimit) {
  constexpr bool kWhole = std::is_integral_v<Number>;
  return [=](const YAML::Node& node) -> Result<void> {
    using Parsed = std::conditional_t<kWhole, std::int64_t, double>;
    Parsed value{};
    const bool readable = node.IsScalar() && YAML::convert<Parsed>::decode(node, value);
    const double number = static_cast<double>(value);
    if (!readable || !(number >= low && number <= high)) {
      return Expected(RangeText(kWhole ? "a whole number" : "a number", low, high));
    }
    *out = static_cast<Number>(value);
    return {};
  };
}

template <class Duration>
Setter SetDuration(Duration* out, std::int64_t low, std::int64_t high = 86'400'000) {
  return [=](const YAML::Node& node) -> Result<void> {
    std::int64_t count = 0;
    const auto parsed = SetNumber(&count, static_cast<double>(low), static_cast<double>(high))(node);
    if (!parsed) return parsed.error();
    *out = Duration(count);
    return {};
  };
}

Setter SetBool(bool* out);
Setter SetOptionalBool(std::optional<bool>* out);
Setter SetString(std::string* out);
Setter SetChoice(std::string* out, const std::vector<std::string>& choices);
Setter SetStrings(std::vector<std::string>* out);

}  // namespace vlr
