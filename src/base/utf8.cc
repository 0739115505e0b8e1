#include "base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vlr {
namespace {

struct Step {
  std::size_t length;  // bytes of the sequence, or of the maximal ill-formed subpart
  bool valid;
};

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kStride = 8 * kWord;

template <std::size_t kBytes>
bool IsAscii(const char* text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBytes; i += kWord) {
    std::uint64_t word = 0;
    std::memcpy(&word, text + i, kWord);
    seen |= word;
  }
  return (seen & kHighBits) == 0;
}

// Well-formed byte sequences: Unicode 15, table 3-7.
Step Next(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {1, true};
  std::size_t need = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    need = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    need = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    need = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i <= need; ++i) {
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {need + 1, true};
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Ahead in long strides, then in short ones: most text is ASCII.
    if (text.size() - at >= kStride && IsAscii<kStride>(text.data() + at)) {
      at += kStride;
      continue;
    }
    if (text.size() - at >= kWord && IsAscii<kWord>(text.data() + at)) {
      at += kWord;
      continue;
    }
    const Step step = Next(text, at);
    if (!step.valid) return false;
    at += step.length;
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Step step = Next(text, at);
    if (step.valid) {
      out.append(text, at, step.length);
    } else {
      out += "\xEF\xBF\xBD";
    }
    at += step.length;
  }
  return out;
}

std::string TruncateUtf8(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

}  // namespace vlr
