#include "model/dtype.h"

#include <array>

namespace vlr {
namespace {

// In the order of the enumeration.
constexpr std::array kNames = {"float32", "bfloat16", "fp8", "int8"};

}  // namespace

Result<DType> ParseDType(const std::string& name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<DType>(i);
  }
  return Error{"invalid_option", "dtype must be " + DTypeChoices() + ", not \"" + name + "\"", "dtype"};
}

std::string NameOf(DType dtype) {
  return kNames.at(static_cast<std::size_t>(dtype));
}

std::vector<std::string> DTypeNames() {
  return {kNames.begin(), kNames.end()};
}

std::string DTypeChoices() {
  std::string text = kNames.front();
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    text += (i + 1 < kNames.size() ? ", " : " or ") + std::string(kNames[i]);
  }
  return text;
}

}  // namespace vlr
