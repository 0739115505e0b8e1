#include "media/protocol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace vlr {
namespace {

WireRequest VideoCall() {
  WireRequest request;
  request.call = WireCall::kVideo;
  return request;
}

DecodedVideo TwoFrames() {
  DecodedVideo video;
  video.frames = {MakeRgbImage({64, 32}), MakeRgbImage({64, 32})};
  video.frame_indices = {0, 9};
  video.fps = 10;
  video.original = {100, 50};
  video.total_frames = 10;
  return video;
}

TEST(ProtocolTest, RoundTripsAVideo) {
  const DecodedVideo video = TwoFrames();
  Payload payload;
  const WireAnswer answer = AnswerOf(video, &payload);
  EXPECT_EQ(*CheckAnswer(answer, VideoCall()), payload.bytes());
}

TEST(ProtocolTest, KeepsTheWorkersErrors) {
  const auto checked = CheckAnswer(AnswerOf(Error{"video_corrupt", "cut off", "x"}), VideoCall());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, "video_corrupt");
  EXPECT_EQ(checked.error().message, "cut off");
  EXPECT_EQ(checked.error().part, "x");
}

TEST(ProtocolTest, NonsenseIsACrash) {
  const DecodedVideo video = TwoFrames();
  Payload payload;
  const WireAnswer good = AnswerOf(video, &payload);
  const std::vector<std::function<void(WireAnswer&)>> lies = {
      [](WireAnswer& a) { a.magic = 0; },
      [](WireAnswer& a) { a.ok = 0; },  // an error without a known code
      [](WireAnswer& a) { a.frames = 65; },
      [](WireAnswer& a) { a.frames = -2; },
      [](WireAnswer& a) {
        a.size = {0x7FFFFFFF, 0x7FFFFFFF};
      },
      [](WireAnswer& a) { a.size.width = -64; },
      [](WireAnswer& a) { a.fps = std::nan(""); },
      [](WireAnswer& a) { a.fps = 0; },
      [](WireAnswer& a) { a.original = {}; },
      [](WireAnswer& a) { a.payload_bytes += 1; },
      [](WireAnswer& a) { a.total_frames = 0; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    WireAnswer lie = good;
    lies[i](lie);
    const auto checked = CheckAnswer(lie, VideoCall());
    ASSERT_FALSE(checked) << i;
    EXPECT_EQ(checked.error().code, "decoder_crashed") << i;
  }
}

}  // namespace
}  // namespace vlr
