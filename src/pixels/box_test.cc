#include "pixels/box.h"

#include <gtest/gtest.h>

#include "pixels/resize.h"

namespace vlr {
namespace {

RgbImage Gradient(Size size) {
  RgbImage image = MakeRgbImage(size);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i * 7 % 200);
  return image;
}

RgbImage Part(const RgbImage& image, int left, int top, Size size) {
  RgbImage part = MakeRgbImage(size);
  for (int y = 0; y < size.height; ++y) {
    const std::uint8_t* from = image.row(top + y) + std::ptrdiff_t{3} * left;
    std::copy_n(from, 3 * size.width, part.row(y));
  }
  return part;
}

bool IsWhite(const RgbImage& image) {
  return std::all_of(image.rgb.begin(), image.rgb.end(), [](std::uint8_t v) { return v == 255; });
}

TEST(BoxTest, FitKeepsTheAspectAndPadsWithWhite) {
  const RgbImage image = Gradient({100, 40});
  const RgbImage fitted = FitIntoBox(image, {50, 50});
  ASSERT_EQ(fitted.size, (Size{50, 50}));
  EXPECT_EQ(Part(fitted, 0, 15, {50, 20}).rgb, ResizeBicubicPil(image, {50, 20}).rgb);
  EXPECT_TRUE(IsWhite(Part(fitted, 0, 0, {50, 15})));
  EXPECT_TRUE(IsWhite(Part(fitted, 0, 35, {50, 15})));
}

TEST(BoxTest, FitEnlarges) {
  const RgbImage image = Gradient({10, 20});
  const RgbImage fitted = FitIntoBox(image, {64, 48});
  EXPECT_EQ(Part(fitted, 20, 0, {24, 48}).rgb, ResizeBicubicPil(image, {24, 48}).rgb);
  EXPECT_TRUE(IsWhite(Part(fitted, 0, 0, {20, 48})));
}

TEST(BoxTest, CropFillsTheBoxRoundTheCentre) {
  const RgbImage image = Gradient({100, 40});
  EXPECT_EQ(CoveringSize(image.size, {50, 50}), (Size{125, 50}));
  EXPECT_EQ(CropToBox(image, {50, 50}).rgb, Part(ResizeBicubicPil(image, {125, 50}), 37, 0, {50, 50}).rgb);
  const RgbImage tall = Gradient({40, 100});
  EXPECT_EQ(CropToBox(tall, {80, 20}).rgb, Part(ResizeBicubicPil(tall, {80, 200}), 0, 90, {80, 20}).rgb);
}

TEST(BoxTest, AnySizesGiveTheBox) {
  for (const Size size : {Size{1, 1}, Size{1, 300}, Size{300, 1}, Size{33, 77}}) {
    for (const Size box : {Size{1, 1}, Size{7, 90}, Size{64, 48}, Size{33, 77}}) {
      EXPECT_EQ(FitIntoBox(Gradient(size), box).size, box);
      EXPECT_EQ(CropToBox(Gradient(size), box).size, box);
    }
  }
  const RgbImage same = Gradient({33, 77});
  EXPECT_EQ(FitIntoBox(same, same.size).rgb, same.rgb);
  EXPECT_EQ(CropToBox(same, same.size).rgb, same.rgb);
}

}  // namespace
}  // namespace vlr
