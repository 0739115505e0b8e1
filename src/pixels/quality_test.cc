#include "pixels/quality.h"

#include <gtest/gtest.h>

#include <random>

namespace vlr {
namespace {

RgbImage Filled(Size size, std::uint8_t value) {
  RgbImage image = MakeRgbImage(size);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

TEST(QualityTest, OneColourIsZero) {
  for (const int value : {0, 7, 128, 255}) {
    EXPECT_EQ(MeasureQuality(Filled({64, 48}, static_cast<std::uint8_t>(value))), 0) << value;
  }
  EXPECT_EQ(MeasureQuality(Filled({1, 1}, 90)), 0);
}

TEST(QualityTest, NoiseOfAllLevelsIsNearlyOne) {
  RgbImage image = MakeRgbImage({400, 300});
  std::mt19937 random(3);
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random() >> 24);
  const double quality = MeasureQuality(image);
  EXPECT_GT(quality, 0.85);
  EXPECT_LE(quality, 1);
}

TEST(QualityTest, LinesAndLargePicturesAreMeasured) {
  for (const Size size : {Size{1, 700}, Size{700, 1}, Size{3000, 40}}) {
    RgbImage image = MakeRgbImage(size);
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
      image.rgb[i] = static_cast<std::uint8_t>(i / 3 % 2 * 200);
    const double quality = MeasureQuality(image);
    EXPECT_GE(quality, 0);
    EXPECT_LE(quality, 1);
  }
}

}  // namespace
}  // namespace vlr
