// Thumbnails as a reader of JPEG sees them.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <span>
#include <string>

#include "media/inline_decoder.h"
#include "pixels/jpeg_writer.h"

namespace vlr {
namespace {

constexpr int kQuality = 90;
constexpr int kLossyLevels = 16;

DecodedImage Read(const std::string& jpeg) {
  ImageRequest request;
  request.factor = 1;
  request.min_pixels = 1;
  request.max_pixels = 1 << 30;
  return InlineDecoder({})
      .DecodeImage(std::as_bytes(std::span(jpeg)), request,
                   {std::chrono::steady_clock::now() + std::chrono::minutes(1)})
      .value();
}

// Red rises from left to right, green from top to bottom.
RgbImage Gradient(Size size) {
  RgbImage image = MakeRgbImage(size);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      image.row(y)[3 * x] = static_cast<std::uint8_t>(255 * x / size.width);
      image.row(y)[3 * x + 1] = static_cast<std::uint8_t>(255 * y / size.height);
    }
  }
  return image;
}

void ExpectLikeGradient(const RgbImage& image) {
  const RgbImage wanted = Gradient(image.size);
  for (std::size_t i = 0; i < wanted.rgb.size(); ++i) {
    ASSERT_LE(std::abs(int{image.rgb[i]} - int{wanted.rgb[i]}), kLossyLevels) << "byte " << i;
  }
}

TEST(ThumbnailTest, ALongSideIsScaledDownAndTheOtherWithIt) {
  const DecodedImage wide = Read(Thumbnail(Gradient({640, 200}), 320).value());
  EXPECT_EQ(wide.original, (Size{320, 100}));
  ExpectLikeGradient(wide.pixels);
  const DecodedImage tall = Read(Thumbnail(Gradient({90, 900}), 300).value());
  EXPECT_EQ(tall.original, (Size{30, 300}));
  ExpectLikeGradient(tall.pixels);
}

TEST(ThumbnailTest, WhatIsSmallStaysAsItIs) {
  const RgbImage image = Gradient({64, 48});
  const std::string jpeg = Thumbnail(image, 320).value();
  EXPECT_EQ(Read(jpeg).original, image.size);
  ExpectLikeGradient(Read(jpeg).pixels);
}

TEST(ThumbnailTest, AThinPictureKeepsAPixel) {
  EXPECT_EQ(Read(Thumbnail(Gradient({1000, 6}), 100).value()).original, (Size{100, 1}));
}

TEST(JpegWriterTest, WhatAJpegCannotHoldIsRefused) {
  EXPECT_EQ(WriteJpeg(Gradient({65'501, 1}), kQuality).error().code, "internal");
  EXPECT_LT(WriteJpeg(Gradient({256, 256}), 10)->size(), WriteJpeg(Gradient({256, 256}), kQuality)->size());
}

}  // namespace
}  // namespace vlr
