// Reading JSON fields so that every complaint names its field.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

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
  std::optional<json::Value> Take(const std::string& name);
  std::optional<std::string> String(const std::string& name);
  std::optional<bool> Bool(const std::string& name);
  std::optional<std::int64_t> Integer(const std::string& name, std::int64_t low, std::int64_t high);
  std::optional<double> Number(const std::string& name, double low, double high);
  // Marks members that other servers know and this one reads past.
  void Ignore(std::initializer_list<std::string_view> names);
  // Refuses the first member that nothing above has named.
  void RefuseOthers() const;

  std::string PathOf(const std::string& name) const { return path_.empty() ? name : path_ + "." + name; }

 private:
  json::Value object_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace vlr::api
