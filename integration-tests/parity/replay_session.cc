#include "replay_session.h"

#include <openssl/evp.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "model/forward_tap.h"
#include "pixels/patches.h"
#include "sidecar/api/rerank_body.h"
#include "sidecar/runtime/runtime.h"

namespace vlr::parity {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxMediaBytes = std::size_t{256} << 20;
constexpr std::size_t kDigestDigits = 16;

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  template <class T>
  void Add(const std::vector<T>& values) {
    EVP_DigestUpdate(context_, values.data(), values.size() * sizeof(T));
  }
  std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    EVP_DigestFinal_ex(context_, bytes.data(), nullptr);
    std::string hex;
    for (std::size_t i = 0; i < kDigestDigits / 2; ++i) {
      hex += "0123456789abcdef"[bytes[i] >> 4];
      hex += "0123456789abcdef"[bytes[i] & 15];
    }
    return hex;
  }

 private:
  EVP_MD_CTX* context_;
};

template <class T>
std::string DigestOf(const std::vector<T>& values) {
  Digest digest;
  digest.Add(values);
  return digest.Hex();
}

std::string PatchDigest(const std::vector<std::shared_ptr<const VisionPatches>>& media,
                        std::vector<Grid>* grids) {
  if (media.empty()) return {};
  Digest digest;
  for (const auto& medium : media) {
    digest.Add(NormalisedValues(*medium));
    grids->push_back(medium->grid);
  }
  return digest.Hex();
}

}  // namespace

// The model, with a note of each input. Its thread runs only while Run waits for it.
class ReplaySession::Recorder : public Scorer, private ForwardTap {
 public:
  explicit Recorder(std::unique_ptr<RerankModel> model) : model_(std::move(model)) { model_->SetTap(this); }

  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token& stop) override {
    first_ = seen_.size();
    for (const ModelInput& input : batch) {
      SeenInput& seen = seen_.emplace_back();
      seen.tokens = input.ids.size();
      seen.ids = DigestOf(input.ids);
      seen.image_patches = PatchDigest(input.images, &seen.image_grids);
      seen.video_patches = PatchDigest(input.videos, &seen.video_grids);
    }
    auto logits = model_->Logits(batch, stop);
    for (std::size_t i = 0; logits && i < batch.size(); ++i) seen_[first_ + i].logit = (*logits)[i];
    return logits;
  }
  Result<void> Encode(Media media) override { return model_->Encode(media); }
  std::vector<SeenInput> Take() { return std::exchange(seen_, {}); }

 private:
  void OnPositions(std::size_t input, std::span<const std::int32_t> positions) override {
    seen_[first_ + input].positions = DigestOf(std::vector<std::int32_t>(positions.begin(), positions.end()));
  }
  void OnVisionBlock(std::int64_t, std::span<const float>) override {}
  void OnDeepStack(std::int64_t, std::span<const float>) override {}
  void OnMerged(std::span<const float>) override {}
  void OnLayerLast(std::size_t, std::int64_t, std::span<const float>) override {}
  void OnHiddenLast(std::size_t, std::span<const float>) override {}

  std::unique_ptr<RerankModel> model_;
  std::vector<SeenInput> seen_;
  std::size_t first_ = 0;
};

Result<std::unique_ptr<ReplaySession>> ReplaySession::Open(const std::string& model_directory,
                                                           std::string media_directory) {
  const auto config = LoadConfig(model_directory);
  if (!config) return config.error();
  const auto tokenizer = Tokenizer::FromFile(model_directory + "/tokenizer.json");
  if (!tokenizer) return tokenizer.error();
  const auto prompts = PromptBuilder::Create(*tokenizer);
  if (!prompts) return prompts.error();
  const auto processor = LoadProcessorConfig(model_directory, config->vision);
  if (!processor) return processor.error();
  ModelOptions options;
  options.directory = model_directory;
  options.threads = 1;  // operations are too small to share
  options.yes_id = prompts->yes_id();
  options.no_id = prompts->no_id();
  auto model = RerankModel::Load(options);
  if (!model) return model.error();
  std::unique_ptr<ReplaySession> session(new ReplaySession(std::move(media_directory)));
  auto recorder = std::make_unique<Recorder>(std::move(*model));
  session->recorder_ = recorder.get();
  std::vector<std::unique_ptr<Scorer>> replicas;
  replicas.push_back(std::move(recorder));
  session->model_ = std::make_shared<LoadedModel>("recorded", *config, *processor, *prompts,
                                                  std::move(replicas), DType::kFloat32, SchedulerOptions{});
  return session;
}

ReplaySession::~ReplaySession() {
  pool_.join();
}

Replayed ReplaySession::Run(const json::Value& settings, const json::Value& body) {
  std::vector<std::string> overrides;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    overrides.push_back("model." + std::string(settings.KeyAt(i)) + "=" + settings.ValueAt(i).Dump());
  }
  const Settings program = LoadSettings("", {}, overrides).value();
  api::RequestDefaults defaults;
  defaults.preparation = DefaultPreparation(program.model);
  defaults.timeout = std::chrono::hours(1);
  const api::ScoringRequest request = api::ParseNativeRequest(body.Dump(), defaults).value();

  const auto fetch = [this](FetchRequest wanted) -> asio::awaitable<Result<Bytes>> {
    auto bytes = ReadFile(media_directory_ + "/" + wanted.url, kMaxMediaBytes);
    if (!bytes) co_return bytes.error();
    co_return std::make_shared<const std::string>(std::move(*bytes));
  };
  MediaPreparer preparer(io_.get_executor(), fetch, decoder_, pool_, {});
  Engine engine(preparer, pool_);
  auto answer = asio::co_spawn(io_, engine.Rerank(model_, request.rerank), asio::use_future);
  io_.restart();
  io_.run();
  auto response = answer.get();
  return {std::move(response), recorder_->Take()};
}

}  // namespace vlr::parity
