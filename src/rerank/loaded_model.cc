#include "rerank/loaded_model.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "model/memory_plan.h"
#include "model/safetensors.h"
#include "rerank/finite_weights.h"
#include "rerank/sha256_list.h"
#include "rerank/vision_identity.h"
#include "text/tokenizer.h"

namespace vlr {
namespace {

Result<void> CheckValues(const std::string& directory) {
  const auto files = TensorFiles::Open(directory);
  return files ? CheckFiniteWeights(*files) : Result<void>(files.error());
}

class ModelScorer : public Scorer {
 public:
  ModelScorer(std::unique_ptr<RerankModel> model, FeatureRoom room) : model_(std::move(model)), room_(room) {}
  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token& stop) override {
    return model_->Logits(batch, stop);
  }

  Result<void> Encode(Media media) override { return model_->Encode(media); }
  FeatureRoom feature_room() const override { return room_; }

 private:
  std::unique_ptr<RerankModel> model_;
  FeatureRoom room_;
};

// On a CPU nothing is encoded ahead: tower and decoders share its cores, and scores are the same to the last
// bit whatever comes first.
FeatureRoom RoomFor(const ModelConfig& config, const LoadedModelOptions& options, const std::string& device) {
  if (!options.vision_cache || device == "cpu") return {};
  ModelOptions model;
  model.device = device;
  SizeForDevice(options, &model);
  const std::int64_t number_bytes = options.dtype == DType::kFloat32 ? 4 : 2;
  FeatureRoom room;
  room.bytes_a_patch = number_bytes * FeatureValuesAPatch(config.vision);
  room.bytes = model.device_cache_bytes;
  return room;
}

// One on each device, one after the other: what the first has read of the files is in the page cache.
Result<std::vector<std::unique_ptr<RerankModel>>> LoadReplicas(const LoadedModelOptions& options,
                                                               const std::vector<std::string>& devices,
                                                               ModelOptions model_options) {
  for (const std::string& device : devices) {
    if (const auto there = RerankModel::CheckDevice(device); !there) return there.error();
  }
  std::vector<std::unique_ptr<RerankModel>> replicas;
  for (const std::string& device : devices) {
    model_options.device = device;
    model_options.progress = [&](double share) {
      const double done = static_cast<double>(replicas.size()) + share;
      if (options.progress) options.progress(done / static_cast<double>(devices.size()));
    };
    SizeForDevice(options, &model_options);
    auto model = RerankModel::Load(model_options);
    if (!model) return model.error();
    replicas.push_back(std::move(*model));
  }
  return replicas;
}

}  // namespace

void SizeForDevice(const LoadedModelOptions& options, ModelOptions* model) {
  if (model->device == "cpu") return;
  constexpr std::int64_t kPatchesAToken = 4;  // a merged patch is a token
  constexpr std::int64_t kTokensInShortMemory = 4096;
  constexpr std::int64_t kCacheShareInShortMemory = 16;
  model->memory_bytes = options.gpu_memory_bytes;
  model->device_cache_bytes = options.gpu_cache_bytes;
  model->max_forward_tokens = options.scheduler.batch_tokens;
  if (options.gpu_memory_bytes > 0) {
    model->max_forward_tokens = std::min(kTokensInShortMemory, model->max_forward_tokens);
    model->device_cache_bytes =
        std::min(options.gpu_memory_bytes / kCacheShareInShortMemory, model->device_cache_bytes);
  }
  model->max_forward_patches = kPatchesAToken * model->max_forward_tokens;
}

LoadedModel::LoadedModel(std::string name, ModelConfig config, ProcessorConfig processor,
                         PromptBuilder prompts, std::vector<std::unique_ptr<Scorer>> replicas, DType dtype,
                         SchedulerOptions scheduler, const std::string& vision_identity)
    : name_(std::move(name)),
      config_(std::move(config)),
      processor_(processor),
      image_target_{processor.image, vision_identity},
      video_target_{processor.video, vision_identity},
      prompts_(std::move(prompts)),
      dtype_(dtype),
      scheduler_(std::move(replicas), scheduler) {}

Result<std::shared_ptr<LoadedModel>> LoadedModel::Load(const LoadedModelOptions& options) {
  if (const auto listed = CheckSha256List(options.directory); !listed) return listed.error();
  const auto config = LoadConfig(options.directory);
  if (!config) return config.error();
  const auto tokenizer =
      Tokenizer::FromFile((std::filesystem::path(options.directory) / "tokenizer.json").string());
  if (!tokenizer) return tokenizer.error();
  const auto prompts = PromptBuilder::Create(*tokenizer);
  if (!prompts) return prompts.error();
  if (const auto agreed = CheckTokenIds(*config, **tokenizer); !agreed) return agreed.error();
  const auto processor = LoadProcessorConfig(options.directory, config->vision);
  if (!processor) return processor.error();
  if (options.check_values) {
    if (const auto finite = CheckValues(options.directory); !finite) return finite.error();
  }

  ModelOptions model_options;
  model_options.directory = options.directory;
  model_options.dtype = options.dtype;
  model_options.threads = options.threads;
  model_options.yes_id = prompts->yes_id();
  model_options.no_id = prompts->no_id();
  model_options.vision_store = options.vision_cache;
  const auto last_forward = std::make_shared<LoadedModel::Moment>();
  model_options.on_forward = [last_forward] { last_forward->store(std::chrono::steady_clock::now()); };
  const std::vector<std::string> devices = DevicesOf(options.device);
  auto models = LoadReplicas(options, devices, model_options);
  if (!models) return models.error();
  std::string vision_identity;
  if (options.vision_cache) {
    auto identity = VisionIdentity(options.directory, *config, options.dtype, devices.front());
    if (!identity) return identity.error();
    vision_identity = std::move(*identity);
  }
  const FeatureRoom room = RoomFor(*config, options, devices.front());
  std::int64_t weight_bytes = 0;
  std::vector<std::unique_ptr<Scorer>> replicas;
  for (auto& model : *models) {
    weight_bytes += model->weight_bytes();
    replicas.push_back(std::make_unique<ModelScorer>(std::move(model), room));
  }
  auto loaded =
      std::make_shared<LoadedModel>(ModelNameFor(options), *config, *processor, *prompts, std::move(replicas),
                                    options.dtype, options.scheduler, vision_identity);
  loaded->weight_bytes_ = weight_bytes;
  loaded->last_forward_ = last_forward;
  loaded->devices_ = devices;
  return loaded;
}

std::vector<std::string> DevicesOf(const std::string& list) {
  std::vector<std::string> devices(1);
  for (const char c : list) {
    if (c == ',') {
      devices.emplace_back();
    } else if (c != ' ') {
      devices.back() += c;
    }
  }
  return devices;
}

Result<void> CheckTokenIds(const ModelConfig& config, const Tokenizer& tokenizer) {
  const std::pair<std::string, std::int32_t> wanted[] = {
      {"image_token_id", config.image_token_id},
      {"video_token_id", config.video_token_id},
      {"vision_start_token_id", config.vision_start_token_id},
      {"vision_end_token_id", config.vision_end_token_id}};
  const char* contents[] = {"<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"};
  for (std::size_t i = 0; i < std::size(contents); ++i) {
    const auto& [key, id] = wanted[i];
    if (tokenizer.TokenId(contents[i]) != id) {
      return Error{"model_invalid",
                   "config.json: " + key + " is " + std::to_string(id) + ", which is not " + contents[i] +
                       " in tokenizer.json",
                   "config.json: " + key};
    }
  }
  if (tokenizer.vocabulary_size() > static_cast<std::size_t>(config.text.vocab_size)) {
    return Error{"model_invalid",
                 "config.json: text_config.vocab_size is smaller than tokenizer.json's vocabulary",
                 "config.json: text_config.vocab_size"};
  }
  return {};
}

std::string ModelNameFor(const LoadedModelOptions& options) {
  if (!options.name.empty()) return options.name;
  auto path = std::filesystem::path(options.directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

}  // namespace vlr
