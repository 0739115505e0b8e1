#include "model/shared_prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "model/packed_batch.h"

namespace vlr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int32_t kImagePad = 900;
constexpr std::int32_t kVideoPad = 901;

ModelConfig Config() {
  ModelConfig config;
  config.image_token_id = kImagePad;
  config.video_token_id = kVideoPad;
  config.vision.spatial_merge_size = 2;
  return config;
}

std::shared_ptr<const VisionPatches> Medium(Grid grid) {
  return std::make_shared<const VisionPatches>(VisionPatches{.grid = grid});
}

// `shared` ids counting up, then `own`.
ModelInput Text(std::size_t shared, std::vector<std::int32_t> own) {
  ModelInput input;
  input.ids.resize(shared);
  std::iota(input.ids.begin(), input.ids.end(), 1);
  input.ids.insert(input.ids.end(), own.begin(), own.end());
  return input;
}

// 20 ids, an image of four pads, then `own`.
ModelInput Image(std::shared_ptr<const VisionPatches> image, std::vector<std::int32_t> own) {
  ModelInput input = Text(20, {kImagePad, kImagePad, kImagePad, kImagePad});
  input.images.push_back(std::move(image));
  input.ids.insert(input.ids.end(), own.begin(), own.end());
  return input;
}

TEST(SharedPrefixTest, WhatAQuerysDocumentsBeginWith) {
  const std::vector<ModelInput> inputs = {Text(30, {500, 1}), Text(30, {501, 1, 2}), Text(30, {502})};
  EXPECT_THAT(GroupByPrefix(Config(), inputs), ElementsAre(PrefixGroup{0, 3, 30}));
}

TEST(SharedPrefixTest, EveryInputKeepsARow) {
  const std::vector<ModelInput> inputs = {Text(30, {}), Text(30, {}), Text(30, {7})};
  EXPECT_THAT(GroupByPrefix(Config(), inputs), ElementsAre(PrefixGroup{0, 3, 29}));
}

TEST(SharedPrefixTest, LittleIsNotShared) {
  const std::vector<ModelInput> inputs = {Text(kMinSharedPrefix - 1, {500}),
                                          Text(kMinSharedPrefix - 1, {501})};
  EXPECT_THAT(GroupByPrefix(Config(), inputs), ElementsAre(PrefixGroup{0, 1, 0}, PrefixGroup{1, 1, 0}));
  EXPECT_THAT(GroupByPrefix(Config(), {}), IsEmpty());
}

TEST(SharedPrefixTest, AnotherQueryBeginsAnotherGroup) {
  const std::vector<ModelInput> inputs = {Text(80, {500}), Text(80, {501}), Text(40, {502, 3}),
                                          Text(40, {502, 4})};
  EXPECT_THAT(GroupByPrefix(Config(), inputs), ElementsAre(PrefixGroup{0, 2, 80}, PrefixGroup{2, 2, 41}));
}

TEST(SharedPrefixTest, MediaAreSharedWhenTheyAreTheSame) {
  const auto medium = Medium({1, 4, 4});
  const auto other = Medium({1, 4, 4});
  EXPECT_THAT(GroupByPrefix(Config(), std::vector{Image(medium, {5, 6}), Image(medium, {5, 7})}),
              ElementsAre(PrefixGroup{0, 2, 25}));
  EXPECT_THAT(GroupByPrefix(Config(), std::vector{Image(medium, {5, 6}), Image(other, {5, 6})}),
              ElementsAre(PrefixGroup{0, 2, 20}));
}

TEST(SharedPrefixTest, AVideoIsSharedWhollyOrNotAtAll) {
  const auto video = Medium({2, 4, 2});
  const auto input = [&](std::int32_t second_time) {
    ModelInput made = Text(20, {kVideoPad, kVideoPad, second_time, kVideoPad, kVideoPad, 8});
    made.videos.push_back(video);
    return made;
  };
  EXPECT_THAT(GroupByPrefix(Config(), std::vector{input(5), input(6)}), ElementsAre(PrefixGroup{0, 2, 20}));
  EXPECT_THAT(GroupByPrefix(Config(), std::vector{input(5), input(5)}), ElementsAre(PrefixGroup{0, 2, 25}));
}

TEST(PackTest, ASharedPrefixIsASequenceThatTheInputsSee) {
  const auto shared = Medium({1, 4, 4});
  const auto own = Medium({1, 2, 4});
  std::vector<ModelInput> inputs = {Image(shared, {500, kImagePad, kImagePad, 1}), Image(shared, {501, 1})};
  inputs[0].images.push_back(own);
  std::vector<std::vector<std::int32_t>> positions;
  for (const ModelInput& input : inputs) {
    std::vector<std::int32_t> axis(3 * input.ids.size());
    std::iota(axis.begin(), axis.end(), 0);
    positions.push_back(axis);
  }
  const PackedBatch batch = Pack(Config(), inputs, positions);
  EXPECT_THAT(batch.query_offsets, ElementsAre(0, 24, 28, 30));
  EXPECT_THAT(batch.key_offsets, ElementsAre(0, 24, 52, 78));
  EXPECT_THAT(batch.last_rows, ElementsAre(27, 29));
  EXPECT_THAT(batch.visual_rows, ElementsAre(20, 21, 22, 23, 25, 26));
  EXPECT_THAT(batch.media, ElementsAre(shared.get(), own.get()));
  ASSERT_EQ(batch.key_rows.size(), 78u);
  EXPECT_EQ(batch.key_rows[24], 0);
  EXPECT_EQ(batch.key_rows[48], 24);
  EXPECT_EQ(batch.key_rows[76], 28);
  EXPECT_EQ(batch.ids[28], 501);
  ASSERT_EQ(batch.positions.size(), 90u);
  EXPECT_EQ(batch.positions[30 + 28], 26 + 24);  // second axis of the second input's first own row
}

TEST(PackTest, WithoutASharedPrefixKeysAreTheRowsThemselves) {
  const std::vector<ModelInput> inputs = {Text(3, {500}), Text(2, {501})};
  const PackedBatch batch =
      Pack(Config(), inputs, std::vector{std::vector<std::int32_t>(12), std::vector<std::int32_t>(9)});
  EXPECT_THAT(batch.key_rows, IsEmpty());
  EXPECT_THAT(batch.query_offsets, ElementsAre(0, 4, 7));
  EXPECT_THAT(batch.last_rows, ElementsAre(3, 6));
}

}  // namespace
}  // namespace vlr
