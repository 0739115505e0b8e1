#include "pixels/blur.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vlr {
namespace {

constexpr double kDeviations = 3.0;

// Weights at distance -radius … radius; they sum to 1.
std::vector<float> Kernel(double sigma) {
  const int radius = std::max(1, static_cast<int>(std::ceil(kDeviations * sigma)));
  std::vector<double> exact;
  double sum = 0;
  for (int d = -radius; d <= radius; ++d) {
    exact.push_back(std::exp(-0.5 * d * d / (sigma * sigma)));
    sum += exact.back();
  }
  std::vector<float> kernel;
  for (const double weight : exact) kernel.push_back(static_cast<float>(weight / sum));
  return kernel;
}

// One row of samples, three a pixel, its ends repeated `radius` pixels outwards.
void Extend(const std::uint8_t* row, int width, int radius, std::vector<float>& out) {
  for (int x = -radius; x < width + radius; ++x) {
    const std::uint8_t* pixel = row + std::ptrdiff_t{3} * std::clamp(x, 0, width - 1);
    float* to = out.data() + std::ptrdiff_t{3} * (x + radius);
    std::copy_n(pixel, 3, to);
  }
}

}  // namespace

RgbImage GaussianBlur(const RgbImage& image, double sigma) {
  if (sigma <= 0) return image;
  const std::vector<float> kernel = Kernel(sigma);
  const int radius = static_cast<int>(kernel.size() / 2);
  const int width = image.size.width;
  const int height = image.size.height;
  const std::size_t samples = std::size_t{3} * static_cast<std::size_t>(width);

  std::vector<float> across(samples * static_cast<std::size_t>(height), 0.0F);
  std::vector<float> extended(samples + std::size_t{6} * static_cast<std::size_t>(radius));
  for (int y = 0; y < height; ++y) {
    Extend(image.row(y), width, radius, extended);
    float* out = across.data() + samples * static_cast<std::size_t>(y);
    for (std::size_t k = 0; k < kernel.size(); ++k) {
      const float* in = extended.data() + 3 * k;
      for (std::size_t x = 0; x < samples; ++x) out[x] += kernel[k] * in[x];
    }
  }
  RgbImage blurred = MakeRgbImage(image.size);
  std::vector<float> sums(samples);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 0.5F);  // rounds to nearest
    for (std::size_t k = 0; k < kernel.size(); ++k) {
      const int from = std::clamp(y + static_cast<int>(k) - radius, 0, height - 1);
      const float weight = kernel[k];
      const float* in = across.data() + samples * static_cast<std::size_t>(from);
      for (std::size_t x = 0; x < samples; ++x) sums[x] += weight * in[x];
    }
    std::uint8_t* out = blurred.row(y);
    for (std::size_t x = 0; x < samples; ++x)
      out[x] = static_cast<std::uint8_t>(std::clamp(sums[x], 0.0F, 255.0F));
  }
  return blurred;
}

}  // namespace vlr
