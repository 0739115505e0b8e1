// Which models serve, and how they got there.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "rerank/loaded_model.h"

namespace vlr {

enum class ModelState { kUnloaded, kLoading, kReady, kFailed };
std::string NameOf(ModelState state);

struct ModelStatus {
  std::string name;
  ModelState state = ModelState::kUnloaded;
  double progress = 0;         // 0…1 of the load under way or done
  std::optional<Error> error;  // of the last load; the model that served before may still be kReady
  std::string dtype;
  std::string device;
  std::int64_t bytes = 0;
};

// Thread safe. Models are loaded one after another on a thread of their own, which ends with the host. A
// model that is replaced or unloaded lives on until the last request that holds it is done; a load that fails
// leaves the model that served under its name in its place.
class ModelHost {
 public:
  using Loader = std::function<Result<std::shared_ptr<LoadedModel>>(const LoadedModelOptions&)>;

  // With `on_demand`, Acquire loads what is known and not loaded. Tests put in a loader of their own.
  explicit ModelHost(bool on_demand = false, Loader loader = LoadedModel::Load);
  ~ModelHost();
  ModelHost(const ModelHost&) = delete;
  ModelHost& operator=(const ModelHost&) = delete;

  // Makes a model known under options.name, or its directory's name, without loading it. The first one known
  // is what requests that name none are for. -> its name
  std::string Add(LoadedModelOptions options);
  // What is known under a name. Errors: "model_not_found".
  Result<LoadedModelOptions> OptionsOf(const std::string& name) const;

  // Begins to load; the model takes over from the one of its name when it is there. A load of the same name
  // and directory that is under way is joined. Errors: "overloaded" while that name is loaded from elsewhere.
  Result<void> StartLoading(LoadedModelOptions options);
  // The same, waiting for the end.
  Result<void> Load(const LoadedModelOptions& options);
  // Errors: "model_not_found"; "overloaded" while it is being loaded.
  Result<void> Unload(const std::string& name);

  // The loaded model that a request which names `name` (empty: any) is for. Errors: "model_not_loaded",
  // "model_not_found".
  Result<std::shared_ptr<LoadedModel>> Find(const std::string& name) const;
  // The same, waiting for a load where there is one under way or on demand. Errors: also "deadline_exceeded".
  boost::asio::awaitable<Result<std::shared_ptr<LoadedModel>>> Acquire(
      std::string name, std::chrono::steady_clock::time_point deadline);
  // Whether Acquire would start a load rather than refuse.
  bool on_demand() const { return on_demand_; }

  // Of every known model, the first known first.
  std::vector<ModelStatus> statuses() const;

 private:
  struct Entry {
    LoadedModelOptions options;  // of `model`, or what loading it by name would take
    LoadedModelOptions wanted;   // of the load under way
    std::shared_ptr<LoadedModel> model;
    bool loading = false;
    double progress = 0;
    std::optional<Error> error;
    std::chrono::steady_clock::time_point failed_at;
  };
  struct Waiter {
    const Entry* entry;
    std::function<void()> wake;
  };

  Entry* EntryOf(const std::string& name) const;                              // REQUIRES mutex_ held
  Result<Entry*> Begin(LoadedModelOptions options);                           // REQUIRES mutex_ held
  Result<std::shared_ptr<LoadedModel>> Found(const std::string& name) const;  // REQUIRES mutex_ held
  void Run();
  void LetGo(std::unique_lock<std::mutex>& lock);
  void Finish(Entry* entry, Result<std::shared_ptr<LoadedModel>> loaded);

  const bool on_demand_;
  const Loader loader_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Entry>> entries_;  // never shrinks: entries are referred to
  std::deque<Entry*> to_load_;
  std::vector<std::shared_ptr<LoadedModel>>
      retired_;  // taken down by the host's thread, which may wait for them
  std::vector<std::shared_ptr<Waiter>> waiters_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vlr
