#include "sidecar/api/locate_body.h"

#include <gtest/gtest.h>

namespace vlr::api {
namespace {

// The field that is refused.
std::string Refused(const std::string& text) {
  const auto body = json::Document::Parse(text);
  try {
    ReadLocateRequest(body->root(), {});
    return "taken";
  } catch (const ErrorException& refusal) {
    return refusal.error().part;
  }
}

TEST(LocateBodyTest, ReadsItsKeysAndDefaults) {
  const auto body = json::Document::Parse(
      R"({"query": {"text": "q", "image": "i.png"}, "video": {"url": "v.mp4", "start": 3}, "window_s": 4, "fps": 2})");
  const LocateRequest request = ReadLocateRequest(body->root(), {});
  EXPECT_EQ(request.video.url, "v.mp4");
  EXPECT_EQ(request.video.start_s, 3);
  EXPECT_EQ(request.stride_s, 2);
  EXPECT_EQ(request.top_n, 5u);
  EXPECT_EQ(request.max_frames, 768);
  EXPECT_EQ(request.rerank.preparation.fps, 2);
  EXPECT_EQ(request.rerank.query.images.size(), 1u);
}

TEST(LocateBodyTest, RefusalsNameTheField) {
  EXPECT_EQ(Refused(R"({"video": "v.mp4"})"), "query");
  EXPECT_EQ(Refused(R"({"query": "q"})"), "video");
  EXPECT_EQ(Refused(R"({"query": "q", "video": {"frames": ["a.png", "b.png"]}})"), "video.frames");
  EXPECT_EQ(Refused(R"({"query": "q", "video": "v", "window_s": 0.1})"), "window_s");
  EXPECT_EQ(Refused(R"({"query": "q", "video": "v", "stride_s": 0})"), "stride_s");
  EXPECT_EQ(Refused(R"({"query": "q", "video": "v", "top_n": 257})"), "top_n");
  EXPECT_EQ(Refused(R"({"query": "q", "video": "v", "max_frames": 769})"), "max_frames");
  EXPECT_EQ(Refused(R"({"query": "q", "video": "v", "documents": []})"), "documents");
}

}  // namespace
}  // namespace vlr::api
