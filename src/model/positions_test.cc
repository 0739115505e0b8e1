#include "model/positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vlr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int32_t kText = 1;
constexpr std::int32_t kImage = 8;
constexpr std::int32_t kVideo = 9;

class PositionsTest : public ::testing::Test {
 protected:
  PositionsTest() {
    config_.vision.spatial_merge_size = 2;
    config_.image_token_id = kImage;
    config_.video_token_id = kVideo;
  }

  // One axis.
  std::vector<std::int32_t> Axis(int axis, const std::vector<std::int32_t>& ids, std::vector<Grid> images,
                                 std::vector<Grid> videos = {}) {
    const auto positions = MropePositions(config_, ids, images, videos);
    if (!positions) return {-1};
    const auto first = positions->begin() + static_cast<std::ptrdiff_t>(ids.size()) * axis;
    return {first, first + static_cast<std::ptrdiff_t>(ids.size())};
  }
  std::string Refusal(const std::vector<std::int32_t>& ids, std::vector<Grid> images,
                      std::vector<Grid> videos = {}) {
    const auto positions = MropePositions(config_, ids, images, videos);
    return positions ? "taken" : positions.error().code + ": " + positions.error().message;
  }

  ModelConfig config_;
};

TEST_F(PositionsTest, TextCountsUpOnAllAxes) {
  for (int axis = 0; axis < 3; ++axis)
    EXPECT_THAT(Axis(axis, {kText, kText, kText}, {}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Axis(0, {}, {}), ElementsAre());
}

TEST_F(PositionsTest, APictureSpansItsGridAndTextGoesOnAfterTheLargest) {
  const std::vector<std::int32_t> ids = {kText, kText, kImage, kImage, kImage, kImage, kImage, kImage, kText};
  const std::vector<Grid> images = {{1, 4, 6}};  // 2 x 3 tokens
  EXPECT_THAT(Axis(0, ids, images), ElementsAre(0, 1, 2, 2, 2, 2, 2, 2, 5));
  EXPECT_THAT(Axis(1, ids, images), ElementsAre(0, 1, 2, 2, 2, 3, 3, 3, 5));
  EXPECT_THAT(Axis(2, ids, images), ElementsAre(0, 1, 2, 3, 4, 2, 3, 4, 5));
}

TEST_F(PositionsTest, TemporalPatchesOfAVideoArePicturesOfTheirOwn) {
  const std::vector<std::int32_t> ids = {kText, kVideo, kVideo, kText, kVideo, kVideo, kText};
  const std::vector<Grid> videos = {{2, 4, 2}};  // 2 x 1 tokens, twice
  EXPECT_THAT(Axis(0, ids, {}, videos), ElementsAre(0, 1, 1, 3, 4, 4, 6));
  EXPECT_THAT(Axis(1, ids, {}, videos), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Axis(2, ids, {}, videos), ElementsAre(0, 1, 1, 3, 4, 4, 6));
}

TEST_F(PositionsTest, ImagesAndVideosKeepTheirOwnOrder) {
  const std::vector<std::int32_t> ids = {kVideo, kText, kImage, kImage, kText, kVideo};
  EXPECT_THAT(Axis(2, ids, {{1, 2, 4}}, {{1, 2, 2}, {1, 2, 2}}), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Axis(1, ids, {{1, 2, 4}}, {{1, 2, 2}, {1, 2, 2}}), ElementsAre(0, 1, 2, 2, 4, 5));
}

TEST_F(PositionsTest, RefusesPadsThatDoNotMatch) {
  EXPECT_THAT(Refusal({kImage}, {}), HasSubstr("invalid_input: more image pads than images"));
  EXPECT_THAT(Refusal({kVideo}, {}), HasSubstr("more video pads than videos"));
  EXPECT_THAT(Refusal({kImage}, {{1, 2, 4}}), HasSubstr("fewer pads"));
  EXPECT_THAT(Refusal({kImage, kText}, {{1, 2, 4}}), HasSubstr("fewer image pads"));
  EXPECT_THAT(Refusal({kText, kText}, {{1, 2, 4}}), HasSubstr("more images than image pads"));
  EXPECT_THAT(Refusal({kVideo, kText}, {}, {{2, 2, 2}}), HasSubstr("more videos than video pads"));
  EXPECT_THAT(Refusal({kImage}, {{1, 3, 2}}), HasSubstr("multiple of the merge size"));
  EXPECT_THAT(Refusal({kImage}, {{0, 2, 2}}), HasSubstr("multiple of the merge size"));
  EXPECT_THAT(Refusal({kVideo}, {}, {{2'000'000'000, 2, 2}}), HasSubstr("fewer pads"));
}

}  // namespace
}  // namespace vlr
