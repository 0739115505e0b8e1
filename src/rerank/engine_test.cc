#include "rerank/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <future>

#include "base/file.h"
#include "media/inline_decoder.h"

namespace vlr {
namespace {

namespace asio = boost::asio;

const std::string kGolden = std::string(VLR_TEST_DATA) + "/golden-a";

class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    LoadedModelOptions options;
    options.directory = kGolden + "/model";
    auto model = LoadedModel::Load(options);
    ASSERT_TRUE(model) << model.error().message;
    model_ = std::move(*model);
  }

  // Media are files of golden-a by name.
  asio::awaitable<Result<Bytes>> Fetch(FetchRequest request) {
    ++fetches_;
    auto bytes = ReadFile(kGolden + "/media/" + request.url, 1 << 20);
    if (!bytes) co_return Error{"media_not_found", "there is no such object"};
    co_return std::make_shared<const std::string>(std::move(*bytes));
  }

  Result<RerankResponse> Rerank(RerankRequest request) {
    if (request.deadline == std::chrono::steady_clock::time_point{}) {
      request.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    }
    MediaPreparer preparer(io_.get_executor(), [this](FetchRequest fetch) { return Fetch(std::move(fetch)); },
                           decoder_, pool_, {});
    Engine engine(preparer, pool_);
    auto answer = asio::co_spawn(io_, engine.Rerank(model_, std::move(request)), asio::use_future);
    io_.restart();
    io_.run();
    return answer.get();
  }

  asio::io_context io_{1};
  asio::thread_pool pool_{2};
  InlineDecoder decoder_{DecodeLimits{}};
  std::shared_ptr<LoadedModel> model_;
  std::atomic<int> fetches_ = 0;
};

Content Text(const std::string& text) {
  Content content;
  content.texts = {text};
  return content;
}
MediaRef Media(const std::string& url) {
  MediaRef media;
  media.url = url;
  return media;
}
Content Image(const std::string& url) {
  Content content;
  content.images = {Media(url)};
  return content;
}

TEST_F(EngineTest, ScoresTextPicturesAndVideosInOneRequest) {
  RerankRequest request;
  request.query = Text("a square");
  request.documents = {Image("a.png"), Text("x"), Content{}};
  request.documents[2].videos = {Media("v1.mp4")};
  const auto response = Rerank(request);
  ASSERT_TRUE(response) << response.error().message;
  ASSERT_EQ(response->documents.size(), 3u);
  for (const DocumentResult& document : response->documents) {
    EXPECT_FALSE(document.error);
    EXPECT_GT(document.score, 0);
    EXPECT_LT(document.score, 1);
    EXPECT_NEAR(document.score, 1 / (1 + std::exp(-document.logit)), 1e-6);
  }
  EXPECT_GT(response->usage.image_tokens, 0);
  EXPECT_GT(response->usage.video_tokens, 0);
  EXPECT_EQ(response->usage.video_frames, 4);
}

TEST_F(EngineTest, ABadPartIsAWarningAndTheOthersAreScored) {
  RerankRequest request;
  request.query = Text("q");
  request.documents = {Text("with a picture"), Image("missing.png"), Text("fine")};
  request.documents[0].images = {Media("missing.png"), Media("a.png")};
  const auto response = Rerank(request);
  ASSERT_TRUE(response) << response.error().message;
  const auto& documents = response->documents;
  ASSERT_EQ(documents[0].warnings.size(), 1u);
  EXPECT_EQ(documents[0].warnings[0].part, "image[0]");
  EXPECT_EQ(documents[0].warnings[0].code, "media_not_found");
  EXPECT_FALSE(documents[0].error);
  ASSERT_TRUE(documents[1].error);
  EXPECT_EQ(documents[1].error->code, "document_unreadable");
  EXPECT_EQ(documents[1].score, 0);
  EXPECT_FALSE(documents[2].error);
}

TEST_F(EngineTest, ABadPartOfTheQueryFailsTheRequest) {
  RerankRequest request;
  request.query = Text("q");
  request.query.images = {Media("a.png"), Media("missing.png")};
  request.documents = {Text("d")};
  const auto response = Rerank(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, "document_error");
  EXPECT_EQ(response.error().part, "query.image[1]");
  EXPECT_NE(response.error().message.find("media_not_found"), std::string::npos);
}

TEST_F(EngineTest, OnDocumentErrorFailNamesTheFirst) {
  RerankRequest request;
  request.query = Text("q");
  request.documents = {Text("d"), Image("missing.png")};
  request.on_document_error = OnDocumentError::kFail;
  const auto response = Rerank(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().part, "documents[1].image[0]");
}

TEST_F(EngineTest, AFrameThatFailsIsNamed) {
  RerankRequest request;
  request.query = Text("q");
  request.documents.resize(1);
  MediaRef list;
  list.frames = {"f0.png", "missing.png"};
  request.documents[0].videos = {list};
  const auto response = Rerank(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->documents[0].warnings.at(0).part, "video[0].frames[1]");
}

TEST_F(EngineTest, TheSameObjectIsFetchedOnce) {
  RerankRequest request;
  request.query = Image("a.png");
  request.documents = {Image("a.png"), Image("b.png"), Image("a.png")};
  const auto response = Rerank(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(fetches_, 2);
  EXPECT_EQ(response->documents[0].logit, response->documents[2].logit);
}

TEST_F(EngineTest, MediaOverTheTokenLimitAreTheDocumentsError) {
  RerankRequest request;
  request.query = Text("q");
  request.documents = {Image("big.png"), Text("d")};
  request.preparation.max_length = 150;
  const auto response = Rerank(request);
  ASSERT_TRUE(response);
  ASSERT_TRUE(response->documents[0].error);
  EXPECT_EQ(response->documents[0].error->code, "prompt_too_long");
  EXPECT_FALSE(response->documents[1].error);
}

TEST_F(EngineTest, NoDocumentsAreAnsweredAndAPassedDeadlineIsNot) {
  RerankRequest request;
  request.query = Text("q");
  const auto empty = Rerank(request);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->documents.empty());
  request.documents = {Text("d")};
  request.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto late = Rerank(request);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "deadline_exceeded");
}

TEST_F(EngineTest, ABrokenCheckpointIsNamed) {
  LoadedModelOptions options;
  options.directory = "/nonexistent";
  const auto missing = LoadedModel::Load(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file_missing");
  EXPECT_NE(missing.error().message.find("config.json"), std::string::npos);
}

}  // namespace
}  // namespace vlr
