#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/json.h"
#include "base/utf8.h"

namespace vlr::json {
namespace {

constexpr std::size_t kMaxNumberBytes = 32;

// The end of what was written, at most kMaxNumberBytes.
template <class Number>
char* PutNumber(char* out, Number value) {
  if (!std::isfinite(value)) throw std::logic_error("json: NaN and infinity have no JSON form");
  char* end = std::to_chars(out, out + kMaxNumberBytes - 2, value).ptr;
  if (std::none_of(out, end, [](char c) { return c == '.' || c == 'e'; })) {
    *end++ = '.';
    *end++ = '0';
  }
  return end;
}

// How many of the first bytes stand in a string as they are. Eight at a time: a byte is below 32, or equal to
// another one, where a subtraction borrows into its highest bit (Mycroft's test).
std::size_t PlainBytes(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighest = 0x8080808080808080;
  const auto below = [](std::uint64_t bytes, std::uint64_t bound) {
    return (bytes - kOnes * bound) & ~bytes & kHighest;
  };
  const auto is_plain_word = [&](const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return (below(bytes, ' ') | below(bytes ^ kOnes * '"', 1) | below(bytes ^ kOnes * '\\', 1)) == 0;
  };
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::size_t i = 0;
  while (i + kWord <= text.size() && is_plain_word(text.data() + i)) i += kWord;
  // What is left is the end of a whole word, too.
  if (i + kWord > text.size() && text.size() >= kWord && is_plain_word(text.data() + text.size() - kWord))
    return text.size();
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\'; };
  while (i < text.size() && is_plain(text[i])) ++i;
  return i;
}

// Of a control character, a quote or a backslash: the end of what was written, at most kMaxEscapeBytes.
constexpr std::size_t kMaxEscapeBytes = 6;
// Around a text: a comma, two quotes, a colon.
constexpr std::size_t kAround = 4;
char* PutEscape(char* out, unsigned char c) {
  constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  constexpr std::string_view kShort = "\"\\bfnrt";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  *out++ = '\\';
  if (const auto found = kPlain.find(static_cast<char>(c)); found != std::string_view::npos) {
    *out++ = kShort[found];
    return out;
  }
  for (const char digit : {'u', '0', '0', kHex[c >> 4U], kHex[c & 15U]}) *out++ = digit;
  return out;
}

}  // namespace

struct Writer::Impl {
  Impl() {
    constexpr std::size_t kUsualBytes = 2048, kUsualDepth = 8;
    text.resize(kUsualBytes);
    levels.reserve(kUsualDepth);
  }

  struct Level {
    bool object;
    bool empty = true;
    bool keyed = false;  // the next is the value of a key
  };

  // Where up to `bytes` may be written; Wrote says how far it went.
  char* Room(std::size_t bytes) {
    if (text.size() - used < bytes) text.resize(std::max(2 * text.size(), used + bytes));
    return text.data() + used;
  }
  void Wrote(const char* end) { used = static_cast<std::size_t>(end - text.data()); }

  static char* Separate(char* out, Level* level) {
    if (!std::exchange(level->empty, false)) *out++ = ',';
    return out;
  }
  // The same, for what stands before a value.
  char* BeforeValue(std::size_t bytes) {
    char* const out = Room(bytes + 1);
    if (levels.empty()) {
      Require(used == 0, "a second value");
      return out;
    }
    Level& level = levels.back();
    if (!level.object) return Separate(out, &level);
    Require(std::exchange(level.keyed, false), "a value without a key");
    return out;
  }
  void Begin(bool object) {
    char* out = BeforeValue(1);
    *out++ = object ? '{' : '[';
    Wrote(out);
    levels.push_back({object});
  }
  void End(bool object) {
    Require(!levels.empty() && levels.back().object == object && !levels.back().keyed, "an end out of place");
    levels.pop_back();
    char* out = Room(1);
    *out++ = object ? '}' : ']';
    Wrote(out);
  }
  // The text between quotes: the end of what was written. `out` is a place with room for the text and kAround
  // more.
  char* Quoted(char* out, std::string_view utf8) {
    *out++ = '"';
    for (std::size_t plain = 0; (plain = PlainBytes(utf8)) < utf8.size(); utf8.remove_prefix(1)) {
      Wrote(std::copy_n(utf8.data(), plain, out));
      utf8.remove_prefix(plain);
      out =
          PutEscape(Room(kMaxEscapeBytes + utf8.size() + kAround), static_cast<unsigned char>(utf8.front()));
    }
    out = std::copy_n(utf8.data(), utf8.size(), out);
    *out++ = '"';
    return out;
  }
  static void Require(bool holds, const char* misuse) {
    if (!holds) Fail(misuse);
  }
  [[noreturn]] static void Fail(const char* misuse) {
    throw std::logic_error(std::string("json: ") + misuse);
  }

  std::string text;  // longer than what is written
  std::size_t used = 0;
  std::vector<Level> levels;
};

Writer::Writer() : impl_(std::make_unique<Impl>()) {}
Writer::~Writer() = default;

Writer& Writer::BeginObject() {
  impl_->Begin(true);
  return *this;
}
Writer& Writer::EndObject() {
  impl_->End(true);
  return *this;
}
Writer& Writer::BeginArray() {
  impl_->Begin(false);
  return *this;
}
Writer& Writer::EndArray() {
  impl_->End(false);
  return *this;
}
Writer& Writer::Key(std::string_view key) {
  const bool due = !impl_->levels.empty() && impl_->levels.back().object && !impl_->levels.back().keyed;
  Impl::Require(due, "a key out of place");
  Impl::Level& level = impl_->levels.back();
  level.keyed = true;
  char* out = impl_->Quoted(Impl::Separate(impl_->Room(key.size() + kAround), &level), key);
  *out++ = ':';
  impl_->Wrote(out);
  return *this;
}
Writer& Writer::String(std::string_view utf8) {
  if (!IsValidUtf8(utf8)) return String(ReplaceInvalidUtf8(utf8));
  impl_->Wrote(impl_->Quoted(impl_->BeforeValue(utf8.size() + kAround), utf8));
  return *this;
}
Writer& Writer::Integer(std::int64_t value) {
  char* const out = impl_->BeforeValue(kMaxNumberBytes);
  impl_->Wrote(std::to_chars(out, out + kMaxNumberBytes, value).ptr);
  return *this;
}
Writer& Writer::Float32(float value) {
  impl_->Wrote(PutNumber(impl_->BeforeValue(kMaxNumberBytes), value));
  return *this;
}
Writer& Writer::Double(double value) {
  impl_->Wrote(PutNumber(impl_->BeforeValue(kMaxNumberBytes), value));
  return *this;
}
Writer& Writer::Bool(bool value) {
  return Raw(value ? "true" : "false");
}
Writer& Writer::Null() {
  return Raw("null");
}
Writer& Writer::Raw(std::string_view json) {
  char* const out = impl_->BeforeValue(json.size());
  impl_->Wrote(std::copy_n(json.data(), json.size(), out));
  return *this;
}

std::string Writer::Take() {
  Impl::Require(impl_->levels.empty() && impl_->used > 0, "the text is not complete");
  impl_->text.resize(std::exchange(impl_->used, 0));
  return std::exchange(impl_->text, {});
}

}  // namespace vlr::json
