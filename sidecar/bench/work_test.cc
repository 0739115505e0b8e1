#include "sidecar/bench/work.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/keyed_inputs.h"
#include "model/released_shapes.h"

namespace vlr::bench {
namespace {

TEST(BenchWorkTest, SizesAreReadWhole) {
  EXPECT_EQ(*ParseImageSize("1024x768"), (Size{1024, 768}));
  for (const char* text :
       {"", "x", "1024", "1024x", "x768", "1024x768x", "1024X768", "16x64", "64x5000", "-64x64", "64 x64"}) {
    const auto size = ParseImageSize(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().part, "image");
  }
}

TEST(BenchWorkTest, PromptsShareTheirBeginning) {
  const ModelConfig config = *ReleasedShape("8b");
  const auto inputs = DrawInputs(config, {.documents = 3, .tokens = 256, .image = {}});
  ASSERT_EQ(inputs.size(), 3u);
  for (const ModelInput& input : inputs) {
    EXPECT_EQ(input.ids.size(), 256u);
    EXPECT_TRUE(std::equal(input.ids.begin(), input.ids.begin() + 64, inputs[0].ids.begin()));
    EXPECT_EQ(std::count(input.ids.begin(), input.ids.end(), config.image_token_id), 0);
  }
  EXPECT_NE(inputs[1].ids[64], inputs[2].ids[64]);
  EXPECT_EQ(DrawInputs(config, {.documents = 1, .tokens = 1, .image = {}})[0].ids.size(), 1u);
}

TEST(BenchWorkTest, PicturesAreAsLargeAsTheModelSeesThem) {
  const ModelConfig config = *ReleasedShape("8b");
  const auto inputs = DrawInputs(config, {.documents = 2, .tokens = 84, .image = Size{1024, 768}});
  for (const ModelInput& input : inputs) {
    ASSERT_EQ(input.images.size(), 1u);
    const VisionPatches& picture = *input.images[0];
    EXPECT_EQ(picture.grid, (Grid{1, 48, 64}));
    EXPECT_EQ(std::ssize(picture.bytes), picture.grid.patches() * config.vision.patch_values());
    EXPECT_EQ(std::count(input.ids.begin(), input.ids.end(), config.image_token_id), 768);
    EXPECT_EQ(input.ids.size(), 84u + 768u + 2u);
  }
  const Grid large =
      DrawInputs(config, {.documents = 1, .tokens = 1, .image = Size{4096, 2048}})[0].images[0]->grid;
  EXPECT_EQ(large, (Grid{1, 60, 120})) << "1,800 times 32 × 32 pixels at most, as serve has it";
  const auto first = WithKeys(inputs, "1"), second = WithKeys(inputs, "2");
  EXPECT_NE(first[0].images[0]->key, first[1].images[0]->key);
  EXPECT_NE(first[0].images[0]->key, second[0].images[0]->key);
  EXPECT_EQ(first[0].ids, second[0].ids);
}

}  // namespace
}  // namespace vlr::bench
