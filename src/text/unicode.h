// What the tokenizer knows of a code point, and UTF-8 one code point at a time. The tables are those that
// `tokenizers` 0.22.2 shows, made by generate_unicode_tables.py: its \p{L} and its NFC stand on different
// versions of Unicode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vlr::unicode {

inline constexpr char32_t kCodePoints = 0x110000;

enum class CharClass : std::uint8_t { kOther, kLetter, kNumber, kSpace };

struct Properties {
  std::uint16_t bits = 0;

  CharClass char_class() const { return static_cast<CharClass>(bits & 3U); }
  std::uint8_t combining_class() const { return static_cast<std::uint8_t>(bits >> kCombiningShift); }
  // NFC never keeps it.
  bool replaced_by_nfc() const { return (bits & kReplaced) != 0; }
  // It may compose with a code point before it.
  bool joins_back() const { return (bits & kJoinsBack) != 0; }
  // Whatever stands before it, NFC treats what starts here on its own.
  bool nfc_boundary() const { return bits <= 3; }

  static constexpr std::uint16_t kReplaced = 1U << 2U;
  static constexpr std::uint16_t kJoinsBack = 1U << 3U;
  static constexpr unsigned kCombiningShift = 8;
};

// Built at first use, then immutable: any number of threads may read it.
class Table {
 public:
  static const Table& Get();

  Properties operator[](char32_t code_point) const { return properties_[code_point]; }

  // Canonical, one step; second is 0 when there is one part only. Nothing when it does not decompose. Hangul
  // syllables included.
  std::optional<std::pair<char32_t, char32_t>> Decompose(char32_t code_point) const;

  // The primary composite of two code points; Hangul included.
  std::optional<char32_t> Compose(char32_t first, char32_t second) const;

 private:
  struct Composition {
    std::uint64_t pair;
    char32_t composite;
  };

  Table();
  void Set(char32_t first, char32_t last, std::uint16_t bits);

  std::vector<Properties> properties_;
  std::vector<Composition> compositions_;  // by pair
};

struct Decoded {
  char32_t code_point;
  std::size_t length;  // bytes
};

// REQUIRES: `utf8` is well-formed, `at` stands at the start of a code point.
inline Decoded Decode(std::string_view utf8, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(utf8[at + i]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6U | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12U | (byte(1) & 0x3F) << 6U | (byte(2) & 0x3F), 3};
  return {(lead & 0x07) << 18U | (byte(1) & 0x3F) << 12U | (byte(2) & 0x3F) << 6U | (byte(3) & 0x3F), 4};
}

// REQUIRES: a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string* out);

}  // namespace vlr::unicode
