#include "sidecar/api/warm_body.h"

#include <gtest/gtest.h>

namespace vlr::api {
namespace {

WarmRequest Read(const std::string& text) {
  RequestDefaults defaults;
  defaults.max_media = 4;
  return ReadWarmRequest(json::Document::Parse(text)->root(), defaults);
}

// The field that is refused.
std::string Refused(const std::string& text) {
  try {
    Read(text);
    return "taken";
  } catch (const ErrorException& refusal) {
    return refusal.error().part;
  }
}

TEST(WarmBodyTest, TellsVideosFromImages) {
  const WarmRequest request = Read(
      R"({"media": ["s3://b/a.jpg", {"url": "s3://b/v.MP4?x=1"}, {"url": "x", "start": 1, "end": 2}, "data:video/mp4;base64,AA"],
          "fps": 2, "max_frames": 8, "image": {"resize": "fit"}, "model": "m"})");
  ASSERT_EQ(request.media.size(), 4u);
  EXPECT_EQ(request.media[0].kind, MediaKind::kImage);
  EXPECT_FALSE(request.media[0].kind_is_sure);
  EXPECT_EQ(request.media[1].kind, MediaKind::kVideo);
  EXPECT_FALSE(request.media[1].kind_is_sure);
  EXPECT_EQ(request.media[2].kind, MediaKind::kVideo);
  EXPECT_TRUE(request.media[2].kind_is_sure);
  EXPECT_EQ(request.media[3].kind, MediaKind::kVideo);
  EXPECT_EQ(request.model, "m");
  EXPECT_EQ(request.preparation.fps, 2);
  EXPECT_EQ(request.preparation.max_frames, 8);
  EXPECT_EQ(request.preparation.image.resize, ImageResize::kFit);
}

TEST(WarmBodyTest, OneThatIsMalformedIsRefusedAlone) {
  const WarmRequest request =
      Read(R"({"media": ["a.jpg", 17, {"frames": ["f.png", "g.png"]}, {"path": "x"}]})");
  ASSERT_EQ(request.media.size(), 2u);
  EXPECT_EQ(request.indices, (std::vector<std::size_t>{0, 2}));
  EXPECT_TRUE(request.media[1].kind_is_sure);
  const std::vector<WarmResult> results = {Result<WarmOutcome>(WarmOutcome::kKnown),
                                           Result<WarmOutcome>(Error{"media_not_found", "none"})};
  const auto answer = json::Document::Parse(WriteWarmResponse(request, results));
  const json::Value root = answer->root();
  EXPECT_EQ(root.Find("accepted")->AsInteger(), 0);
  EXPECT_EQ(root.Find("already_cached")->AsInteger(), 1);
  const json::Value refused = *root.Find("refused");
  ASSERT_EQ(refused.size(), 3u);
  const char* const codes[] = {"invalid_request", "media_not_found", "invalid_request"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(refused[i].Find("index")->AsInteger(), static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(refused[i].Find("code")->AsString(), codes[i]);
    EXPECT_FALSE(refused[i].Find("message")->AsString().empty());
  }
}

TEST(WarmBodyTest, WhatIsEncodedOrStillWaitsIsAccepted) {
  const WarmRequest request = Read(R"({"media": ["a.jpg", "b.jpg"]})");
  const std::vector<WarmResult> results = {Result<WarmOutcome>(WarmOutcome::kEncoded), std::nullopt};
  EXPECT_EQ(WriteWarmResponse(request, results), R"({"accepted":2,"already_cached":0,"refused":[]})");
}

TEST(WarmBodyTest, RefusalsNameTheField) {
  EXPECT_EQ(Refused("{}"), "media");
  EXPECT_EQ(Refused(R"({"media": "a.jpg"})"), "media");
  EXPECT_EQ(Refused(R"({"media": ["1", "2", "3", "4", "5"]})"), "media");
  EXPECT_EQ(Refused(R"({"media": ["1", {"frames": ["2", "3", "4", "5"]}]})"), "media[1]");
  EXPECT_EQ(Refused(R"({"media": [], "image": {"resize": "stretch"}})"), "image.resize");
  EXPECT_EQ(Refused(R"({"media": [], "query": "q"})"), "query");
  EXPECT_EQ(Refused(R"({"media": []})"), "taken");
}

}  // namespace
}  // namespace vlr::api
