#include "media/frame_sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "media/frame_list.h"
#include "media/timestamps.h"

namespace vlr {
namespace {

using testing::ElementsAre;

TEST(FrameSamplingTest, LinspaceEqualsTorch) {
  std::ifstream file(VLR_TEST_DATA "/resize/vectors.txt");
  ASSERT_TRUE(file.is_open());
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (name != "LINSPACE") continue;
    std::int64_t start = 0;
    std::int64_t end = 0;
    int count = 0;
    fields >> start >> end >> count;
    std::vector<std::int64_t> expected(static_cast<std::size_t>(count));
    for (std::int64_t& value : expected) fields >> value;
    EXPECT_EQ(LinspaceRounded(start, end, count), expected) << start << " " << end << " " << count;
    ++cases;
  }
  EXPECT_EQ(cases, 300);
}

TEST(FrameSamplingTest, ChoosesAsSmartNframes) {
  EXPECT_THAT(*ChooseFrames({}, 45, 15), ElementsAre(0, 15, 29, 44));
  EXPECT_THAT(*ChooseFrames({.fps = 2.5, .max_frames = 7}, 140, 20), ElementsAre(0, 28, 56, 83, 111, 139));
  EXPECT_THAT(*ChooseFrames({}, 3, 30), ElementsAre(0, 2));
  VideoRequest segment;
  segment.start_s = 1.0;
  segment.end_s = 2.01;
  EXPECT_THAT(*ChooseFrames(segment, 100, 10), ElementsAre(10, 13, 17, 20));
}

TEST(FrameSamplingTest, NamesWhatItRefuses) {
  EXPECT_EQ(ChooseFrames({}, 1, 30).error().code, "video_too_short");
  EXPECT_EQ(ChooseFrames({}, 100, 0).error().code, "video_corrupt");
  EXPECT_EQ(ChooseFrames({.max_frames = 1}, 100, 30).error().part, "max_frames");
  VideoRequest late;
  late.start_s = 99;
  EXPECT_EQ(ChooseFrames(late, 100, 10).error().code, "video_range_invalid");
  EXPECT_EQ(VideoFrameSize({2010, 10}, 4, 32, 1, 1000, 1e9).error().code, "video_aspect_ratio");
}

TEST(FrameListTest, PicksAsNumpyTruncates) {
  EXPECT_THAT(PickFrames(3, 8), ElementsAre(0, 1, 2));
  EXPECT_THAT(PickFrames(10, 4), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(PickFrames(66, 8), ElementsAre(0, 9, 18, 27, 37, 46, 55, 65));
  EXPECT_THAT(PickFrames(5, 1), ElementsAre(0));
}

TEST(FrameListTest, FramesMustAgree) {
  EXPECT_EQ(PrepareFrameList({}, {}).error().code, "video_too_short");
  EXPECT_EQ(PrepareFrameList({MakeRgbImage({64, 64}), MakeRgbImage({64, 128})}, {}).error().code,
            "video_frames_differ");
  const auto video = PrepareFrameList({MakeRgbImage({64, 64})}, {});
  ASSERT_TRUE(video);
  EXPECT_EQ(video->frames.size(), 2u);
  EXPECT_EQ(video->fps, 2.0);
}

TEST(TimestampsTest, RoundsAsPython) {
  DecodedVideo video;
  video.fps = 2;
  video.frame_indices = {0, 1, 2, 3, 10};
  EXPECT_THAT(Timestamps(video, 2), ElementsAre("0.2", "1.2", "5.0"));  // 0.25, 1.25, 5
}

}  // namespace
}  // namespace vlr
