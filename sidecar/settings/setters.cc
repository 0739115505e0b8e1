#include "sidecar/settings/setters.h"

namespace vlr {
namespace {

std::string Show(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
}

}  // namespace

Error Expected(const std::string& what) {
  return {"invalid_setting", "must be " + what};
}

std::string RangeText(const char* what, double low, double high) {
  std::string text = std::string(what) + " of at least " + Show(low);
  if (high < 9e15) text += " and at most " + Show(high);
  return text;
}

Setter SetBool(bool* out) {
  return [=](const YAML::Node& node) -> Result<void> {
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, *out)) return Expected("true or false");
    return {};
  };
}

Setter SetOptionalBool(std::optional<bool>* out) {
  return [=](const YAML::Node& node) -> Result<void> {
    if (node.IsNull()) {
      out->reset();
      return {};
    }
    bool value = false;
    const auto parsed = SetBool(&value)(node);
    if (!parsed) return parsed.error();
    *out = value;
    return {};
  };
}

Setter SetString(std::string* out) {
  return [=](const YAML::Node& node) -> Result<void> {
    if (node.IsNull()) {
      out->clear();
      return {};
    }
    if (!node.IsScalar()) return Expected("a string");
    *out = node.Scalar();
    return {};
  };
}

Setter SetChoice(std::string* out, const std::vector<std::string>& choices) {
  return [out, choices](const YAML::Node& node) -> Result<void> {
    std::string text;
    for (const std::string& choice : choices) {
      if (node.IsScalar() && node.Scalar() == choice) {
        *out = choice;
        return {};
      }
      text += (text.empty() ? "" : ", ") + choice;
    }
    return Expected("one of " + text);
  };
}

Setter SetStrings(std::vector<std::string>* out) {
  return [=](const YAML::Node& node) -> Result<void> {
    std::vector<std::string> strings;
    if (node.IsScalar()) strings.push_back(node.Scalar());
    if (!node.IsScalar() && !node.IsSequence() && !node.IsNull()) return Expected("a list of strings");
    for (const YAML::Node& element : node) {
      if (!element.IsScalar()) return Expected("a list of strings");
      strings.push_back(element.Scalar());
    }
    *out = std::move(strings);
    return {};
  };
}

}  // namespace vlr
