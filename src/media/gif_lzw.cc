#include "media/gif_lzw.h"

#include <array>
#include <optional>

namespace vlr {
namespace {

constexpr int kMaxBits = 12;
constexpr int kTableSize = 1 << kMaxBits;

// Codes out of sub-blocks, each a length byte and so many bytes.
class CodeReader {
 public:
  explicit CodeReader(std::span<const std::byte> blocks) : rest_(blocks) {}

  std::optional<int> Next(int bits) {
    while (have_ < bits) {
      if (left_ == 0 && !OpenBlock()) return std::nullopt;
      buffer_ |= std::to_integer<std::uint32_t>(rest_.front()) << have_;
      rest_ = rest_.subspan(1);
      --left_;
      have_ += 8;
    }
    const auto code = static_cast<int>(buffer_ & ((1U << bits) - 1));
    buffer_ >>= bits;
    have_ -= bits;
    return code;
  }

 private:
  // Only whole blocks are read. An empty one ends the data.
  bool OpenBlock() {
    if (rest_.empty()) return false;
    const auto length = std::to_integer<std::size_t>(rest_.front());
    if (length == 0 || rest_.size() <= length) return false;
    rest_ = rest_.subspan(1);
    left_ = length;
    return true;
  }

  std::span<const std::byte> rest_;
  std::size_t left_ = 0;
  std::uint32_t buffer_ = 0;
  int have_ = 0;
};

// Puts indices in the order of rows that interlacing asks for: 0, 8, …; 4, 12, …; 2, 6, …; 1, 3, ….
class RowWriter {
 public:
  explicit RowWriter(const GifRaster& raster) : raster_(raster), step_(raster.interlaced ? 8 : 1) {}

  bool full() const { return y_ >= raster_.size.height; }
  void Put(std::uint8_t index) {  // REQUIRES !full()
    raster_.first[static_cast<std::ptrdiff_t>(y_) * raster_.stride + x_] = index;
    if (++x_ == raster_.size.width) NextRow();
  }

 private:
  void NextRow() {
    x_ = 0;
    y_ += step_;
    while (raster_.interlaced && y_ >= raster_.size.height && pass_ < 3) {
      static constexpr std::array<int, 3> kStarts = {4, 2, 1};
      static constexpr std::array<int, 3> kSteps = {8, 4, 2};
      y_ = kStarts[pass_];
      step_ = kSteps[pass_];
      ++pass_;
    }
  }

  GifRaster raster_;
  int step_;
  std::size_t pass_ = 0;
  int x_ = 0;
  int y_ = 0;
};

// The growing table: entry c is the string of its prefix and one more index.
class StringTable {
 public:
  explicit StringTable(int code_bits) : clear_(1 << code_bits), code_bits_(code_bits) { Reset(); }

  int clear() const { return clear_; }
  int end() const { return clear_ + 1; }
  int bits() const { return bits_; }
  void Reset() {
    next_ = clear_ + 2;
    bits_ = code_bits_ + 1;
    last_ = -1;
  }

  // Writes the code's string; false when no such code can stand here.
  bool Expand(int code, RowWriter& out) {
    if (last_ < 0) {
      if (code > clear_) return false;
      last_ = code;
      first_ = static_cast<std::uint8_t>(code);
      out.Put(first_);
      return true;
    }
    if (code > next_) return false;
    int walk = code;
    std::size_t length = 0;
    if (code == next_) {  // the string that is just being made: the last one and its own first index
      string_[length++] = first_;
      walk = last_;
    }
    while (walk >= clear_) {
      if (walk >= kTableSize || length == string_.size()) return false;
      string_[length++] = suffix_[static_cast<std::size_t>(walk)];
      walk = prefix_[static_cast<std::size_t>(walk)];
    }
    first_ = static_cast<std::uint8_t>(walk);
    Add();
    last_ = code;
    out.Put(first_);
    while (length > 0 && !out.full()) out.Put(string_[--length]);
    return true;
  }

 private:
  void Add() {
    if (next_ >= kTableSize) return;
    suffix_[static_cast<std::size_t>(next_)] = first_;
    prefix_[static_cast<std::size_t>(next_)] = last_;
    if (next_ == (1 << bits_) - 1 && bits_ < kMaxBits) ++bits_;
    ++next_;
  }

  int clear_;
  int code_bits_;
  int bits_ = 0;
  int next_ = 0;
  int last_ = -1;  // the code before this one; -1 right after a clear
  std::uint8_t first_ = 0;
  std::array<std::uint8_t, kTableSize> suffix_{};
  std::array<int, kTableSize> prefix_{};
  std::array<std::uint8_t, kTableSize> string_{};
};

}  // namespace

bool DecodeGifLzw(std::span<const std::byte> blocks, int code_bits, const GifRaster& raster) {
  if (code_bits < 0 || code_bits > kMaxBits) return false;
  CodeReader reader(blocks);
  RowWriter out(raster);
  StringTable table(code_bits);
  while (!out.full()) {
    const auto code = reader.Next(table.bits());
    if (!code || *code == table.end()) return false;
    if (*code == table.clear()) {
      table.Reset();
    } else if (!table.Expand(*code, out)) {
      return false;
    }
  }
  return true;
}

}  // namespace vlr
