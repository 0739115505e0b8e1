#include "pixels/blur.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace vlr {
namespace {

RgbImage Noise(Size size) {
  RgbImage image = MakeRgbImage(size);
  std::mt19937 random(7);
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random() >> 24);
  return image;
}

// The formula in double, in both directions at once.
double Plain(const RgbImage& image, int x, int y, int channel, double sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  double sum = 0;
  double weights = 0;
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx) {
      const double weight = std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
      const int from_x = std::clamp(x + dx, 0, image.size.width - 1);
      const int from_y = std::clamp(y + dy, 0, image.size.height - 1);
      sum += weight * image.row(from_y)[3 * from_x + channel];
      weights += weight;
    }
  }
  return sum / weights;
}

TEST(BlurTest, FollowsTheFormula) {
  const RgbImage image = Noise({23, 17});
  for (const double sigma : {0.4, 1.0, 2.5, 9.0}) {
    const RgbImage blurred = GaussianBlur(image, sigma);
    ASSERT_EQ(blurred.size, image.size);
    for (int y = 0; y < 17; ++y) {
      for (int x = 0; x < 23; ++x) {
        for (int c = 0; c < 3; ++c) {
          EXPECT_NEAR(blurred.row(y)[3 * x + c], Plain(image, x, y, c, sigma), 0.51) << sigma;
        }
      }
    }
  }
}

TEST(BlurTest, ZeroAndFlatPicturesStay) {
  const RgbImage image = Noise({9, 9});
  EXPECT_EQ(GaussianBlur(image, 0).rgb, image.rgb);
  RgbImage flat = MakeRgbImage({5, 40});
  std::fill(flat.rgb.begin(), flat.rgb.end(), std::uint8_t{255});
  EXPECT_EQ(GaussianBlur(flat, 30).rgb, flat.rgb);
}

}  // namespace
}  // namespace vlr
