#include "sidecar/api/rerank_body.h"

#include <gtest/gtest.h>

namespace vlr::api {
namespace {

ScoringRequest Parsed(std::string_view body) {
  auto request = ParseNativeRequest(body, {});
  EXPECT_TRUE(request) << (request ? "" : request.error().message);
  return request ? std::move(*request) : ScoringRequest{};
}

// "field: message" of the refusal.
std::string Refusal(std::string_view body) {
  const auto request = ParseNativeRequest(body, {});
  return request ? "taken" : request.error().part + ": " + request.error().message;
}

TEST(RerankBodyTest, ReadsEveryKindOfContent) {
  const auto request = Parsed(R"({
    "query": {"text": ["a", "b"], "image": "s3://kb/q.png"},
    "documents": ["plain", {"text": null}, {},
      {"video": {"url": "s3://kb/v.mp4", "start": 1.5, "end": 3}},
      {"video": [{"frames": ["f0", "f1"], "fps": 4}, "w.mp4"]},
      {"video": ["f0.PNG", "f1.png"]},
      {"content": [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "http://x/i"}},
                   {"type": "video_url", "video_url": {"url": "http://x/v"}}]}],
    "instruction": null, "top_n": 2, "max_chunks_per_doc": 1})");
  const RerankRequest& rerank = request.rerank;
  EXPECT_EQ(rerank.query.texts, (SharedTexts{"a", "b"}));
  EXPECT_EQ(rerank.query.images.at(0).url, "s3://kb/q.png");
  ASSERT_EQ(rerank.documents.size(), 7u);
  EXPECT_EQ(rerank.documents[0].texts, SharedTexts{"plain"});
  EXPECT_TRUE(rerank.documents[1].empty());
  EXPECT_TRUE(rerank.documents[2].empty());
  EXPECT_EQ(rerank.documents[3].videos.at(0).start_s, 1.5);
  EXPECT_EQ(rerank.documents[4].videos.at(0).frames.size(), 2u);
  EXPECT_EQ(rerank.documents[4].videos.at(0).frames_fps, 4);
  EXPECT_EQ(rerank.documents[4].videos.at(1).url, "w.mp4");
  EXPECT_EQ(rerank.documents[5].videos.size(), 1u);
  EXPECT_EQ(rerank.documents[5].videos.at(0).frames.size(), 2u);
  EXPECT_EQ(rerank.documents[6].texts.size() + rerank.documents[6].images.size() +
                rerank.documents[6].videos.size(),
            3u);
  EXPECT_EQ(request.top_n, 2u);
}

TEST(RerankBodyTest, RefusalsNameTheField) {
  EXPECT_EQ(Refusal(R"({"documents": []})"), "query: query is missing");
  EXPECT_EQ(Refusal(R"({"query": "q"})"), "documents: documents is missing");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": "d"})"),
            "documents: documents must be a list, not a string");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [1]})"),
            "documents[0]: documents[0] must be a string or an object, not a number");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [{"text": 1}]})"),
            "documents[0].text: documents[0].text must be a string, not a number");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [{"image": ["a", {}]}]})"),
            "documents[0].image[1].url: documents[0].image[1].url is missing");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [{"picture": "a"}]})"),
            "documents[0].picture: documents[0].picture is not a known key");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "topn": 1})"), "topn: topn is not a known key");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "top_n": 1.5})"),
            "top_n: top_n must be a whole number from 0 to 2147483647");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "min_score": 2})"),
            "min_score: min_score must be a number from 0 to 1");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "image": {"resize": "x"}})"),
            "image.resize: image.resize must be native, fit or crop");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "image": {"width": 0}})"),
            "image.width: image.width must be a whole number from 1 to 16384");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "image": {"profile": "x"}})"),
            "image.profile: image.profile must be general, product, art or document");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "image": {"blur_sigma": -1}})"),
            "image.blur_sigma: image.blur_sigma must be a number from 0 to 100");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [], "image": {"quality_threshold": 1.5}})"),
            "image.quality_threshold: image.quality_threshold must be a number from 0 to 1");
  EXPECT_EQ(Refusal(R"({"query": "q", "documents": [{"video": {"url": "v", "start": 3, "end": 2}}]})"),
            "documents[0].video.end: documents[0].video.end must be after start");
  EXPECT_EQ(Refusal(R"({"query": {"content": [{"type": "audio"}]}, "documents": []})"),
            "query.content[0].type: query.content[0].type must be text, image_url or video_url");
  EXPECT_EQ(Refusal("[]"), ": the body must be an object, not an array");
  EXPECT_NE(Refusal("{"), "taken");
}

ImageRequest ImageOptions(const std::string& image) {
  const std::string body = R"({"query": "q", "documents": [], "image": )" + image + "}";
  return ParseNativeRequest(body, {}).value().rerank.preparation.image;
}

TEST(RerankBodyTest, ReadsTheImageOptions) {
  const ImageRequest plain = ImageOptions("{}");
  EXPECT_EQ(plain.resize, ImageResize::kNative);
  EXPECT_EQ(plain.blur_sigma, 0);
  EXPECT_EQ(plain.quality_threshold, 0);
  const ImageRequest fit = ImageOptions(
      R"({"resize": "fit", "width": 64, "height": 48, "blur_sigma": 1.5, "quality_threshold": 0.25})");
  EXPECT_EQ(fit.resize, ImageResize::kFit);
  EXPECT_EQ(fit.box, (Size{64, 48}));
  EXPECT_EQ(fit.blur_sigma, 1.5);
  EXPECT_EQ(fit.quality_threshold, 0.25);
  EXPECT_EQ(ImageOptions(R"({"resize": "crop"})").box, (Size{1024, 768}));
  EXPECT_EQ(ImageOptions(R"({"resize": "crop", "profile": "product"})").box, (Size{1280, 960}));
  EXPECT_EQ(ImageOptions(R"({"resize": "crop", "profile": "art", "width": 100})").box, (Size{100, 600}));
  EXPECT_EQ(ImageOptions(R"({"resize": "crop", "profile": "document"})").box, (Size{1024, 768}));
}

TEST(RerankBodyTest, LimitsAreRefusedByName) {
  RequestDefaults defaults;
  defaults.max_documents = 2;
  defaults.max_media = 3;
  const auto many = ParseNativeRequest(R"({"query": "q", "documents": ["a", "b", "c"]})", defaults);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().part, "documents");
  const auto media = ParseNativeRequest(
      R"({"query": {"image": ["a", "b"]}, "documents": ["x", {"video": {"frames": ["f", "g"]}}]})", defaults);
  ASSERT_FALSE(media);
  EXPECT_EQ(media.error().part, "documents[1]");
}

TEST(RerankBodyTest, WritesSortedResultsThatRoundTrip) {
  ScoringRequest request;
  request.return_documents = true;
  request.returned = {R"({"text":"a"})", R"({"text":"b"})", R"({"text":"c"})", R"({"text":"d"})"};
  RerankResponse response;
  response.documents.resize(4);
  response.documents[0].score = 0.25F;
  response.documents[1].score = 1.0F;
  response.documents[2].error = Error{"document_unreadable", "none"};
  response.documents[2].warnings = {{"image_corrupt", "cut off", "image[0]"}};
  response.documents[3].score = 0.25F;
  const std::string json = WriteNativeResponse(request, response, "rr-1", "m");
  EXPECT_TRUE(json.starts_with(
      R"({"id":"rr-1","model":"m","results":[{"index":1,"relevance_score":1.0,"document":{"text":"b"}},)"
      R"({"index":0,"relevance_score":0.25,"document":{"text":"a"}},{"index":3,"relevance_score":0.25,)"))
      << json;
  EXPECT_NE(json.find(R"({"index":2,"relevance_score":0.0,"document":{"text":"c"},)"
                      R"("error":{"code":"document_unreadable","message":"none"},)"
                      R"("warnings":[{"code":"image_corrupt","part":"image[0]","message":"cut off"}]})"),
            std::string::npos)
      << json;
  request.top_n = 1;
  const std::string first = WriteNativeResponse(request, response, "rr-1", "m");
  EXPECT_EQ(first.find("\"index\":0"), std::string::npos);
}

}  // namespace
}  // namespace vlr::api
