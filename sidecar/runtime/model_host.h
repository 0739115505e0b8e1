// Which model serves, and how it got there.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "rerank/loaded_model.h"

namespace vlr {

enum class ModelState { kUnloaded, kLoading, kReady, kFailed };
std::string NameOf(ModelState state);

struct ModelStatus {
  std::string name;
  ModelState state = ModelState::kUnloaded;
  double progress = 0;  // 0…1 while loading
  std::optional<Error> error;
  std::string dtype;
  std::string device;
  std::int64_t bytes = 0;
};

// Thread safe. A model that is replaced lives on until the last request that holds it is done; a load that
// fails leaves the model that served before in its place.
class ModelHost {
 public:
  ModelHost() = default;
  ~ModelHost();
  ModelHost(const ModelHost&) = delete;
  ModelHost& operator=(const ModelHost&) = delete;

  // Begins to load on a thread of its own. Errors: "overloaded" while another load runs.
  Result<void> StartLoading(LoadedModelOptions options);
  // The same, waiting for the end.
  Result<void> Load(LoadedModelOptions options);

  // The model that a request which names `name` (empty: any) is for. Errors: "model_not_loaded",
  // "model_not_found".
  Result<std::shared_ptr<LoadedModel>> Find(const std::string& name) const;
  ModelStatus status() const;

 private:
  Result<void> Begin(const LoadedModelOptions& options);
  Result<void> Finish(LoadedModelOptions options);

  mutable std::mutex mutex_;
  std::shared_ptr<LoadedModel> current_;
  ModelStatus status_;
  std::atomic<double> progress_ = 0;
  std::thread loader_;
};

}  // namespace vlr
