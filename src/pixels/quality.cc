#include "pixels/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "pixels/resize.h"

namespace vlr {
namespace {

constexpr double kSharp = 0.8;  // sharpness from which a picture counts as wholly sharp
constexpr int kMeanPixels = 9;
constexpr double kLowShare = 0.01;
constexpr double kHighShare = 0.99;

// BT.601 luma, 0…255.
std::vector<float> LumaOf(const RgbImage& image) {
  std::vector<float> luma(static_cast<std::size_t>(image.size.pixels()));
  for (std::size_t i = 0; i < luma.size(); ++i) {
    const std::uint8_t* pixel = image.rgb.data() + 3 * i;
    luma[i] = 0.299F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
              0.114F * static_cast<float>(pixel[2]);
  }
  return luma;
}

// Sums along one line of the picture, its samples `step` apart.
struct EdgeSums {
  double all = 0;
  double lost = 0;  // to the mean

  void AddLine(const float* line, int count, std::ptrdiff_t step, std::vector<float>& mean) {
    constexpr int kHalf = kMeanPixels / 2;
    mean.resize(static_cast<std::size_t>(count));
    double sum = 0;
    const auto at = [&](int i) { return static_cast<double>(line[step * std::clamp(i, 0, count - 1)]); };
    for (int i = -kHalf; i <= kHalf; ++i) sum += at(i);
    for (int i = 0; i < count; ++i) {
      mean[static_cast<std::size_t>(i)] = static_cast<float>(sum / kMeanPixels);
      sum += at(i + kHalf + 1) - at(i - kHalf);
    }
    for (int i = 1; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const double edge = std::abs(static_cast<double>(line[step * i] - line[step * (i - 1)]));
      const double left = std::abs(static_cast<double>(mean[index] - mean[index - 1]));
      all += edge;
      lost += std::max(0.0, edge - left);
    }
  }
};

double Sharpness(const std::vector<float>& luma, Size size) {
  EdgeSums across;
  EdgeSums down;
  std::vector<float> mean;
  for (int y = 0; y < size.height; ++y)
    across.AddLine(luma.data() + std::ptrdiff_t{y} * size.width, size.width, 1, mean);
  for (int x = 0; x < size.width; ++x) down.AddLine(luma.data() + x, size.height, size.width, mean);
  double sharpness = 1;
  bool any = false;
  for (const EdgeSums& sums : {across, down}) {
    if (sums.all <= 0) continue;
    any = true;
    sharpness = std::min(sharpness, sums.lost / sums.all);
  }
  return any ? sharpness : 0;
}

double MeanEntropy(const RgbImage& image) {
  std::array<std::array<std::int64_t, 256>, 3> counts{};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) ++counts[i % 3][image.rgb[i]];
  const auto pixels = static_cast<double>(image.size.pixels());
  double bits = 0;
  for (const auto& channel : counts) {
    for (const std::int64_t count : channel) {
      const double share = static_cast<double>(count) / pixels;
      if (count > 0) bits -= share * std::log2(share);
    }
  }
  return bits / 3;
}

// The luma, 0…1, that this share of the pixels stays at or below.
double LumaAt(std::vector<float>& luma, double share) {
  const auto rank = luma.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(luma.size() - 1));
  std::nth_element(luma.begin(), rank, luma.end());
  return std::clamp(static_cast<double>(*rank) / 255, 0.0, 1.0);
}

double QualityOf(const RgbImage& image) {
  std::vector<float> luma = LumaOf(image);
  const double sharpness = std::min(1.0, Sharpness(luma, image.size) / kSharp);
  const double low = LumaAt(luma, kLowShare);
  const double high = LumaAt(luma, kHighShare);
  const double exposure = std::sqrt(MeanEntropy(image) / 8) * std::pow(high, 0.25) * std::sqrt(1 - low);
  return sharpness * sharpness * exposure;
}

}  // namespace

double MeasureQuality(const RgbImage& image) {
  const int longest = std::max(image.size.width, image.size.height);
  if (longest <= kQualitySide) return QualityOf(image);
  const double scale = static_cast<double>(kQualitySide) / longest;
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::nearbyint(side * scale))); };
  return QualityOf(ResizeBicubicPil(image, {scaled(image.size.width), scaled(image.size.height)}));
}

}  // namespace vlr
