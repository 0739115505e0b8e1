#include "storage/data_url.h"

#include <array>
#include <cstdint>
#include <utility>

#include "storage/error_codes.h"
#include "storage/percent.h"

namespace vlr {
namespace {

// A media type with its parameters is short; what is longer is no header but an attack on what logs it.
constexpr std::size_t kMaxHeaderBytes = 1024;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotBase64 = 0xFF;

constexpr std::array<std::uint8_t, 256> MakeBase64Table() {
  std::array<std::uint8_t, 256> table{};
  for (auto& entry : table) entry = kNotBase64;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kBase64Table = MakeBase64Table();

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

Error Invalid(std::string why) {
  return {std::string(kMediaInvalidUrl), std::move(why)};
}

Error TooLarge(std::size_t max_bytes) {
  return {std::string(kMediaTooLarge),
          "the data: URL holds more than " + std::to_string(max_bytes) + " bytes"};
}

bool EqualsIgnoringCase(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] - 'A' + 'a') : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

Result<std::string> DecodeBase64(std::string_view text, std::size_t max_bytes) {
  std::size_t symbols = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (IsSpace(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding > 0 || kBase64Table[static_cast<unsigned char>(c)] == kNotBase64) {
      return Invalid("the data: URL is not valid base64");
    }
    ++symbols;
  }
  const bool padded_right = padding == 0 || (padding <= 2 && (symbols + padding) % 4 == 0);
  if (symbols % 4 == 1 || !padded_right) return Invalid("the data: URL is not valid base64");
  const std::size_t size = symbols / 4 * 3 + (symbols % 4 == 0 ? 0 : symbols % 4 - 1);
  if (size > max_bytes) return TooLarge(max_bytes);

  std::string out;
  out.reserve(size);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::uint8_t value = kBase64Table[static_cast<unsigned char>(c)];
    if (value == kNotBase64) continue;
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFF);
  }
  return out;
}

}  // namespace

Result<std::string> DecodeDataUrl(std::string_view url, std::size_t max_bytes) {
  constexpr std::string_view kPrefix = "data:";
  if (!EqualsIgnoringCase(url.substr(0, kPrefix.size()), kPrefix)) return Invalid("not a data: URL");
  url.remove_prefix(kPrefix.size());
  const std::size_t comma = url.substr(0, kMaxHeaderBytes).find(',');
  if (comma == std::string_view::npos) return Invalid("the data: URL has no comma before its data");
  const std::string_view header = url.substr(0, comma);
  std::string_view body = url.substr(comma + 1);
  const std::size_t last = header.rfind(';');
  const bool base64 = last != std::string_view::npos && EqualsIgnoringCase(header.substr(last + 1), "base64");

  if (!base64 && body.size() / 3 > max_bytes) return TooLarge(max_bytes);
  if (base64 && body.find('%') == std::string_view::npos) return DecodeBase64(body, max_bytes);
  // Escaped base64 is at least as long as what it stands for, and white space is all that makes it longer.
  if (base64 && body.size() / 16 > max_bytes) return TooLarge(max_bytes);
  auto decoded = PercentDecode(body);
  if (!decoded) return Invalid("the data: URL has a % that is not followed by two hexadecimal digits");
  if (base64) return DecodeBase64(*decoded, max_bytes);
  if (decoded->size() > max_bytes) return TooLarge(max_bytes);
  return std::move(*decoded);
}

}  // namespace vlr
