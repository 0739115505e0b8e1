// Reading JSON fields so that every complaint names its field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace vlr::api {

// Thrown while a request is read; caught once, in the handler.
[[noreturn]] void Refuse(const std::string& field, const std::string& must);

// The members of one JSON object. A null member is an absent one. Each getter throws through Refuse.
class FieldReader {
 public:
  // `path` is the object's own place ("documents[3]"), empty for the body.
  FieldReader(json::Value object, std::string path);

  // The member, when present and not null; marks it as known either way.
  std::optional<json::Value> Take(std::string_view name);
  std::optional<std::string> String(std::string_view name);
  std::optional<bool> Bool(std::string_view name);
  std::optional<std::int64_t> Integer(std::string_view name, std::int64_t low, std::int64_t high);
  std::optional<double> Number(std::string_view name, double low, double high);
  // Marks members that other servers know and this one reads past.
  void Ignore(std::initializer_list<std::string_view> names);
  // Refuses the first member that nothing above has named.
  void RefuseOthers() const;

  std::string PathOf(std::string_view name) const;

 private:
  json::Value object_;
  std::string path_;
  std::vector<bool> known_;  // of the members, in their order
};

}  // namespace vlr::api
