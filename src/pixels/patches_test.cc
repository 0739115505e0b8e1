#include "pixels/patches.h"

#include <gtest/gtest.h>

namespace vlr {
namespace {

// A layout small enough to write down: 1 x 1 pixel patches, 2 x 2 merge blocks.
PatchLayout TinyLayout() {
  PatchLayout layout;
  layout.patch = 1;
  return layout;
}

RgbImage Numbered(Size size, int start) {
  RgbImage image = MakeRgbImage(size);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(start + static_cast<int>(i));
  return image;
}

float Normal(int byte) {
  return (static_cast<float>(byte) - 127.5F) / 127.5F;
}

TEST(PatchesTest, OrdersPatchesByMergeBlocks) {
  const RgbImage image = Numbered({4, 2}, 0);
  const VisionPatches patches = ImagePatches(image, TinyLayout());
  EXPECT_EQ(patches.grid, (Grid{1, 2, 4}));
  EXPECT_EQ(patches.grid.tokens(2), 2);
  ASSERT_EQ(patches.values.size(), 8u * 6);
  // Block 0 holds columns 0 and 1 of both rows, then block 1 columns 2 and 3.
  const int pixel_of_patch[] = {0, 1, 4, 5, 2, 3, 6, 7};
  for (std::size_t patch = 0; patch < 8; ++patch) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t t = 0; t < 2; ++t) {
        EXPECT_EQ(patches.values[patch * 6 + c * 2 + t],
                  Normal(3 * pixel_of_patch[patch] + static_cast<int>(c)));
      }
    }
  }
}

TEST(PatchesTest, RepeatsTheLastFrame) {
  const std::vector<RgbImage> frames = {Numbered({2, 2}, 0), Numbered({2, 2}, 50), Numbered({2, 2}, 100)};
  const VisionPatches patches = VideoPatches(frames, TinyLayout());
  EXPECT_EQ(patches.grid, (Grid{2, 2, 2}));
  EXPECT_EQ(patches.values[0], Normal(0));
  EXPECT_EQ(patches.values[1], Normal(50));
  EXPECT_EQ(patches.values[4 * 6], Normal(100));
  EXPECT_EQ(patches.values[4 * 6 + 1], Normal(100));
}

}  // namespace
}  // namespace vlr
