#include "sidecar/runtime/runtime.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

namespace vlr {
namespace {

// A pool thread waits while a decoder works, so there are as many again as workers.
std::size_t PoolThreads(const Settings& settings) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int computing = settings.server.cpu_threads > 0 ? settings.server.cpu_threads : cores;
  return static_cast<std::size_t>(computing) + static_cast<std::size_t>(settings.media.workers);
}

LoadedModelOptions CommonOptions(const Settings& settings) {
  LoadedModelOptions options;
  options.threads = settings.model.threads;
  options.gpu_memory_bytes = settings.model.gpu_memory_bytes;
  options.gpu_cache_bytes = settings.model.gpu_cache_bytes;
  options.check_values = settings.model.check_values;
  options.scheduler = settings.scheduler;
  return options;
}

Result<LoadedModelOptions> OptionsOf(const NamedModelSettings& model, const Settings& settings) {
  const auto dtype = ParseDType(model.dtype);
  if (!dtype) return dtype.error();
  LoadedModelOptions options = CommonOptions(settings);
  options.name = model.name;
  options.directory = model.path;
  options.device = model.device;
  options.dtype = *dtype;
  return options;
}

}  // namespace

Runtime::Runtime(boost::asio::io_context& io, const Settings& settings, std::unique_ptr<WorkerPool> decoders,
                 std::unique_ptr<Fetcher> fetcher, std::shared_ptr<VisionCache> vision_cache)
    : pool_(PoolThreads(settings)),
      decoders_(std::move(decoders)),
      fetcher_(std::move(fetcher)),
      vision_cache_(std::move(vision_cache)),
      preparer_(
          io.get_executor(), [this](FetchRequest request) { return fetcher_->Fetch(std::move(request)); },
          *decoders_, pool_, settings.media.preparer, vision_cache_),
      engine_(preparer_, pool_),
      locator_(
          engine_, [this](FetchRequest request) { return fetcher_->Fetch(std::move(request)); }, *decoders_,
          pool_, settings.media.preparer.max_media_bytes) {}

Runtime::~Runtime() {
  pool_.join();
}

Result<std::unique_ptr<Runtime>> Runtime::Create(boost::asio::io_context& io, const Settings& settings) {
  auto decoders =
      WorkerPool::Create({DecoderPath(settings.media), settings.media.workers, settings.media.limits});
  if (!decoders) return decoders.error();
  auto fetcher = Fetcher::Create(io.get_executor(), settings.storage);
  if (!fetcher) return fetcher.error();
  auto vision_cache = VisionCache::Create(settings.vision_cache);
  if (!vision_cache) return vision_cache.error();
  return std::unique_ptr<Runtime>(
      new Runtime(io, settings, std::move(*decoders), std::move(*fetcher), std::move(*vision_cache)));
}

PreparationOptions DefaultPreparation(const ModelSettings& model) {
  PreparationOptions options;
  options.image.min_pixels = model.min_pixels;
  options.image.max_pixels = model.max_pixels;
  options.fps = model.fps;
  options.max_frames = model.max_frames;
  options.max_frame_list = model.max_frames;
  options.total_pixels = model.total_pixels;
  options.max_length = model.max_length;
  return options;
}

Result<LoadedModelOptions> ModelToLoad(const Settings& settings) {
  const ModelSettings& model = settings.model;
  if (model.path.empty()) return Error{"invalid_setting", "model.path is not set", "model.path"};
  return OptionsOf({model.name, model.path, model.device, model.dtype}, settings);
}

LoadedModelOptions BaseModelOptions(const Settings& settings, const Runtime& runtime) {
  LoadedModelOptions options = CommonOptions(settings);
  options.device = settings.model.device;
  options.vision_cache = runtime.vision_cache();
  return options;
}

Result<std::vector<LoadedModelOptions>> ConfiguredModels(const Settings& settings, const Runtime& runtime) {
  std::vector<NamedModelSettings> named;
  const ModelSettings& first = settings.model;
  if (!first.path.empty()) named.push_back({first.name, first.path, first.device, first.dtype});
  named.insert(named.end(), settings.models.begin(), settings.models.end());
  std::vector<LoadedModelOptions> models;
  for (const NamedModelSettings& one : named) {
    auto options = OptionsOf(one, settings);
    if (!options) return options.error();
    options->vision_cache = runtime.vision_cache();
    options->name = ModelNameFor(*options);
    for (const LoadedModelOptions& other : models) {
      if (other.name == options->name)
        return Error{"invalid_setting", "two models are called " + options->name, "models"};
    }
    models.push_back(*std::move(options));
  }
  return models;
}

std::string DecoderPath(const MediaSettings& media) {
  if (!media.decoder.empty()) return media.decoder;
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return (self.parent_path() / "vl-rerank-decode").string();
}

}  // namespace vlr
