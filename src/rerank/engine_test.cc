#include "rerank/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <future>

#include "base/file.h"
#include "media/inline_decoder.h"
#include "model/test_checkpoint.h"

namespace vlr {
namespace {

namespace asio = boost::asio;

const std::string kGolden = std::string(VLR_TEST_DATA) + "/golden-a";

class EngineTest : public ::testing::Test {
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
    if (request.url == late_) {
      asio::steady_timer poll(co_await asio::this_coro::executor);
      for (int i = 0; i < 2000 && cache_->stats().encoded == 0; ++i) {
        poll.expires_after(std::chrono::milliseconds(5));
        co_await poll.async_wait(asio::use_awaitable);
      }
      encoded_before_it_ = cache_->stats().encoded;
    }
    auto bytes = ReadFile(kGolden + "/media/" + request.url, 1 << 20);
    if (!bytes) co_return Error{"media_not_found", "there is no such object"};
    co_return std::make_shared<const std::string>(std::move(*bytes));
  }

  // The model of golden-a with a cache of its own, as a new process would have it.
  void LoadWithCache(const VisionCacheOptions& options) {
    model_.reset();
    cache_.reset();
    auto cache = VisionCache::Create(options);
    ASSERT_TRUE(cache) << cache.error().message;
    cache_ = *cache;
    LoadedModelOptions load;
    load.directory = kGolden + "/model";
    load.vision_cache = cache_;
    auto model = LoadedModel::Load(load);
    ASSERT_TRUE(model) << model.error().message;
    model_ = std::move(*model);
  }
  std::vector<float> Logits(const RerankRequest& request) {
    const auto response = Rerank(request);
    EXPECT_TRUE(response) << response.error().message;
    std::vector<float> logits;
    if (!response) return logits;
    for (const DocumentResult& document : response->documents) logits.push_back(document.logit);
    cached_images_ = response->usage.cached_images;
    return logits;
  }

  Result<RerankResponse> Rerank(RerankRequest request) {
    if (request.deadline == std::chrono::steady_clock::time_point{}) {
      request.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    }
    MediaPreparer preparer(
        io_.get_executor(), [this](FetchRequest fetch) { return Fetch(std::move(fetch)); }, decoder_, pool_,
        {}, cache_);
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
  std::shared_ptr<VisionCache> cache_;
  std::atomic<int> fetches_ = 0;
  std::string late_;  // an object that comes when another one has been encoded
  std::uint64_t encoded_before_it_ = 0;
  std::int64_t cached_images_ = 0;
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

TEST_F(EngineTest, ExplanationsAreTheScoresOfTheParts) {
  RerankRequest request;
  request.query = Text("a square");
  request.documents = {Image("a.png"), Text("red"), Content{}, Image("missing.png")};
  request.documents[0].texts = {"red"};
  request.documents[0].videos = {Media("v1.mp4"), Media("missing.mp4")};
  request.explain = true;
  request.preparation.image.measure_quality = true;
  const auto response = Rerank(request);
  ASSERT_TRUE(response) << response.error().message;

  // Each kind of part, each pair of kinds and nothing at all, as documents of their own.
  RerankRequest plain;
  plain.query = Text("a square");
  plain.documents.assign(8, Content{});
  for (std::size_t set = 0; set < 8; ++set) {
    if ((set & 1) != 0) plain.documents[set].texts = {"red"};
    if ((set & 2) != 0) plain.documents[set].images = {Media("a.png")};
    if ((set & 4) != 0) plain.documents[set].videos = {Media("v1.mp4")};
  }
  const auto subsets = Rerank(plain);
  ASSERT_TRUE(subsets) << subsets.error().message;
  const auto score = [&](std::size_t set) { return static_cast<double>(subsets->documents[set].score); };

  constexpr double kRounding = 2e-6;
  const Explanation& all = response->documents[0].explanation.value();
  EXPECT_NEAR(all.parts.at("text"), score(1), kRounding);
  EXPECT_NEAR(all.parts.at("image"), score(2), kRounding);
  EXPECT_NEAR(all.parts.at("video"), score(4), kRounding);
  const double of_text = (score(1) - score(0)) / 3 + (score(3) - score(2)) / 6 + (score(5) - score(4)) / 6 +
                         (score(7) - score(6)) / 3;
  EXPECT_NEAR(all.contribution.at("text"), of_text, kRounding);
  double sum = 0;
  for (const auto& [kind, share] : all.contribution) sum += share;
  EXPECT_NEAR(sum, response->documents[0].score - score(0), kRounding);
  EXPECT_NEAR(response->documents[0].score, score(7), kRounding);
  ASSERT_EQ(all.images.size(), 1u);
  EXPECT_EQ(all.images[0].tokens * 32 * 32, all.images[0].size.pixels());
  ASSERT_TRUE(all.images[0].quality);
  EXPECT_GT(*all.images[0].quality, 0);
  EXPECT_LE(*all.images[0].quality, 1);
  ASSERT_EQ(all.videos.size(), 1u);
  EXPECT_EQ(all.videos[0].frames, 4);
  EXPECT_EQ(all.truncated_tokens, 0);

  const Explanation& text = response->documents[1].explanation.value();
  EXPECT_EQ(text.parts.size(), 1u);
  EXPECT_NEAR(text.contribution.at("text"), response->documents[1].score - score(0), kRounding);
  EXPECT_TRUE(response->documents[2].explanation.value().parts.empty());
  EXPECT_FALSE(response->documents[3].explanation);
  EXPECT_EQ(fetches_, 4 + 2);  // each medium of the first request once, then the two of the second
}

TEST_F(EngineTest, ExplanationsCountWhatWasTruncated) {
  RerankRequest request;
  request.query = Text("q");
  request.documents = {Text(std::string(4000, 'x')), Text("d")};
  request.preparation.max_length = 150;
  request.explain = true;
  const auto response = Rerank(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_GT(response->documents[0].explanation.value().truncated_tokens, 0);
  EXPECT_EQ(response->documents[1].explanation.value().truncated_tokens, 0);
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

RerankRequest MixedRequest() {
  RerankRequest request;
  request.query = Image("a.png");
  request.documents = {Image("b.png"), Text("t"), Image("j420.jpg"), Image("b.png"), Content{}, Content{}};
  request.documents[4].videos = {Media("v1.mp4")};
  MediaRef list;
  list.frames = {"f0.png", "f1.png", "f2.png"};
  request.documents[5].videos = {list};
  return request;
}

TEST_F(EngineTest, ScoresWithAWarmCacheAreThoseOfAColdOne) {
  const RerankRequest request = MixedRequest();
  const std::vector<float> without = Logits(request);
  const testing::TemporaryFolder folder;
  LoadWithCache({.disk_path = folder.path()});
  EXPECT_EQ(Logits(request), without);
  EXPECT_EQ(cached_images_, 0);
  EXPECT_EQ(cache_->stats().encoded, 5u) << "each medium once, however many documents show it";
  EXPECT_EQ(Logits(request), without);
  EXPECT_EQ(cached_images_, 5);
  EXPECT_EQ(cache_->stats().encoded, 5u);
  EXPECT_EQ(cache_->stats().memory_hits, 5u);

  LoadWithCache({.disk_path = folder.path()});
  EXPECT_EQ(Logits(request), without) << "from the disk of an earlier process";
  EXPECT_EQ(cached_images_, 5);
  EXPECT_EQ(cache_->stats().disk_hits, 5u);
  EXPECT_EQ(cache_->stats().encoded, 0u);
}

// A model on the CPU that encodes ahead as one on a GPU does.
class RoomyScorer : public Scorer {
 public:
  explicit RoomyScorer(std::unique_ptr<RerankModel> model) : model_(std::move(model)) {}
  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token& stop) override {
    return model_->Logits(batch, stop);
  }
  Result<void> Encode(Media media) override { return model_->Encode(media); }
  FeatureRoom feature_room() const override { return {1, 1 << 30}; }

 private:
  std::unique_ptr<RerankModel> model_;
};

TEST_F(EngineTest, MediaAreEncodedWhileOthersAreRead) {
  const RerankRequest request = MixedRequest();
  const std::vector<float> without = Logits(request);
  LoadWithCache({});
  ModelOptions options;
  options.directory = kGolden + "/model";
  options.yes_id = model_->prompts().yes_id();
  options.no_id = model_->prompts().no_id();
  options.vision_store = cache_;
  std::vector<std::unique_ptr<Scorer>> replicas;
  replicas.push_back(std::make_unique<RoomyScorer>(RerankModel::Load(options).value()));
  model_ = std::make_shared<LoadedModel>("roomy", model_->config(), model_->processor(), model_->prompts(),
                                         std::move(replicas), DType::kFloat32, SchedulerOptions{}, "roomy");
  late_ = "j420.jpg";
  const std::vector<float> ahead = Logits(request);
  EXPECT_GT(encoded_before_it_, 0u);
  EXPECT_EQ(cache_->stats().encoded, 5u) << "nothing twice";
  ASSERT_EQ(ahead.size(), without.size());
  for (std::size_t i = 0; i < ahead.size(); ++i) EXPECT_NEAR(ahead[i], without[i], 1e-5) << i;
}

TEST_F(EngineTest, TheCacheTellsPreprocessingApart) {
  LoadWithCache({});
  RerankRequest request;
  request.query = Text("q");
  request.documents = {Image("big.png")};
  const std::vector<float> large = Logits(request);
  request.preparation.image.max_pixels = 64 * 64;
  const std::vector<float> small = Logits(request);
  EXPECT_EQ(cached_images_, 0);
  EXPECT_NE(large, small);
  request.documents[0] = Content{};
  request.documents[0].videos = {Media("v1.mp4")};
  Logits(request);
  request.preparation.max_frames = 2;
  Logits(request);
  EXPECT_EQ(cached_images_, 0);
  EXPECT_EQ(cache_->stats().encoded, 4u);
}

TEST_F(EngineTest, WarmingFillsTheCacheForLaterRequests) {
  const RerankRequest request = MixedRequest();
  const std::vector<float> cold = Logits(request);
  LoadWithCache({});
  const auto warm = [&](const MediaRef& media, MediaKind kind) {
    MediaPreparer preparer(
        io_.get_executor(), [this](FetchRequest fetch) { return Fetch(std::move(fetch)); }, decoder_, pool_,
        {}, cache_);
    Engine engine(preparer, pool_);
    auto outcome = asio::co_spawn(io_,
                                  engine.Warm(model_, media, kind, request.preparation,
                                              std::chrono::steady_clock::now() + std::chrono::minutes(5)),
                                  asio::use_future);
    io_.restart();
    io_.run();
    return outcome.get();
  };
  for (const WarmOutcome wanted : {WarmOutcome::kEncoded, WarmOutcome::kKnown}) {
    EXPECT_EQ(warm(Media("b.png"), MediaKind::kImage).value(), wanted);
    EXPECT_EQ(warm(Media("v1.mp4"), MediaKind::kVideo).value(), wanted);
  }
  EXPECT_EQ(warm(Media("missing.png"), MediaKind::kImage).error().code, "media_not_found");
  const std::vector<float> warmed = Logits(request);
  EXPECT_EQ(cached_images_, 2);
  ASSERT_EQ(warmed.size(), cold.size());
  for (std::size_t i = 0; i < cold.size(); ++i) EXPECT_NEAR(warmed[i], cold[i], 1e-5);
}

TEST_F(EngineTest, ReplicasScoreAsOneModelDoes) {
  RerankRequest request;
  request.query = Text("a square");
  request.documents = {Image("a.png"), Text("x"), Image("b.png")};
  const std::vector<float> alone = Logits(request);
  const std::int64_t bytes = model_->weight_bytes();
  LoadedModelOptions options;
  options.directory = kGolden + "/model";
  options.device = "cpu, cpu";
  options.scheduler.batch_tokens = 1;  // each input is a batch
  double progress = 0;
  options.progress = [&progress](double share) {
    EXPECT_GE(share, progress);
    progress = share;
  };
  auto model = LoadedModel::Load(options);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(progress, 1.0);
  model_ = std::move(*model);
  EXPECT_EQ(model_->scheduler().replicas(), 2u);
  EXPECT_EQ(model_->devices(), (std::vector<std::string>{"cpu", "cpu"}));
  EXPECT_EQ(model_->weight_bytes(), 2 * bytes);
  const std::vector<float> replicated = Logits(request);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(replicated[i], alone[i], 1e-5);
  options.device = "cpu,";
  const auto nameless = LoadedModel::Load(options);
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, "invalid_option");
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
