#include "pixels/patches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

TEST(PatchesTest, OrdersPatchesByMergeBlocks) {
  const RgbImage image = Numbered({4, 2}, 0);
  const VisionPatches patches = ImagePatches(image, TinyLayout());
  EXPECT_EQ(patches.grid, (Grid{1, 2, 4}));
  EXPECT_EQ(patches.grid.tokens(2), 2);
  ASSERT_EQ(patches.bytes.size(), 8u * 6);
  // Block 0 holds columns 0 and 1 of both rows, then block 1 columns 2 and 3.
  const int pixel_of_patch[] = {0, 1, 4, 5, 2, 3, 6, 7};
  for (std::size_t patch = 0; patch < 8; ++patch) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t t = 0; t < 2; ++t) {
        EXPECT_EQ(patches.bytes[patch * 6 + c * 2 + t], 3 * pixel_of_patch[patch] + static_cast<int>(c));
      }
    }
  }
}

TEST(PatchesTest, RepeatsTheLastFrame) {
  const std::vector<RgbImage> frames = {Numbered({2, 2}, 0), Numbered({2, 2}, 50), Numbered({2, 2}, 100)};
  const VisionPatches patches = VideoPatches(frames, TinyLayout());
  EXPECT_EQ(patches.grid, (Grid{2, 2, 2}));
  EXPECT_EQ(patches.bytes[0], 0);
  EXPECT_EQ(patches.bytes[1], 50);
  EXPECT_EQ(patches.bytes[4 * 6], 100);
  EXPECT_EQ(patches.bytes[4 * 6 + 1], 100);
}

// The order that patches.h states, value by value.
std::vector<std::uint8_t> Plain(std::span<const RgbImage> frames, const PatchLayout& layout) {
  std::vector<std::uint8_t> out;
  const Grid grid = PatchGrid(frames.front().size, static_cast<int>(frames.size()), layout);
  const auto pixel = [&](int frame, int y, int x, int c) {
    return frames[std::min(static_cast<std::size_t>(frame), frames.size() - 1)].row(y)[3 * x + c];
  };
  for (int t = 0; t < grid.t; ++t)
    for (int by = 0; by < grid.h; by += layout.merge)
      for (int bx = 0; bx < grid.w; bx += layout.merge)
        for (int py = by; py < by + layout.merge; ++py)
          for (int px = bx; px < bx + layout.merge; ++px)
            for (int c = 0; c < 3; ++c)
              for (int f = 0; f < layout.temporal; ++f)
                for (int y = 0; y < layout.patch; ++y)
                  for (int x = 0; x < layout.patch; ++x)
                    out.push_back(
                        pixel(t * layout.temporal + f, py * layout.patch + y, px * layout.patch + x, c));
  return out;
}

TEST(PatchesTest, EqualsThePlainOrderOnRandomFrames) {
  std::mt19937 random(7);
  for (const int patch : {16, 14, 3}) {
    for (int count = 1; count <= 5; ++count) {
      PatchLayout layout;
      layout.patch = patch;
      layout.temporal = 1 + count % 3;
      const int unit = patch * layout.merge;
      const Size size{unit * static_cast<int>(1 + random() % 4), unit * static_cast<int>(1 + random() % 4)};
      std::vector<RgbImage> frames;
      for (int i = 0; i < count; ++i) {
        frames.push_back(MakeRgbImage(size));
        for (std::uint8_t& byte : frames.back().rgb) byte = static_cast<std::uint8_t>(random());
      }
      const ByteBuffer bytes = VideoPatches(frames, layout).bytes;
      EXPECT_TRUE(std::ranges::equal(bytes, Plain(frames, layout))) << patch << ' ' << count;
    }
  }
}

TEST(PatchesTest, NormalisesEachChannelByItsOwnScale) {
  PatchLayout layout = TinyLayout();
  layout.mean = {0.5F, 0.25F, 0.0F};
  layout.std = {0.5F, 0.2F, 1.0F};
  const VisionPatches patches = ImagePatches(Numbered({2, 2}, 200), layout);
  const std::vector<float> values = NormalisedValues(patches);
  ASSERT_EQ(values.size(), 4u * 6);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t c = i % 6 / 2;
    EXPECT_EQ(values[i],
              (static_cast<float>(patches.bytes[i]) - layout.mean[c] * 255.0F) / (layout.std[c] * 255.0F))
        << i;
  }
}

}  // namespace
}  // namespace vlr
