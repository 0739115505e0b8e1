// The horizontal pass of a resize over two rows at once: eight lanes, R, G, B and one to spare of each row.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace vlr {

template <class T>
using Lanes8 = T __attribute__((vector_size(8 * sizeof(T))));

// Two rows of `width` pixels, RGB bytes, one pixel of both behind another. REQUIRES out[width].
template <class T>
void SpreadRowPair(const std::uint8_t* first, const std::uint8_t* second, int width, Lanes8<T>* out) {
  Lanes8<std::uint8_t> bytes{};
  // Four bytes a pixel are read: all pixels but the last have a byte behind them.
  int x = 0;
  for (; x + 1 < width; ++x, first += 3, second += 3) {
    std::memcpy(&bytes, first, 4);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&bytes) + 4, second, 4);
    out[x] = __builtin_convertvector(bytes, Lanes8<T>);
  }
  for (int c = 0; c < 3; ++c) {
    out[x][c] = static_cast<T>(first[c]);
    out[x][4 + c] = static_cast<T>(second[c]);
  }
}

// Rows of a picture after the horizontal pass, the last few of them, for a vertical pass that goes down.
template <class T>
class RowWindow {
 public:
  // Rows from `begin` on, `height` at most held at once, of a picture that ends before `end`.
  RowWindow(int begin, int end, int height, std::size_t samples)
      : made_(begin),
        end_(end),
        height_(height + 1),
        stride_(samples),
        samples_(static_cast<std::size_t>(height + 1) * samples),
        spare_(samples) {}

  // Makes what is missing before `until` by make(first row, second row, its samples, the other's). A last odd
  // row is made twice.
  template <class Make>
  void MakeUntil(int until, const Make& make) {
    for (; made_ < until; made_ += 2) {
      const bool odd = made_ + 1 >= end_;
      make(made_, odd ? made_ : made_ + 1, at(made_), odd ? spare_.data() : at(made_ + 1));
    }
  }
  const T* row(int y) const { return samples_.data() + static_cast<std::size_t>(y % height_) * stride_; }

 private:
  T* at(int y) { return samples_.data() + static_cast<std::size_t>(y % height_) * stride_; }

  int made_;
  int end_;
  int height_;
  std::size_t stride_;
  std::vector<T> samples_;
  std::vector<T> spare_;
};

}  // namespace vlr
