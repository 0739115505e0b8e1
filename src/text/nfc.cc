#include "text/nfc.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "text/unicode.h"

namespace vlr {
namespace {

using unicode::Decode;
using unicode::Properties;
using unicode::Table;

struct Mark {
  char32_t code_point;
  std::uint8_t combining_class;
};

void DecomposeInto(const Table& table, char32_t code_point, std::vector<Mark>* out) {
  if (const auto parts = table.Decompose(code_point)) {
    DecomposeInto(table, parts->first, out);
    if (parts->second != 0) DecomposeInto(table, parts->second, out);
    return;
  }
  out->push_back({code_point, table[code_point].combining_class()});
}

// Marks between two starters, by class, otherwise as they came.
void Reorder(std::vector<Mark>* marks) {
  const auto by_class = [](const Mark& a, const Mark& b) { return a.combining_class < b.combining_class; };
  for (auto begin = marks->begin(); begin != marks->end();) {
    const auto first =
        std::find_if(begin, marks->end(), [](const Mark& m) { return m.combining_class != 0; });
    const auto last = std::find_if(first, marks->end(), [](const Mark& m) { return m.combining_class == 0; });
    std::stable_sort(first, last, by_class);
    begin = last;
  }
}

void Compose(const Table& table, std::vector<Mark>* marks) {
  constexpr std::size_t kNone = SIZE_MAX;
  std::size_t starter = kNone;
  std::size_t size = 0;
  for (std::size_t i = 0; i < marks->size(); ++i) {
    const Mark mark = (*marks)[i];
    const bool reaches = starter != kNone &&
                         (size - 1 == starter || (*marks)[size - 1].combining_class < mark.combining_class);
    if (reaches) {
      if (const auto composite = table.Compose((*marks)[starter].code_point, mark.code_point)) {
        (*marks)[starter].code_point = *composite;
        continue;
      }
    }
    if (mark.combining_class == 0) starter = size;
    (*marks)[size++] = mark;
  }
  marks->resize(size);
}

// The first position from `at` on whose byte is not ASCII.
std::size_t SkipAscii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (at + sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

class Normalizer {
 public:
  Normalizer(std::string_view text, std::string* out) : text_(text), out_(out) {}

  std::string_view Run() {
    std::uint8_t last_class = 0;
    for (std::size_t at = 0; at < text_.size();) {
      if (static_cast<unsigned char>(text_[at]) < 0x80) {
        at = SkipAscii(text_, at);
        boundary_ = at - 1;
        last_class = 0;
        continue;
      }
      const auto [code_point, length] = Decode(text_, at);
      const Properties properties = table_[code_point];
      if (properties.nfc_boundary()) {
        boundary_ = at;
        last_class = 0;
        at += length;
        continue;
      }
      const std::uint8_t combining_class = properties.combining_class();
      const bool in_order = combining_class == 0 || last_class <= combining_class;
      if (in_order && !properties.replaced_by_nfc() && !properties.joins_back()) {
        last_class = combining_class;
        at += length;
        continue;
      }
      at = Rewrite(at + length);
      last_class = 0;
    }
    if (copied_ == 0) return text_;
    out_->append(text_, copied_);
    return *out_;
  }

 private:
  // Normalises what stands from the last boundary to the next one, at or after `at`; returns where that is.
  std::size_t Rewrite(std::size_t at) {
    if (copied_ == 0) out_->clear();
    out_->append(text_, copied_, boundary_ - copied_);
    marks_.clear();
    std::size_t end = boundary_;
    while (end < text_.size()) {
      const auto [code_point, length] = Decode(text_, end);
      if (end >= at && table_[code_point].nfc_boundary()) break;
      DecomposeInto(table_, code_point, &marks_);
      end += length;
    }
    Reorder(&marks_);
    Compose(table_, &marks_);
    for (const Mark& mark : marks_) unicode::AppendUtf8(mark.code_point, out_);
    copied_ = end;
    boundary_ = end;
    return end;
  }

  const Table& table_ = Table::Get();
  std::string_view text_;
  std::string* out_;
  std::size_t boundary_ = 0;  // start of the last code point nothing before it can change
  std::size_t copied_ = 0;    // how much of the text out_ stands for; a rewrite always ends past 0
  std::vector<Mark> marks_;
};

}  // namespace

std::string_view ToNfc(std::string_view utf8, std::string* buffer) {
  if (SkipAscii(utf8, 0) == utf8.size()) return utf8;
  return Normalizer(utf8, buffer).Run();
}

}  // namespace vlr
