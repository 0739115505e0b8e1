#include "sidecar/api/field_reader.h"

#include <cmath>

#include "base/utf8.h"

namespace vlr::api {
namespace {

constexpr std::size_t kMaxShownName = 64;

std::string Bounds(double low, double high) {
  const auto show = [](double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  return "from " + show(low) + " to " + show(high);
}

}  // namespace

void Refuse(const std::string& field, const std::string& must) {
  throw ErrorException(Error{"invalid_request", (field.empty() ? "the body" : field) + " " + must, field});
}

FieldReader::FieldReader(json::Value object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.IsObject()) Refuse(path_, "must be an object, not " + std::string(object_.TypeName()));
  known_.resize(object_.size());
}

std::string FieldReader::PathOf(std::string_view name) const {
  std::string path = path_;
  if (!path.empty()) path += '.';
  return path.append(name);
}

std::optional<json::Value> FieldReader::Take(std::string_view name) {
  const auto index = object_.IndexOf(name);
  if (!index) return std::nullopt;
  known_[*index] = true;
  const json::Value value = object_.ValueAt(*index);
  return value.IsNull() ? std::nullopt : std::optional(value);
}

std::optional<std::string> FieldReader::String(std::string_view name) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  if (!value->IsString()) Refuse(PathOf(name), "must be a string, not " + std::string(value->TypeName()));
  return std::string(value->AsString());
}

std::optional<bool> FieldReader::Bool(std::string_view name) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  if (!value->IsBool()) Refuse(PathOf(name), "must be true or false, not " + std::string(value->TypeName()));
  return value->AsBool();
}

std::optional<std::int64_t> FieldReader::Integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  const bool fits = value->IsInteger() && value->AsInteger() >= low && value->AsInteger() <= high;
  if (!fits) {
    Refuse(PathOf(name),
           "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value->AsInteger();
}

std::optional<double> FieldReader::Number(std::string_view name, double low, double high) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  const bool fits = value->IsNumber() && value->AsNumber() >= low && value->AsNumber() <= high;
  if (!fits) Refuse(PathOf(name), "must be a number " + Bounds(low, high));
  return value->AsNumber();
}

void FieldReader::Ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto index = object_.IndexOf(name)) known_[*index] = true;
  }
}

void FieldReader::RefuseOthers() const {
  for (std::size_t i = 0; i < object_.size(); ++i) {
    if (known_[i]) continue;
    Refuse(PathOf(TruncateUtf8(std::string(object_.KeyAt(i)), kMaxShownName)), "is not a known key");
  }
}

}  // namespace vlr::api
