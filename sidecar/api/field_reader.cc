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
}

std::optional<json::Value> FieldReader::Take(const std::string& name) {
  known_.insert(name);
  auto value = object_.Find(name);
  if (value && value->IsNull()) value.reset();
  return value;
}

std::optional<std::string> FieldReader::String(const std::string& name) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  if (!value->IsString()) Refuse(PathOf(name), "must be a string, not " + std::string(value->TypeName()));
  return std::string(value->AsString());
}

std::optional<bool> FieldReader::Bool(const std::string& name) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  if (!value->IsBool()) Refuse(PathOf(name), "must be true or false, not " + std::string(value->TypeName()));
  return value->AsBool();
}

std::optional<std::int64_t> FieldReader::Integer(const std::string& name, std::int64_t low,
                                                 std::int64_t high) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  const bool fits = value->IsInteger() && value->AsInteger() >= low && value->AsInteger() <= high;
  if (!fits) {
    Refuse(PathOf(name),
           "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value->AsInteger();
}

std::optional<double> FieldReader::Number(const std::string& name, double low, double high) {
  const auto value = Take(name);
  if (!value) return std::nullopt;
  const bool fits = value->IsNumber() && value->AsNumber() >= low && value->AsNumber() <= high;
  if (!fits) Refuse(PathOf(name), "must be a number " + Bounds(low, high));
  return value->AsNumber();
}

void FieldReader::Ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) known_.emplace(name);
}

void FieldReader::RefuseOthers() const {
  for (std::size_t i = 0; i < object_.size(); ++i) {
    const std::string_view name = object_.KeyAt(i);
    if (!known_.contains(name))
      Refuse(PathOf(TruncateUtf8(std::string(name), kMaxShownName)), "is not a known key");
  }
}

}  // namespace vlr::api
