#include "text/unicode.h"

#include <algorithm>
#include <iterator>

namespace vlr::unicode {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

struct CombiningRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
};

struct Decomposition {
  char32_t composite;
  char32_t first;
  char32_t second;
  bool composes;
};

#include "text/unicode_tables.inc"

// Hangul syllables are arithmetic: Unicode 15, section 3.12.
constexpr char32_t kSyllableBase = 0xAC00;
constexpr char32_t kLeadingBase = 0x1100;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kTrailingBase = 0x11A7;
constexpr char32_t kLeadingCount = 19;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailingCount = 28;
constexpr char32_t kSyllableCount = kLeadingCount * kVowelCount * kTrailingCount;

std::uint64_t Pair(char32_t first, char32_t second) {
  return std::uint64_t{first} << 32U | second;
}

// True for base ≤ value < base + count.
bool Within(char32_t value, char32_t base, char32_t count) {
  return value >= base && value - base < count;
}

}  // namespace

const Table& Table::Get() {
  static const Table table;
  return table;
}

Table::Table() : properties_(kCodePoints) {
  for (const Range& r : kLetters) Set(r.first, r.last, static_cast<std::uint16_t>(CharClass::kLetter));
  for (const Range& r : kNumbers) Set(r.first, r.last, static_cast<std::uint16_t>(CharClass::kNumber));
  for (const Range& r : kSpaces) Set(r.first, r.last, static_cast<std::uint16_t>(CharClass::kSpace));
  for (const CombiningRange& r : kCombiningClasses) {
    Set(r.first, r.last, static_cast<std::uint16_t>(r.combining_class << Properties::kCombiningShift));
  }
  for (const Decomposition& d : kDecompositions) {
    if (d.composes) {
      compositions_.push_back({Pair(d.first, d.second), d.composite});
      Set(d.second, d.second, Properties::kJoinsBack);
    } else {
      Set(d.composite, d.composite, Properties::kReplaced);
    }
  }
  std::sort(compositions_.begin(), compositions_.end(),
            [](const Composition& a, const Composition& b) { return a.pair < b.pair; });
  Set(kVowelBase, kVowelBase + kVowelCount - 1, Properties::kJoinsBack);
  Set(kTrailingBase + 1, kTrailingBase + kTrailingCount - 1, Properties::kJoinsBack);
}

void Table::Set(char32_t first, char32_t last, std::uint16_t bits) {
  for (char32_t c = first; c <= last; ++c) properties_[c].bits |= bits;
}

std::optional<std::pair<char32_t, char32_t>> Table::Decompose(char32_t code_point) const {
  if (Within(code_point, kSyllableBase, kSyllableCount)) {
    const char32_t index = code_point - kSyllableBase;
    const char32_t trailing = index % kTrailingCount;
    if (trailing != 0) return std::pair{code_point - trailing, kTrailingBase + trailing};
    const char32_t vowel = index / kTrailingCount;
    return std::pair{kLeadingBase + vowel / kVowelCount, kVowelBase + vowel % kVowelCount};
  }
  const auto* const found =
      std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), code_point,
                       [](const Decomposition& d, char32_t c) { return d.composite < c; });
  if (found == std::end(kDecompositions) || found->composite != code_point) return std::nullopt;
  return std::pair{found->first, found->second};
}

std::optional<char32_t> Table::Compose(char32_t first, char32_t second) const {
  if (Within(first, kLeadingBase, kLeadingCount) && Within(second, kVowelBase, kVowelCount)) {
    return kSyllableBase + ((first - kLeadingBase) * kVowelCount + (second - kVowelBase)) * kTrailingCount;
  }
  if (Within(first, kSyllableBase, kSyllableCount) && (first - kSyllableBase) % kTrailingCount == 0 &&
      Within(second, kTrailingBase + 1, kTrailingCount - 1)) {
    return first + (second - kTrailingBase);
  }
  const std::uint64_t pair = Pair(first, second);
  const auto found = std::lower_bound(compositions_.begin(), compositions_.end(), pair,
                                      [](const Composition& c, std::uint64_t p) { return c.pair < p; });
  if (found == compositions_.end() || found->pair != pair) return std::nullopt;
  return found->composite;
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto put = [&](char32_t bits) { out->push_back(static_cast<char>(bits)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6U);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12U);
    put(0x80 | (code_point >> 6U & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18U);
    put(0x80 | (code_point >> 12U & 0x3F));
    put(0x80 | (code_point >> 6U & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

}  // namespace vlr::unicode
