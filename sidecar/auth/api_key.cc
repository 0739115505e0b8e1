#include "sidecar/auth/api_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

namespace vlr::auth {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::string_view kScheme = "bearer ";
constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kKeyBytes = 32;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 4648, section 5, without padding.
std::string ToBase64Url(const unsigned char* bytes, std::size_t size) {
  std::string text;
  unsigned int bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < size; ++i) {
    bits = (bits << 8) | bytes[i];
    for (held += 8; held >= 6; held -= 6) text += kBase64Url[(bits >> (held - 6)) & 63];
  }
  if (held > 0) text += kBase64Url[(bits << (6 - held)) & 63];
  return text;
}

}  // namespace

KeyHash HashOf(std::string_view key) {
  KeyHash hash{};
  EVP_Digest(key.data(), key.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  return hash;
}

std::string ToText(const KeyHash& hash) {
  std::string text(kPrefix);
  for (const unsigned char byte : hash) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::optional<KeyHash> KeyHashFrom(std::string_view text) {
  KeyHash hash{};
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 2 * hash.size()) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = HexValue(text[2 * i]);
    const int low = HexValue(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return hash;
}

Result<std::string> MakeKey() {
  unsigned char bytes[kKeyBytes];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return Error{"internal", "no random numbers to be had"};
  return "vlr_" + ToBase64Url(bytes, sizeof bytes);
}

std::string_view BearerKey(std::string_view header) {
  if (header.size() < kScheme.size()) return {};
  const bool bearer = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char a, char b) {
    return a == b || (b >= 'A' && b <= 'Z' && a == b - 'A' + 'a');
  });
  if (!bearer) return {};
  header.remove_prefix(kScheme.size());
  const std::size_t first = header.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : header.substr(first);
}

std::optional<std::size_t> FindKey(const std::vector<ApiKey>& keys, const KeyHash& hash) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (CRYPTO_memcmp(keys[i].hash.data(), hash.data(), hash.size()) == 0) found = i;
  }
  return found;
}

}  // namespace vlr::auth
