// Two passes in float32, horizontal first, as ATen's CPU kernel of _upsample_bicubic2d_aa; its build
// contracts multiply and add, so the sums here use fma as well.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "pixels/resize.h"

namespace vlr {
namespace {

float Bicubic(float x) {
  constexpr float a = -0.5F;
  x = std::abs(x);
  if (x < 1.0F) return std::fma(std::fma(a + 2, x, -(a + 3)) * x, x, 1.0F);
  if (x < 2.0F) return std::fma(std::fma(std::fma(a, x, -5 * a), x, 8 * a), x, -4 * a);
  return 0.0F;
}

// How many of a window's terms are not fused: the first one and whole groups of four after it.
int UnfusedTerms(int count) {
  return 1 + ((count - 1) & ~3);
}

struct Taps {
  struct Window {
    int first;
    int count;
    const float* weights;
  };
  std::vector<Window> windows;
  std::vector<float> weights;
};

Taps MakeTaps(int in_size, int out_size) {
  const float scale = static_cast<float>(in_size) / static_cast<float>(out_size);
  const float support = scale >= 1.0F ? 2.0F * scale : 2.0F;
  const float inverse = scale >= 1.0F ? 1.0F / scale : 1.0F;
  const int most = static_cast<int>(std::ceil(support)) * 2 + 1;

  Taps taps;
  taps.windows.resize(static_cast<std::size_t>(out_size));
  taps.weights.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(most));
  for (int out = 0; out < out_size; ++out) {
    const auto center = static_cast<float>(scale * (out + 0.5));
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count =
        std::clamp(std::min(static_cast<int>(center + support + 0.5), in_size) - first, 0, most);
    float* weights = taps.weights.data() + static_cast<std::ptrdiff_t>(out) * most;
    float sum = 0.0F;
    for (int i = 0; i < count; ++i) {
      weights[i] = Bicubic(static_cast<float>((static_cast<float>(i + first) - center + 0.5) * inverse));
      sum += weights[i];
    }
    if (sum != 0.0F) {
      for (int i = 0; i < count; ++i) weights[i] /= sum;
    }
    taps.windows[out] = {first, count, weights};
  }
  return taps;
}

std::vector<float> ResizeWidth(const RgbImage& image, int width) {
  const Taps taps = MakeTaps(image.size.width, width);
  std::vector<float> out(std::size_t{3} * width * image.size.height);
  float* to = out.data();
  for (int y = 0; y < image.size.height; ++y) {
    const std::uint8_t* row = image.row(y);
    for (const Taps::Window& window : taps.windows) {
      const std::uint8_t* pixel = row + std::ptrdiff_t{3} * window.first;
      for (int c = 0; c < 3; ++c) {
        float sum = static_cast<float>(pixel[c]) * window.weights[0];
        const int unfused = UnfusedTerms(window.count);
        for (int i = 1; i < unfused; ++i) sum += static_cast<float>(pixel[3 * i + c]) * window.weights[i];
        for (int i = unfused; i < window.count; ++i) {
          sum = std::fma(static_cast<float>(pixel[3 * i + c]), window.weights[i], sum);
        }
        *to++ = sum;
      }
    }
  }
  return out;
}

RgbImage ResizeHeight(const std::vector<float>& in, Size in_size, int height) {
  const Taps taps = MakeTaps(in_size.height, height);
  RgbImage out = MakeRgbImage({in_size.width, height});
  const std::size_t samples = std::size_t{3} * in_size.width;
  std::vector<float> sums(samples);
  for (int y = 0; y < height; ++y) {
    const Taps::Window& window = taps.windows[y];
    const float* row = in.data() + samples * static_cast<std::size_t>(window.first);
    for (std::size_t x = 0; x < samples; ++x) sums[x] = row[x] * window.weights[0];
    const int unfused = UnfusedTerms(window.count);
    for (int i = 1; i < unfused; ++i) {
      row += samples;
      const float weight = window.weights[i];
      for (std::size_t x = 0; x < samples; ++x) sums[x] += row[x] * weight;
    }
    for (int i = unfused; i < window.count; ++i) {
      row += samples;
      const float weight = window.weights[i];
      for (std::size_t x = 0; x < samples; ++x) sums[x] = std::fma(row[x], weight, sums[x]);
    }
    std::uint8_t* to = out.row(y);
    for (std::size_t x = 0; x < samples; ++x) {
      to[x] = static_cast<std::uint8_t>(std::nearbyint(std::clamp(sums[x], 0.0F, 255.0F)));
    }
  }
  return out;
}

}  // namespace

RgbImage ResizeBicubicTorch(const RgbImage& image, Size size) {
  if (size == image.size) return image;
  return ResizeHeight(ResizeWidth(image, size.width), {size.width, image.size.height}, size.height);
}

}  // namespace vlr
