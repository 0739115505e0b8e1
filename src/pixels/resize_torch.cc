// Two passes in float32, horizontal first, as ATen's CPU kernel of _upsample_bicubic2d_aa; its build
// contracts multiply and add, so the sums here use fma as well. Both passes go down the picture together,
// band by band: of the rows between them only those of one window are kept.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "pixels/bands.h"
#include "pixels/resize.h"
#include "pixels/row_pair.h"

namespace vlr {
namespace {

float Bicubic(float x) {
  constexpr float a = -0.5F;
  x = std::abs(x);
  if (x < 1.0F) return std::fma(std::fma(a + 2, x, -(a + 3)) * x, x, 1.0F);
  if (x < 2.0F) return std::fma(std::fma(std::fma(a, x, -5 * a), x, 8 * a), x, -4 * a);
  return 0.0F;
}

// How many of a window's terms are not fused: the first one and whole groups of four after it. At most three
// follow.
int UnfusedTerms(int count) {
  return 1 + ((count - 1) & ~3);
}

constexpr int kMostFused = 3;

// The input samples and weights of each output sample along one axis; kMostFused zeros follow the weights.
struct Taps {
  struct Window {
    int first;
    int count;
    const float* weights;
  };
  std::vector<Window> windows;
  std::vector<float> weights;
  int most = 0;  // samples of one window
};

Taps MakeTaps(int in_size, int out_size) {
  const float scale = static_cast<float>(in_size) / static_cast<float>(out_size);
  const float support = scale >= 1.0F ? 2.0F * scale : 2.0F;
  const float inverse = scale >= 1.0F ? 1.0F / scale : 1.0F;
  const int most = static_cast<int>(std::ceil(support)) * 2 + 1 + kMostFused;

  Taps taps;
  taps.windows.resize(static_cast<std::size_t>(out_size));
  taps.weights.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(most));
  for (int out = 0; out < out_size; ++out) {
    const auto center = static_cast<float>(scale * (out + 0.5));
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count =
        std::clamp(std::min(static_cast<int>(center + support + 0.5), in_size) - first, 0, most - kMostFused);
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
    taps.most = std::max(taps.most, count);
  }
  return taps;
}

using Floats8 = Lanes8<float>;

Floats8 Fma(Floats8 x, float weight, Floats8 sum) {
  for (int c = 0; c < 8; ++c) sum[c] = std::fma(x[c], weight, sum[c]);
  return sum;
}

Floats8 Load(const float* from) {
  Floats8 values;
  std::memcpy(&values, from, sizeof(values));
  return values;
}

// Every window takes kMostFused fused terms: a loop that ends now here, now there costs more than the
// products. REQUIRES as many pixels behind the row.
void ResizeRowPair(const Floats8* in, const Taps& taps, float* first, float* second) {
  for (const Taps::Window& window : taps.windows) {
    const Floats8* pixel = in + window.first;
    const int unfused = UnfusedTerms(window.count);
    Floats8 sum = pixel[0] * window.weights[0];
    for (int i = 1; i < unfused; ++i) sum += pixel[i] * window.weights[i];
    for (int i = unfused; i < unfused + kMostFused; ++i) sum = Fma(pixel[i], window.weights[i], sum);
    for (int c = 0; c < 3; ++c) {
      *first++ = sum[c];
      *second++ = sum[4 + c];
    }
  }
}

float SumDown(const float* const* rows, const Taps::Window& window, std::size_t x) {
  const int unfused = UnfusedTerms(window.count);
  float sum = rows[0][x] * window.weights[0];
  for (int i = 1; i < unfused; ++i) sum += rows[i][x] * window.weights[i];
  for (int i = unfused; i < window.count; ++i) sum = std::fma(rows[i][x], window.weights[i], sum);
  return sum;
}

std::uint8_t ToByte(float sum) {
  return static_cast<std::uint8_t>(std::nearbyint(std::clamp(sum, 0.0F, 255.0F)));
}

// One row out of the rows of its window, of `samples` samples each.
void ResizeDown(const float* const* rows, const Taps::Window& window, std::size_t samples, std::uint8_t* to) {
  constexpr std::size_t kVectors = 4;
  constexpr std::size_t kChunk = 8 * kVectors;
  const int unfused = UnfusedTerms(window.count);
  std::size_t x = 0;
  for (; x + kChunk <= samples; x += kChunk) {
    Floats8 sums[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] = Load(rows[0] + x + 8 * v) * window.weights[0];
    for (int i = 1; i < unfused; ++i) {
      for (std::size_t v = 0; v < kVectors; ++v) sums[v] += Load(rows[i] + x + 8 * v) * window.weights[i];
    }
    for (int i = unfused; i < window.count; ++i) {
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[v] = Fma(Load(rows[i] + x + 8 * v), window.weights[i], sums[v]);
    }
    for (std::size_t i = 0; i < kChunk; ++i) to[x + i] = ToByte(sums[i / 8][i % 8]);
  }
  for (; x < samples; ++x) to[x] = ToByte(SumDown(rows, window, x));
}

// What a band needs in memory, so that its thread asks for none.
struct Scratch {
  RowWindow<float> window;
  std::vector<Floats8> spread;
  std::vector<const float*> rows;
};

void ResizeBand(const RgbImage& in, const Taps& across, const Taps& down, int begin, int end,
                Scratch& scratch, RgbImage& out) {
  const auto make = [&](int first, int second, float* to_first, float* to_second) {
    SpreadRowPair<float>(in.row(first), in.row(second), in.size.width, scratch.spread.data());
    ResizeRowPair(scratch.spread.data(), across, to_first, to_second);
  };
  for (int y = begin; y < end; ++y) {
    const Taps::Window& window = down.windows[y];
    scratch.window.MakeUntil(window.first + window.count, make);
    for (int i = 0; i < window.count; ++i) scratch.rows[i] = scratch.window.row(window.first + i);
    ResizeDown(scratch.rows.data(), window, std::size_t{3} * out.size.width, out.row(y));
  }
}

}  // namespace

RgbImage ResizeBicubicTorch(const RgbImage& image, Size size, int bands) {
  if (size == image.size) return image;
  const Taps across = MakeTaps(image.size.width, size.width);
  const Taps down = MakeTaps(image.size.height, size.height);
  RgbImage out = MakeRgbImage(size);
  if (bands == 0) {
    bands = BandsFor(size.height,
                     std::int64_t{across.most} * size.width * image.size.height + down.most * size.pixels());
  }
  std::vector<Scratch> scratch;
  for (int band = 0; band < bands; ++band) {
    scratch.push_back({{down.windows[BandBegin(size.height, bands, band)].first, image.size.height, down.most,
                        std::size_t{3} * size.width},
                       std::vector<Floats8>(static_cast<std::size_t>(image.size.width + kMostFused)),
                       std::vector<const float*>(static_cast<std::size_t>(down.most))});
  }
  RunBands(size.height, bands, [&](int band, int begin, int end) {
    ResizeBand(image, across, down, begin, end, scratch[static_cast<std::size_t>(band)], out);
  });
  return out;
}

}  // namespace vlr
