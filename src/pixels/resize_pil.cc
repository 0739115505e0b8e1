// Two passes in 8-bit fixed point, horizontal first, as Pillow's Resample.c: only its arithmetic is repeated
// here.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "pixels/resize.h"

namespace vlr {
namespace {

// 8 bits of result and 2 for sums below zero and above one.
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr std::int32_t kHalf = 1 << (kPrecisionBits - 1);

double Bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

// The input samples and fixed-point weights of each output sample along one axis.
struct Taps {
  struct Window {
    int first;
    int count;
    const std::int32_t* weights;
  };
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;
};

std::int32_t ToFixed(double weight) {
  const double scaled = weight * (1 << kPrecisionBits);
  return static_cast<std::int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

Taps MakeTaps(int in_size, int out_size) {
  const double scale = static_cast<double>(in_size) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = 2.0 * filter_scale;
  const int most = static_cast<int>(std::ceil(support)) * 2 + 1;
  const double inverse = 1.0 / filter_scale;

  Taps taps;
  taps.windows.resize(static_cast<std::size_t>(out_size));
  taps.weights.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(most));
  std::vector<double> exact(static_cast<std::size_t>(most));
  for (int out = 0; out < out_size; ++out) {
    const double center = (out + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in_size) - first;
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      exact[i] = Bicubic((i + first - center + 0.5) * inverse);
      sum += exact[i];
    }
    std::int32_t* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(out) * most;
    for (int i = 0; i < count; ++i) weights[i] = ToFixed(sum != 0.0 ? exact[i] / sum : exact[i]);
    taps.windows[out] = {first, count, weights};
  }
  return taps;
}

std::uint8_t ToByte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

// Four channels of one pixel: three of them ours, the fourth that of the pixel behind it.
using Bytes4 = std::uint8_t __attribute__((vector_size(4)));
using Sums4 = std::int32_t __attribute__((vector_size(16)));

Sums4 LoadPixel(const std::uint8_t* pixel) {
  Bytes4 bytes;
  std::memcpy(&bytes, pixel, sizeof(bytes));
  return __builtin_convertvector(bytes, Sums4);
}

// REQUIRES a readable byte behind the row.
void ResizeRow(const std::uint8_t* in, const Taps& taps, std::uint8_t* out) {
  for (const Taps::Window& window : taps.windows) {
    Sums4 even = {kHalf, kHalf, kHalf, kHalf};
    Sums4 odd = {};
    const std::uint8_t* pixel = in + std::ptrdiff_t{3} * window.first;
    int i = 0;
    for (; i + 1 < window.count; i += 2, pixel += 6) {
      even += LoadPixel(pixel) * window.weights[i];
      odd += LoadPixel(pixel + 3) * window.weights[i + 1];
    }
    if (i < window.count) even += LoadPixel(pixel) * window.weights[i];
    even += odd;
    for (int c = 0; c < 3; ++c) *out++ = ToByte(even[c]);
  }
}

RgbImage ResizeWidth(const RgbImage& image, int width) {
  const Taps taps = MakeTaps(image.size.width, width);
  RgbImage out = MakeRgbImage({width, image.size.height});
  const int last = image.size.height - 1;
  for (int y = 0; y < last; ++y) ResizeRow(image.row(y), taps, out.row(y));
  // The last row has no byte behind it.
  const std::size_t row_bytes = std::size_t{3} * static_cast<std::size_t>(image.size.width);
  std::vector<std::uint8_t> copy(row_bytes + 1);
  std::copy_n(image.row(last), row_bytes, copy.begin());
  ResizeRow(copy.data(), taps, out.row(last));
  return out;
}

RgbImage ResizeHeight(const RgbImage& image, int height) {
  const Taps taps = MakeTaps(image.size.height, height);
  RgbImage out = MakeRgbImage({image.size.width, height});
  const std::size_t samples = std::size_t{3} * image.size.width;
  std::vector<std::int32_t> sums(samples);
  for (int y = 0; y < height; ++y) {
    const Taps::Window& window = taps.windows[y];
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int i = 0; i < window.count; ++i) {
      const std::uint8_t* in = image.row(window.first + i);
      const std::int32_t weight = window.weights[i];
      for (std::size_t x = 0; x < samples; ++x) sums[x] += in[x] * weight;
    }
    std::uint8_t* row = out.row(y);
    for (std::size_t x = 0; x < samples; ++x) row[x] = ToByte(sums[x]);
  }
  return out;
}

// Pillow 13 takes the vertical pass first where that is cheaper; the order shows in the rounding between
// them. Its rule, found by comparing sizes: earlier versions always took the horizontal pass first.
bool HeightFirst(Size in, Size out) {
  return out.height < in.height && in.height - out.height > 2 * (in.width - out.width);
}

}  // namespace

RgbImage ResizeBicubicPil(const RgbImage& image, Size size) {
  if (size == image.size) return image;
  if (size.width == image.size.width) return ResizeHeight(image, size.height);
  if (size.height == image.size.height) return ResizeWidth(image, size.width);
  if (HeightFirst(image.size, size)) return ResizeWidth(ResizeHeight(image, size.height), size.width);
  return ResizeHeight(ResizeWidth(image, size.width), size.height);
}

}  // namespace vlr
