#include "model/reranker_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "base/file.h"
#include "base/json.h"
#include "model/test_checkpoint.h"

namespace vlr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryFolder;

const std::string kGolden = VLR_TEST_DATA "/golden-a";
constexpr std::int32_t kYes = 2001;
constexpr std::int32_t kNo = 2000;
constexpr std::int32_t kImagePad = 2014;
constexpr std::int32_t kVideoPad = 2015;
constexpr float kParity = 3e-5F;    // to the reference
constexpr float kRounding = 1e-5F;  // to ourselves in another batch

ModelOptions Options(DType dtype = DType::kFloat32) {
  ModelOptions options;
  options.directory = kGolden + "/model";
  options.dtype = dtype;
  options.yes_id = kYes;
  options.no_id = kNo;
  options.threads = 1;  // operations are too small to share
  return options;
}

std::unique_ptr<RerankModel> Loaded(const ModelOptions& options) {
  return RerankModel::Load(options).value();
}

struct GoldenCase {
  ModelInput input;
  float logit;
};

// The golden documents without media whose ids are recorded.
std::vector<GoldenCase> TextCases() {
  const auto golden = json::ParseFile(kGolden + "/golden.json").value();
  const json::Value cases = *golden.root().Find("cases");
  std::vector<GoldenCase> result;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const json::Value documents = *cases[i].Find("documents");
    for (std::size_t j = 0; j < documents.size(); ++j) {
      const json::Value ids = *documents[j].Find("ids");
      if (!ids.IsArray() || documents[j].Find("merged")) continue;
      GoldenCase item;
      for (std::size_t k = 0; k < ids.size(); ++k) {
        item.input.ids.push_back(static_cast<std::int32_t>(ids[k].AsInteger()));
      }
      item.logit = static_cast<float>(documents[j].Find("logit")->AsNumber());
      result.push_back(std::move(item));
    }
  }
  return result;
}

std::vector<ModelInput> InputsOf(const std::vector<GoldenCase>& cases) {
  std::vector<ModelInput> inputs;
  for (const GoldenCase& item : cases) inputs.push_back(item.input);
  return inputs;
}

// Patches of some colour gradient; they differ by `seed`.
std::shared_ptr<const VisionPatches> Patches(Grid grid, int seed) {
  VisionPatches patches;
  patches.grid = grid;
  for (std::size_t i = 0; i < static_cast<std::size_t>(grid.patches() * 1536); ++i) {
    const float value = std::sin(static_cast<float>(i % 977) * 0.05F * static_cast<float>(seed + 1));
    patches.bytes.push_back(static_cast<std::uint8_t>(127.5F + 127.5F * value));
  }
  return std::make_shared<const VisionPatches>(std::move(patches));
}

// One image of `grid` before text, and when asked a two-patch video.
ModelInput MediaInput(std::shared_ptr<const VisionPatches> image,
                      std::shared_ptr<const VisionPatches> video) {
  ModelInput input;
  input.ids = {5, 6, 7};
  input.ids.insert(input.ids.end(), static_cast<std::size_t>(image->grid.tokens(2)), kImagePad);
  input.images.push_back(std::move(image));
  if (video) {
    for (int t = 0; t < video->grid.t; ++t) {
      input.ids.push_back(100 + t);
      input.ids.insert(input.ids.end(), static_cast<std::size_t>(video->grid.tokens(2) / video->grid.t),
                       kVideoPad);
    }
    input.videos.push_back(std::move(video));
  }
  input.ids.insert(input.ids.end(), {8, 9, 10});
  return input;
}

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

TEST(RerankModelTest, GivesTheReferencesLogitsForText) {
  const auto cases = TextCases();
  ASSERT_GT(cases.size(), 15u);
  const auto logits = Loaded(Options())->Logits(InputsOf(cases)).value();
  for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_NEAR(logits[i], cases[i].logit, kParity) << i;
}

TEST(RerankModelTest, TellsOfEachForward) {
  const auto cases = TextCases();
  ModelOptions options = Options();
  int forwards = 0;
  options.on_forward = [&] { ++forwards; };
  options.max_forward_tokens = 1;  // an input each
  const auto model = Loaded(options);
  EXPECT_TRUE(model->Logits(InputsOf(cases)));
  EXPECT_EQ(forwards, std::ssize(cases));
}

// Layers that find no room come from the host one after another; the numbers are the same.
TEST(RerankModelTest, StreamedLayersGiveTheSameLogits) {
  const auto cases = TextCases();
  for (const DType dtype : {DType::kFloat32, DType::kFloat8, DType::kInt8}) {
    const auto expected = Loaded(Options(dtype))->Logits(InputsOf(cases)).value();
    ModelOptions options = Options(dtype);
    options.memory_bytes = 1;
    const auto model = Loaded(options);
    EXPECT_EQ(model->Logits(InputsOf(cases)).value(), expected);
    EXPECT_EQ(model->Logits(InputsOf(cases)).value(), expected);  // the next round
  }
}

TEST(RerankModelTest, Bfloat16StaysNearTheReference) {
  const auto cases = TextCases();
  const auto logits = Loaded(Options(DType::kBFloat16))->Logits(InputsOf(cases)).value();
  for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_NEAR(logits[i], cases[i].logit, 0.2F) << i;
}

// The mean over the cases of how far their scores lie from the reference's.
double ScoreErrorOf(DType dtype) {
  const auto cases = TextCases();
  const auto model = Loaded(Options(dtype));
  const auto logits = model->Logits(InputsOf(cases)).value();
  double error = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_NE(logits[i], cases[i].logit) << i;
    error += std::abs(ScoreOf(logits[i], dtype) - ScoreOf(cases[i].logit, DType::kFloat32));
  }
  EXPECT_LT(model->weight_bytes(), Loaded(Options(DType::kBFloat16))->weight_bytes());
  return error / static_cast<double>(cases.size());
}

TEST(RerankModelTest, EightBitWeightsStayNearTheReference) {
  // Rows of 64 values average little of the rounding away.
  EXPECT_LT(ScoreErrorOf(DType::kFloat8), 0.04);
  EXPECT_LT(ScoreErrorOf(DType::kInt8), 0.01);
}

TEST(RerankModelTest, ALogitDoesNotDependOnItsBatch) {
  const auto inputs = InputsOf(TextCases());
  const auto model = Loaded(Options());
  const auto together = model->Logits(inputs).value();
  std::vector<float> alone;
  for (const ModelInput& input : inputs) alone.push_back(model->Logits(std::span(&input, 1)).value()[0]);
  ExpectNear(alone, together, kRounding);

  ModelOptions options = Options();
  options.max_forward_tokens = 300;
  ExpectNear(Loaded(options)->Logits(inputs).value(), together, kRounding);
  EXPECT_THAT(model->Logits({}).value(), IsEmpty());
}

// Random prompts that share random beginnings, media among them: computed once together or anew alone.
TEST(RerankModelTest, ASharedPrefixChangesNothing) {
  std::mt19937 random(20261122);
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  const auto text = [&](ModelInput& input, int count) {
    for (int i = 0; i < count; ++i) input.ids.push_back(below(1900));
  };
  const auto image = [&](ModelInput& input, std::shared_ptr<const VisionPatches> patches) {
    input.ids.insert(input.ids.end(), static_cast<std::size_t>(patches->grid.tokens(2)), kImagePad);
    input.images.push_back(std::move(patches));
  };
  std::vector<ModelInput> inputs;
  for (int request = 0; request < 6; ++request) {
    ModelInput query;
    text(query, 10 + below(60));
    if (request % 2 == 1) image(query, Patches({1, 4, 2 + 2 * below(3)}, request));
    text(query, below(4));
    const auto popular = Patches({1, 2, 4}, 50 + request);
    for (int document = 0; document < 5; ++document) {
      ModelInput input = query;
      if (document > 2) image(input, popular);
      if (document == 2) image(input, Patches({1, 4, 4}, 10 * request));
      text(input, 1 + below(20));
      inputs.push_back(std::move(input));
    }
  }
  for (const DType dtype : {DType::kFloat32, DType::kBFloat16}) {
    const auto model = Loaded(Options(dtype));
    const auto together = model->Logits(inputs).value();
    std::vector<float> alone;
    for (const ModelInput& input : inputs) alone.push_back(model->Logits(std::span(&input, 1)).value()[0]);
    ExpectNear(together, alone, dtype == DType::kFloat32 ? kRounding : 0.1F);
  }
}

TEST(RerankModelTest, ALogitDoesNotDependOnTheThreads) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the OpenMP runtime synchronises where the sanitizer cannot see it";
#endif
#endif
  auto inputs = InputsOf(TextCases());
  for (int i = 0; i < 4; ++i) inputs.push_back(MediaInput(Patches({1, 4, 6}, i), Patches({2, 2, 4}, i)));
  const auto alone = Loaded(Options())->Logits(inputs).value();
  ModelOptions options = Options();
  options.threads = 3;
  const auto shared = Loaded(options)->Logits(inputs).value();
  Loaded(Options());  // back to one thread: the setting is the process's
  ExpectNear(shared, alone, kRounding);
}

TEST(RerankModelTest, AMediumShownTwiceEqualsTwoMedia) {
  const auto model = Loaded(Options());
  const auto image = Patches({1, 4, 6}, 1);
  const auto video = Patches({2, 2, 4}, 2);
  const std::vector<ModelInput> shared = {MediaInput(image, video), MediaInput(image, nullptr),
                                          MediaInput(Patches({1, 8, 2}, 3), video)};
  const std::vector<ModelInput> copies = {MediaInput(image, video),
                                          MediaInput(Patches({1, 4, 6}, 1), nullptr),
                                          MediaInput(Patches({1, 8, 2}, 3), Patches({2, 2, 4}, 2))};
  const auto logits = model->Logits(shared).value();
  ExpectNear(logits, model->Logits(copies).value(), kRounding);
  EXPECT_GT(std::abs(logits[0] - logits[2]), 1e-3F);

  ModelOptions options = Options();
  options.max_forward_patches = 1;  // a frame at a time
  options.max_forward_tokens = 1;   // an input at a time
  ExpectNear(Loaded(options)->Logits(shared).value(), logits, kRounding);
}

TEST(RerankModelTest, RefusesInputsThatDoNotFit) {
  const auto model = Loaded(Options());
  const auto refusal = [&](const ModelInput& bad) {
    const std::vector<ModelInput> batch = {{.ids = {1, 2}, .images = {}, .videos = {}}, bad};
    const auto logits = model->Logits(batch);
    if (logits) return std::string("taken");
    EXPECT_EQ(logits.error().code, "invalid_input");
    EXPECT_EQ(logits.error().part, "inputs[1]");
    return logits.error().message;
  };
  const auto image = Patches({1, 4, 4}, 1);
  EXPECT_THAT(refusal({}), HasSubstr("no ids"));
  EXPECT_THAT(refusal({.ids = {2032}, .images = {}, .videos = {}}),
              HasSubstr("outside the model's vocabulary"));
  EXPECT_THAT(refusal({.ids = {-1}, .images = {}, .videos = {}}),
              HasSubstr("outside the model's vocabulary"));
  EXPECT_THAT(refusal({.ids = {1}, .images = {image}, .videos = {}}), HasSubstr("fewer pads"));
  EXPECT_THAT(refusal({.ids = {1}, .images = {nullptr}, .videos = {}}), HasSubstr("no patches"));
  VisionPatches torn = *image;
  torn.bytes.pop_back();
  EXPECT_THAT(refusal({.ids = {1}, .images = {std::make_shared<const VisionPatches>(torn)}, .videos = {}}),
              HasSubstr("do not fill its grid"));
}

TEST(RerankModelTest, ReportsWeightsAndProgress) {
  std::vector<double> progress;
  ModelOptions options = Options();
  options.progress = [&](double share) { progress.push_back(share); };
  const auto model = Loaded(options);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.back(), 1.0);
  EXPECT_GT(model->weight_bytes(), 811152 * 2);
  EXPECT_THAT(model->unused_tensors(), IsEmpty());
  EXPECT_LT(Loaded(Options(DType::kBFloat16))->weight_bytes(), model->weight_bytes());
}

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    for (const char* name : {"config.json", "model.safetensors"}) {
      folder_.Write(name, ReadFile(kGolden + "/model/" + name, 1 << 24).value());
    }
  }
  // Replaces the first place of `from` in a file by text of the same length.
  void Change(const std::string& from, const std::string& to) {
    ASSERT_EQ(from.size(), to.size());
    std::string text = ReadFile(folder_.path() + "/model.safetensors", 1 << 24).value();
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    folder_.Write("model.safetensors", text.replace(at, from.size(), to));
  }
  Result<std::unique_ptr<RerankModel>> Load() const {
    ModelOptions options = Options();
    options.directory = folder_.path();
    return RerankModel::Load(options);
  }
  TemporaryFolder folder_;
};

TEST_F(LoadTest, NamesAMissingTensor) {
  Change("\"model.visual.merger.norm.weight\"", "\"model.visual.merger.norm.weighs\"");
  const auto model = Load();
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, "model_invalid");
  EXPECT_THAT(model.error().part, HasSubstr("model.visual.merger.norm.weight"));
  EXPECT_THAT(model.error().message, HasSubstr("is missing"));
}

TEST_F(LoadTest, NamesATensorOfTheWrongShape) {
  Change("\"shape\":[160,64]", "\"shape\":[64,160]");
  const auto model = Load();
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().part, HasSubstr("model.safetensors: model.language_model.layers."));
  EXPECT_THAT(model.error().message, HasSubstr("has shape [64, 160]; config.json asks for [160, 64]"));
}

TEST_F(LoadTest, NamesATensorOfTheWrongType) {
  Change("\"dtype\":\"BF16\"", "\"dtype\":\"I16\" ");
  const auto model = Load();
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("is of dtype I16, not F32, F16 or BF16"));
}

TEST_F(LoadTest, RefusesATruncatedFile) {
  const std::string text = ReadFile(folder_.path() + "/model.safetensors", 1 << 24).value();
  folder_.Write("model.safetensors", text.substr(0, text.size() - 100));
  EXPECT_THAT(Load().error().message, HasSubstr("the file is truncated"));
  folder_.Write("model.safetensors", text.substr(0, 4));
  EXPECT_THAT(Load().error().message, HasSubstr("shorter than its header"));
  folder_.Write("model.safetensors", "");
  EXPECT_EQ(Load().error().part, "model.safetensors");
}

TEST_F(LoadTest, TakesAnUntiedCheckpointOnlyWithItsHead) {
  std::string config = ReadFile(folder_.path() + "/config.json", 1 << 20).value();
  const std::string tied = "\"tie_word_embeddings\": true";
  for (auto at = config.find(tied); at != std::string::npos; at = config.find(tied)) {
    config.replace(at, tied.size(), "\"tie_word_embeddings\": false");
  }
  folder_.Write("config.json", config);
  EXPECT_EQ(Load().error().part, "checkpoint: lm_head.weight");
}

TEST(RerankModelLoadTest, RefusesBadOptions) {
  const auto code = [](const ModelOptions& options) {
    const auto model = RerankModel::Load(options);
    return model ? std::string("taken") : model.error().code;
  };
  ModelOptions options = Options();
  options.yes_id = 2032;
  EXPECT_EQ(code(options), "invalid_option");
  options = Options();
  for (const char* device : {"tpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1000", "cpu:0", ""}) {
    options.device = device;
    EXPECT_EQ(code(options), "invalid_option") << device;
  }
  options.device = "cuda:999";  // with or without GPUs, not that many
  EXPECT_EQ(code(options), "device_unavailable");
  options.directory = "/nonexistent";
  EXPECT_EQ(code(options), "file_missing");
}

TEST(ScoreOfTest, IsTheSigmoidOfATensor) {
  for (const DType dtype : {DType::kFloat32, DType::kBFloat16}) {
    const auto type = dtype == DType::kBFloat16 ? at::kBFloat16 : at::kFloat;
    for (float logit = -120.0F; logit < 120.0F; logit += 0.0137F) {
      const float expected = at::sigmoid(at::tensor(logit).to(type)).to(at::kFloat).item<float>();
      ASSERT_EQ(ScoreOf(logit, dtype), expected) << logit;
    }
  }
}

TEST(ScoreOfTest, RoundsAsTheDtypeDoes) {
  EXPECT_EQ(ScoreOf(0.0F, DType::kFloat32), 0.5F);
  EXPECT_NEAR(ScoreOf(1.82623F, DType::kFloat32), 0.861312F, 1e-6F);
  EXPECT_EQ(ScoreOf(1.828125F, DType::kBFloat16), 0.86328125F);
  EXPECT_EQ(ScoreOf(-200.0F, DType::kFloat32), 0.0F);
}

}  // namespace
}  // namespace vlr
