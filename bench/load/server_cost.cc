// The whole server with nothing behind it: HTTP, JSON, prompts, queue and answer are the real ones; the
// tokenizer and the model are stand-ins at their interfaces that cost next to nothing. For server_cost.py.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "rerank/loaded_model.h"
#include "sidecar/api/service.h"
#include "sidecar/http/server.h"
#include "sidecar/runtime/live_settings.h"
#include "sidecar/runtime/model_host.h"
#include "sidecar/runtime/runtime.h"

namespace vlr {
namespace {

// A text is its first bytes.
class PrefixEncoder : public TextEncoder {
 public:
  void Encode(std::string_view utf8, SpecialTokens, std::vector<std::int32_t>* ids) const override {
    const std::string_view first = utf8.substr(0, kIds);
    const std::size_t before = ids->size();
    ids->resize(before + first.size());
    std::transform(first.begin(), first.end(), ids->begin() + static_cast<std::ptrdiff_t>(before),
                   [](char c) { return kFirst + static_cast<unsigned char>(c); });
  }
  std::optional<std::int32_t> TokenId(std::string_view content) const override {
    return static_cast<std::int32_t>(content.size());
  }
  bool IsSpecial(std::int32_t id) const override { return id < kFirst; }
  Result<void> RequireTokens(std::span<const std::string_view>) const override { return {}; }

 private:
  static constexpr std::size_t kIds = 32;
  static constexpr std::int32_t kFirst = 64;
};

// A vision tower that is busy for a while with every picture, as a GPU is, and remembers it.
struct Tower {
  std::chrono::milliseconds time{0};
  bool ahead = false;  // whether it may begin before the request's turn
};

class ZeroScorer : public Scorer {
 public:
  explicit ZeroScorer(Tower tower) : tower_(tower) {}
  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token&) override {
    for (const ModelInput& input : batch) {
      if (const auto encoded = Encode(input.images); !encoded) return encoded.error();
    }
    return std::vector<float>(batch.size());
  }
  Result<void> Encode(Media media) override {
    for (const auto& medium : media) {
      if (tower_.time.count() > 0 && seen_.insert(medium->key).second)
        std::this_thread::sleep_for(tower_.time);
    }
    return {};
  }
  FeatureRoom feature_room() const override {
    constexpr std::int64_t kEnough = std::int64_t{1} << 40;
    return {1, tower_.ahead ? kEnough : 0};
  }

 private:
  const Tower tower_;
  std::set<std::string> seen_;
};

Result<std::shared_ptr<LoadedModel>> Stand(const LoadedModelOptions& options, Tower tower) {
  const auto prompts = PromptBuilder::Create(std::make_shared<PrefixEncoder>());
  if (!prompts) return prompts.error();
  std::vector<std::unique_ptr<Scorer>> replicas;
  replicas.push_back(std::make_unique<ZeroScorer>(tower));
  return std::make_shared<LoadedModel>(options.name, ModelConfig{}, ProcessorConfig{}, *prompts,
                                       std::move(replicas), DType::kFloat32, options.scheduler, "stand-in");
}

// With media from `host`, where one is named, prepared by as many decoders and threads.
int Run(const std::string& decoder, int workers, const std::string& host, Tower tower) {
  Settings settings;
  settings.server.port = 0;
  settings.server.cpu_threads = workers;
  settings.media.workers = workers;
  settings.media.decoder = decoder;
  settings.media.preparer.max_in_flight = 2 * static_cast<std::size_t>(workers);
  if (!host.empty()) settings.storage.allow_hosts = {host};
  boost::asio::io_context io(1);
  auto runtime = Runtime::Create(io, settings);
  if (!runtime) return 2;
  ModelHost models(false, [tower](const LoadedModelOptions& options) { return Stand(options, tower); });
  LoadedModelOptions options;
  options.name = "stand-in";
  options.scheduler = settings.scheduler;
  if (!models.Load(options)) return 2;
  api::Service service(**runtime, models, settings);
  http::ServerOptions listening;
  const auto server =
      http::Server::Listen(io, listening, service.router(),
                           [&service](const http::AccessRecord& record) { service.OnAccess(record); });
  if (!server) return 2;
  LiveSettings live({}, **server, service.router());
  service.SetServer(server->get(), &live);
  settings.log.level = "warning";
  if (!live.Apply(settings, {})) return 2;
  std::printf("listening on 127.0.0.1:%d\n", (*server)->port());
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace
}  // namespace vlr

int main(int argc, char** argv) {
  vlr::Tower tower;
  if (argc > 4) tower.time = std::chrono::milliseconds(std::atoi(argv[4]));
  if (argc > 5) tower.ahead = std::string(argv[5]) == "ahead";
  return vlr::Run(argc > 1 ? argv[1] : "", argc > 2 ? std::atoi(argv[2]) : 1, argc > 3 ? argv[3] : "", tower);
}
