// The parts of the program that requests run through, built from the settings in the right order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <vector>

#include "base/error.h"
#include "media/worker_pool.h"
#include "rerank/engine.h"
#include "rerank/locator.h"
#include "sidecar/settings/settings.h"
#include "storage/fetcher.h"

namespace vlr {

// One of these a process. The io_context must be run by exactly one thread and outlive the runtime.
class Runtime {
 public:
  // Errors: those of WorkerPool::Create, Fetcher::Create and VisionCache::Create.
  static Result<std::unique_ptr<Runtime>> Create(boost::asio::io_context& io, const Settings& settings);
  ~Runtime();

  Engine& engine() { return engine_; }
  Locator& locator() { return locator_; }
  boost::asio::thread_pool& pool() { return pool_; }
  const WorkerPool& decoders() const { return *decoders_; }
  const Fetcher& fetcher() const { return *fetcher_; }
  const std::shared_ptr<VisionCache>& vision_cache() const { return vision_cache_; }

 private:
  Runtime(boost::asio::io_context& io, const Settings& settings, std::unique_ptr<WorkerPool> decoders,
          std::unique_ptr<Fetcher> fetcher, std::shared_ptr<VisionCache> vision_cache);

  boost::asio::thread_pool pool_;
  std::unique_ptr<WorkerPool> decoders_;
  std::unique_ptr<Fetcher> fetcher_;
  std::shared_ptr<VisionCache> vision_cache_;
  MediaPreparer preparer_;
  Engine engine_;
  Locator locator_;
};

// What a request that names nothing is prepared with: the model settings.
PreparationOptions DefaultPreparation(const ModelSettings& model);
// What every model of this process has in common.
LoadedModelOptions BaseModelOptions(const Settings& settings, const Runtime& runtime);
// The model of `model` and those of `models`. Errors: "invalid_setting".
Result<std::vector<LoadedModelOptions>> ConfiguredModels(const Settings& settings, const Runtime& runtime);
// What ModelHost loads for these settings. Errors: "invalid_setting".
Result<LoadedModelOptions> ModelToLoad(const Settings& settings);
// The decoder named by the settings, or the one beside this program.
std::string DecoderPath(const MediaSettings& media);

}  // namespace vlr
