#include "sidecar/settings/key_setter.h"

#include <algorithm>
#include <map>

namespace vlr {
namespace {

constexpr std::size_t kMaxKeys = 1000;
constexpr std::size_t kMaxNameLength = 64;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameLength &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
         });
}

Result<auth::ApiKey> ReadKey(const YAML::Node& node) {
  auth::ApiKey key;
  std::string role;
  std::string hash;
  std::map<std::string, Setter> setters = {{"name", SetString(&key.name)},
                                           {"role", SetChoice(&role, {"score", "admin"})},
                                           {"hash", SetString(&hash)},
                                           {"requests_per_s", SetNumber(&key.requests_per_s, 0, 1e6)},
                                           {"max_concurrent", SetNumber(&key.max_concurrent, 0, 1e6)}};
  for (const auto& member : node) {
    const auto setter = setters.find(member.first.Scalar());
    if (setter == setters.end())
      return Expected("made of name, role, hash, requests_per_s and max_concurrent, not " +
                      member.first.Scalar());
    if (const auto set = setter->second(member.second); !set) {
      return Expected("right in " + setter->first + ", which " + set.error().message);
    }
  }
  if (!IsName(key.name)) return Expected("named by 1 to 64 of a-z, 0-9, - _ and . each");
  if (role.empty()) return Expected("given a role, score or admin, each (" + key.name + ")");
  key.role = role == "admin" ? auth::Role::kAdmin : auth::Role::kScore;
  const auto parsed = auth::KeyHashFrom(hash);
  if (!parsed) return Expected("given a hash, sha256: and 64 hexadecimal digits, each (" + key.name + ")");
  key.hash = *parsed;
  return key;
}

}  // namespace

Setter SetKeys(std::vector<auth::ApiKey>* out) {
  return [out](const YAML::Node& node) -> Result<void> {
    if (!node.IsSequence() && !node.IsNull()) return Expected("a list of keys");
    if (node.size() > kMaxKeys) return Expected("a list of at most 1000 keys");
    std::vector<auth::ApiKey> keys;
    for (const YAML::Node& element : node) {
      if (!element.IsMap()) return Expected("a list of {name, role, hash}");
      const auto key = ReadKey(element);
      if (!key) return key.error();
      const bool known = std::any_of(keys.begin(), keys.end(), [&](const auth::ApiKey& other) {
        return other.name == key->name || other.hash == key->hash;
      });
      if (known) return Expected("free of keys that stand twice, by name or hash (" + key->name + ")");
      keys.push_back(*key);
    }
    *out = std::move(keys);
    return {};
  };
}

}  // namespace vlr
