#include "text/pre_split.h"

#include "text/unicode.h"

namespace vlr {
namespace {

using unicode::CharClass;

constexpr char32_t kLongS = 0x17F;  // folds to s

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  struct Char {
    char32_t code_point;
    std::size_t next;
    CharClass char_class;
    bool newline() const { return code_point == '\r' || code_point == '\n'; }
  };

  bool AtEnd(std::size_t at) const { return at >= text_.size(); }
  Char At(std::size_t at) const {
    const auto [code_point, length] = unicode::Decode(text_, at);
    return {code_point, at + length, table_[code_point].char_class()};
  }
  bool Is(std::size_t at, CharClass char_class) const {
    return !AtEnd(at) && At(at).char_class == char_class;
  }

  // Past the run of that class that starts at `at`.
  std::size_t SkipRun(std::size_t at, CharClass char_class) const {
    while (!AtEnd(at)) {
      const Char c = At(at);
      if (c.char_class != char_class) break;
      at = c.next;
    }
    return at;
  }

  std::size_t SkipNewlines(std::size_t at) const {
    while (!AtEnd(at) && (text_[at] == '\r' || text_[at] == '\n')) ++at;
    return at;
  }

  // (?i:s|t|re|ve|m|ll|d) at `at`, behind an apostrophe: its end, or `at` when there is none.
  std::size_t SkipContraction(std::size_t at) const {
    if (AtEnd(at)) return at;
    const auto lower = [&](std::size_t i) {
      return i < text_.size() ? static_cast<char>(text_[i] | 0x20) : '\0';
    };
    switch (lower(at)) {
      case 's':
      case 't':
      case 'm':
      case 'd':
        return at + 1;
      case 'r':
      case 'v':
        return lower(at + 1) == 'e' ? at + 2 : at;
      case 'l':
        return lower(at + 1) == 'l' ? at + 2 : at;
      default:
        break;
    }
    const Char c = At(at);
    return c.code_point == kLongS ? c.next : at;
  }

  // \s*[\r\n]+ or \s+(?!\S) or \s+ on the white space at `begin`.
  std::size_t SkipSpaces(std::size_t begin) const {
    std::size_t end = begin;
    std::size_t last = begin;           // start of the run's last character
    std::size_t after_newline = begin;  // end of the run's last newline
    while (!AtEnd(end)) {
      const Char c = At(end);
      if (c.char_class != CharClass::kSpace) break;
      last = end;
      end = c.next;
      if (c.newline()) after_newline = end;
    }
    if (after_newline != begin) return after_newline;
    if (AtEnd(end) || last == begin) return end;
    return last;
  }

 private:
  std::string_view text_;
  const unicode::Table& table_ = unicode::Table::Get();
};

}  // namespace

std::size_t PieceEnd(std::string_view text, std::size_t begin) {
  const Cursor cursor(text);
  const auto first = cursor.At(begin);
  if (first.code_point == '\'') {
    const std::size_t end = cursor.SkipContraction(first.next);
    if (end != first.next) return end;
  }
  if (first.char_class == CharClass::kLetter) return cursor.SkipRun(first.next, CharClass::kLetter);
  if (first.char_class == CharClass::kNumber) return first.next;
  if (!first.newline() && cursor.Is(first.next, CharClass::kLetter)) {
    return cursor.SkipRun(first.next, CharClass::kLetter);
  }
  if (first.char_class == CharClass::kOther ||
      (first.code_point == ' ' && cursor.Is(first.next, CharClass::kOther))) {
    return cursor.SkipNewlines(cursor.SkipRun(first.next, CharClass::kOther));
  }
  return cursor.SkipSpaces(begin);
}

}  // namespace vlr
