// API keys as the settings hold them: only their hashes.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vlr::auth {

enum class Role { kScore, kAdmin };  // admin may all that score may

// SHA-256. A fast hash is enough because keys are random: 32 bytes when made by MakeKey, and never shorter
// than kMinKeyLength characters.
using KeyHash = std::array<unsigned char, 32>;
constexpr std::size_t kMinKeyLength = 24;

struct ApiKey {
  std::string name;  // in logs and metrics
  Role role = Role::kScore;
  KeyHash hash{};
  double requests_per_s = 0;  // mean over time, with a second's worth at once; 0: no limit
  int max_concurrent = 0;     // requests under way; 0: no limit
};

KeyHash HashOf(std::string_view key);
// "sha256:" and 64 hexadecimal digits.
std::string ToText(const KeyHash& hash);
std::optional<KeyHash> KeyHashFrom(std::string_view text);
// 32 random bytes of the operating system as "vlr_" and 43 characters of base64url. Errors: "internal".
Result<std::string> MakeKey();

// The key of an "Authorization: Bearer KEY" header (RFC 6750; the scheme in any case); empty when there is
// none.
std::string_view BearerKey(std::string_view header);

// Position of the key with this hash. Looks at every key, and at every byte of it, whatever it finds.
std::optional<std::size_t> FindKey(const std::vector<ApiKey>& keys, const KeyHash& hash);

}  // namespace vlr::auth
