// Two passes in 8-bit fixed point, as Pillow's Resample.c: only its arithmetic is repeated here. Both go down
// the picture together, band by band: of the rows between them only those of one window are kept.
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

// The input samples and fixed-point weights of each output sample along one axis; zeros follow the weights,
// so that `most` samples can be taken for every output.
struct Taps {
  struct Window {
    int first;
    int count;
    const std::int32_t* weights;
  };
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;
  int most = 0;  // samples of one window
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
    taps.most = std::max(taps.most, count);
  }
  return taps;
}

std::uint8_t ToByte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

using Sums8 = Lanes8<std::int32_t>;

Sums8 LoadBytes(const std::uint8_t* from) {
  Lanes8<std::uint8_t> bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return __builtin_convertvector(bytes, Sums8);
}

Sums8 ToBytes(Sums8 sums) {
  sums >>= kPrecisionBits;
  sums = sums < 0 ? Sums8{} : sums;
  return sums > 255 ? Sums8{} + 255 : sums;
}

// Every window takes as many pixels: a loop that ends now here, now there costs more than the products.
// REQUIRES taps.most pixels behind the row.
void ResizeRowPair(const Sums8* in, const Taps& taps, std::uint8_t* first, std::uint8_t* second) {
  for (const Taps::Window& window : taps.windows) {
    const Sums8* pixel = in + window.first;
    Sums8 sum = Sums8{} + kHalf;
    for (int i = 0; i < taps.most; ++i) sum += pixel[i] * window.weights[i];
    const auto bytes = __builtin_convertvector(ToBytes(sum), Lanes8<std::uint8_t>);
    for (int c = 0; c < 3; ++c) {
      *first++ = bytes[c];
      *second++ = bytes[4 + c];
    }
  }
}

// One row out of the rows of its window, of `samples` samples each.
void ResizeDown(const std::uint8_t* const* rows, const Taps::Window& window, std::size_t samples,
                std::uint8_t* to) {
  constexpr std::size_t kVectors = 4;
  constexpr std::size_t kChunk = 8 * kVectors;
  std::size_t x = 0;
  for (; x + kChunk <= samples; x += kChunk) {
    Sums8 sums[kVectors];
    for (Sums8& sum : sums) sum = Sums8{} + kHalf;
    for (int i = 0; i < window.count; ++i) {
      for (std::size_t v = 0; v < kVectors; ++v)
        sums[v] += LoadBytes(rows[i] + x + 8 * v) * window.weights[i];
    }
    for (std::size_t i = 0; i < kChunk; ++i) to[x + i] = ToByte(sums[i / 8][i % 8]);
  }
  for (; x < samples; ++x) {
    std::int32_t sum = kHalf;
    for (int i = 0; i < window.count; ++i) sum += rows[i][x] * window.weights[i];
    to[x] = ToByte(sum);
  }
}

// Pillow 13 takes the vertical pass first where that is cheaper; the order shows in the rounding between
// them. Its rule, found by comparing sizes: earlier versions always took the horizontal pass first.
bool HeightFirst(Size in, Size out) {
  return out.height < in.height && in.height - out.height > 2 * (in.width - out.width);
}

// One of the ways to the output, and what its threads share. Each band has memory of its own.
class Resize {
 public:
  Resize(const RgbImage& in, RgbImage& out)
      : in_(in),
        out_(out),
        across_(MakeTaps(in.size.width, out.size.width)),
        down_(MakeTaps(in.size.height, out.size.height)) {}

  void Run(int bands) {
    const Size in = in_.size;
    const Size out = out_.size;
    const bool width = in.width != out.width;
    const bool height = in.height != out.height;
    const bool height_first = height && (!width || HeightFirst(in, out));
    const int rows_across = height_first ? out.height : in.height;
    const int columns_down = height_first ? in.width : out.width;
    if (bands == 0) {
      const std::int64_t across = width ? std::int64_t{across_.most} * out.width * rows_across : 0;
      const std::int64_t down = height ? std::int64_t{down_.most} * out.height * columns_down : 0;
      bands = BandsFor(out.height, across + down);
    }
    for (int band = 0; band < bands; ++band) {
      const int first = down_.windows[BandBegin(out.height, bands, band)].first;
      const bool between = width && height && !height_first;
      scratch_.push_back({{first, in.height, between ? down_.most : 0, between ? Samples(out) : 0},
                          std::vector<Sums8>(width ? static_cast<std::size_t>(in.width + across_.most) : 0),
                          std::vector<const std::uint8_t*>(height ? static_cast<std::size_t>(down_.most) : 0),
                          std::vector<std::uint8_t>(width && height_first ? 2 * Samples(in) : 0)});
    }
    RunBands(out.height, bands, [&](int band, int begin, int end) {
      Scratch& scratch = scratch_[static_cast<std::size_t>(band)];
      if (!height) return Across(scratch, begin, end);
      if (!width) return Down(scratch, begin, end);
      return height_first ? DownThenAcross(scratch, begin, end) : AcrossThenDown(scratch, begin, end);
    });
  }

 private:
  // What a band needs in memory, so that its thread asks for none.
  struct Scratch {
    RowWindow<std::uint8_t> window;
    std::vector<Sums8> spread;
    std::vector<const std::uint8_t*> rows;
    std::vector<std::uint8_t> pair;
  };

  static std::size_t Samples(Size size) { return std::size_t{3} * static_cast<std::size_t>(size.width); }

  void PairAcross(Scratch& scratch, const std::uint8_t* first, const std::uint8_t* second,
                  std::uint8_t* to_first, std::uint8_t* to_second) const {
    SpreadRowPair<std::int32_t>(first, second, in_.size.width, scratch.spread.data());
    ResizeRowPair(scratch.spread.data(), across_, to_first, to_second);
  }

  void RowDown(Scratch& scratch, int y, std::uint8_t* to) const {
    const Taps::Window& window = down_.windows[y];
    for (int i = 0; i < window.count; ++i) scratch.rows[i] = in_.row(window.first + i);
    ResizeDown(scratch.rows.data(), window, Samples(in_.size), to);
  }

  void Across(Scratch& scratch, int begin, int end) {
    for (int y = begin; y < end; y += 2) {
      const int second = std::min(y + 1, end - 1);
      PairAcross(scratch, in_.row(y), in_.row(second), out_.row(y), out_.row(second));
    }
  }

  void Down(Scratch& scratch, int begin, int end) {
    for (int y = begin; y < end; ++y) RowDown(scratch, y, out_.row(y));
  }

  void DownThenAcross(Scratch& scratch, int begin, int end) {
    std::uint8_t* const first_row = scratch.pair.data();
    std::uint8_t* const second_row = first_row + Samples(in_.size);
    for (int y = begin; y < end; y += 2) {
      const int second = std::min(y + 1, end - 1);
      RowDown(scratch, y, first_row);
      RowDown(scratch, second, second_row);
      PairAcross(scratch, first_row, second_row, out_.row(y), out_.row(second));
    }
  }

  void AcrossThenDown(Scratch& scratch, int begin, int end) {
    const auto make = [&](int first, int second, std::uint8_t* to_first, std::uint8_t* to_second) {
      PairAcross(scratch, in_.row(first), in_.row(second), to_first, to_second);
    };
    for (int y = begin; y < end; ++y) {
      const Taps::Window& window = down_.windows[y];
      scratch.window.MakeUntil(window.first + window.count, make);
      for (int i = 0; i < window.count; ++i) scratch.rows[i] = scratch.window.row(window.first + i);
      ResizeDown(scratch.rows.data(), window, Samples(out_.size), out_.row(y));
    }
  }

  const RgbImage& in_;
  RgbImage& out_;
  const Taps across_;
  const Taps down_;
  std::vector<Scratch> scratch_;
};

}  // namespace

RgbImage ResizeBicubicPil(const RgbImage& image, Size size, int bands) {
  if (size == image.size) return image;
  RgbImage out = MakeRgbImage(size);
  Resize(image, out).Run(bands);
  return out;
}

}  // namespace vlr
