#include "sidecar/runtime/model_host.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <iterator>
#include <utility>

#include "rerank/wakeable_wait.h"

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

// A load on demand that failed is not tried again before.
constexpr std::chrono::seconds kRetryLoad{10};
// Between two looks at whether a replaced model is still held.
constexpr std::chrono::milliseconds kLookAgain{200};

}  // namespace

std::string NameOf(ModelState state) {
  switch (state) {
    case ModelState::kUnloaded:
      return "unloaded";
    case ModelState::kLoading:
      return "loading";
    case ModelState::kReady:
      return "ready";
    case ModelState::kFailed:
      return "failed";
  }
  return "unknown";
}

ModelHost::ModelHost(bool on_demand, Loader loader) : on_demand_(on_demand), loader_(std::move(loader)) {}

ModelHost::~ModelHost() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

ModelHost::Entry* ModelHost::EntryOf(const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry->options.name == name) return entry.get();
  }
  return nullptr;
}

std::string ModelHost::Add(LoadedModelOptions options) {
  options.name = ModelNameFor(options);
  const std::string name = options.name;
  const std::lock_guard lock(mutex_);
  if (EntryOf(name) == nullptr) {
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->options = std::move(options);
  }
  return name;
}

Result<LoadedModelOptions> ModelHost::OptionsOf(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = EntryOf(name);
  if (entry == nullptr) return Error{"model_not_found", "there is no model of that name", "name"};
  return entry->options;
}

Result<ModelHost::Entry*> ModelHost::Begin(LoadedModelOptions options) {
  options.name = ModelNameFor(options);
  Entry* entry = EntryOf(options.name);
  if (entry == nullptr) {
    entries_.push_back(std::make_unique<Entry>());
    entry = entries_.back().get();
    entry->options = options;
  }
  if (entry->loading && entry->wanted.directory == options.directory) return entry;
  if (entry->loading) return Error{"overloaded", "that model is being loaded from elsewhere"};
  entry->wanted = std::move(options);
  entry->loading = true;
  entry->progress = 0;
  entry->error.reset();
  to_load_.push_back(entry);
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_all();
  return entry;
}

Result<void> ModelHost::StartLoading(LoadedModelOptions options) {
  const std::lock_guard lock(mutex_);
  const auto begun = Begin(std::move(options));
  if (!begun) return begun.error();
  return {};
}

Result<void> ModelHost::Load(const LoadedModelOptions& options) {
  std::unique_lock lock(mutex_);
  const auto begun = Begin(options);
  if (!begun) return begun.error();
  const Entry* entry = *begun;
  changed_.wait(lock, [entry] { return !entry->loading; });
  if (entry->error) return *entry->error;
  return {};
}

Result<void> ModelHost::Unload(const std::string& name) {
  const std::lock_guard lock(mutex_);
  Entry* entry = EntryOf(name);
  if (entry == nullptr) return Error{"model_not_found", "there is no model of that name", "name"};
  if (entry->loading) return Error{"overloaded", "that model is being loaded"};
  if (entry->model) retired_.push_back(std::exchange(entry->model, nullptr));
  entry->progress = 0;
  entry->error.reset();
  changed_.notify_all();
  return {};
}

void ModelHost::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto something = [this] { return stopping_ || !to_load_.empty() || !retired_.empty(); };
    changed_.wait(lock, something);
    if (stopping_) break;
    if (to_load_.empty()) {
      LetGo(lock);
      continue;
    }
    Entry* const entry = to_load_.front();
    to_load_.pop_front();
    LoadedModelOptions options = entry->wanted;
    options.progress = [this, entry](double share) {
      const std::lock_guard guard(mutex_);
      entry->progress = share;
    };
    lock.unlock();
    Result<std::shared_ptr<LoadedModel>> loaded = Error{"internal", "the model could not be loaded"};
    try {
      loaded = loader_(options);
    } catch (const std::exception& failure) {
      loaded = Error{"internal", std::string("the model could not be loaded: ") + failure.what()};
    }
    Finish(entry, std::move(loaded));
    lock.lock();
  }
  for (Entry* entry : to_load_) {
    entry->loading = false;
    entry->error = Error{"draining", "the server is shutting down"};
  }
  changed_.notify_all();
}

// Takes down the replaced models that no request holds any more.
void ModelHost::LetGo(std::unique_lock<std::mutex>& lock) {
  const auto held = std::partition(retired_.begin(), retired_.end(),
                                   [](const auto& model) { return model.use_count() > 1; });
  std::vector<std::shared_ptr<LoadedModel>> free(std::make_move_iterator(held),
                                                 std::make_move_iterator(retired_.end()));
  retired_.erase(held, retired_.end());
  if (free.empty()) {
    changed_.wait_for(lock, kLookAgain, [this] { return stopping_ || !to_load_.empty(); });
    return;
  }
  lock.unlock();
  free.clear();
  lock.lock();
}

void ModelHost::Finish(Entry* entry, Result<std::shared_ptr<LoadedModel>> loaded) {
  const std::lock_guard lock(mutex_);
  entry->loading = false;
  if (loaded) {
    if (entry->model) retired_.push_back(std::move(entry->model));
    entry->model = std::move(*loaded);
    entry->options = std::move(entry->wanted);
    entry->progress = 1;
  } else {
    entry->error = loaded.error();
    entry->failed_at = SteadyClock::now();
    entry->progress = entry->model ? 1 : 0;
  }
  for (const auto& waiter : waiters_) {
    if (waiter->entry == entry) waiter->wake();
  }
  changed_.notify_all();
}

Result<std::shared_ptr<LoadedModel>> ModelHost::Found(const std::string& name) const {
  if (!name.empty()) {
    const Entry* entry = EntryOf(name);
    if (entry != nullptr && entry->model) return entry->model;
    if (entry != nullptr) return Error{"model_not_loaded", "that model is not loaded", "model"};
  } else {
    for (const auto& entry : entries_) {
      if (entry->model) return entry->model;
    }
  }
  std::string known;
  for (const auto& entry : entries_) known += (known.empty() ? "" : ", ") + entry->options.name;
  if (name.empty() || known.empty()) return Error{"model_not_loaded", "no model is loaded"};
  return Error{"model_not_found", "there is no model of that name; there is " + known, "model"};
}

Result<std::shared_ptr<LoadedModel>> ModelHost::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return Found(name);
}

asio::awaitable<Result<std::shared_ptr<LoadedModel>>> ModelHost::Acquire(std::string name,
                                                                         SteadyClock::time_point deadline) {
  const auto waiter = std::make_shared<Waiter>();
  WakeableWait wait(co_await asio::this_coro::executor, deadline);
  {
    const std::lock_guard lock(mutex_);
    auto found = Found(name);
    if (found || found.error().code != "model_not_loaded" || entries_.empty()) co_return found;
    Entry* const entry = name.empty() ? entries_.front().get() : EntryOf(name);
    if (!entry->loading) {
      const bool failed = entry->error && SteadyClock::now() < entry->failed_at + kRetryLoad;
      if (failed && on_demand_)
        co_return Error{"model_not_loaded", "the model could not be loaded: " + entry->error->message};
      if (!on_demand_) co_return found;
      const auto begun = Begin(entry->options);
      if (!begun) co_return begun.error();
    }
    waiter->entry = entry;
    waiter->wake = wait.waker();
    waiters_.push_back(waiter);
  }
  // Its place is given up on every way out.
  const std::shared_ptr<void> leaving(nullptr, [this, waiter](void*) {
    const std::lock_guard lock(mutex_);
    std::erase(waiters_, waiter);
  });
  co_await wait.Wait();
  const std::lock_guard lock(mutex_);
  const Entry& entry = *waiter->entry;
  if (entry.model) co_return entry.model;
  if (entry.error)
    co_return Error{"model_not_loaded", "the model could not be loaded: " + entry.error->message};
  co_return Error{"deadline_exceeded", "the deadline passed while the model was being loaded"};
}

std::vector<ModelStatus> ModelHost::statuses() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelStatus> statuses;
  for (const auto& entry : entries_) {
    ModelStatus status;
    status.name = entry->options.name;
    status.state = entry->loading ? ModelState::kLoading
                   : entry->model ? ModelState::kReady
                   : entry->error ? ModelState::kFailed
                                  : ModelState::kUnloaded;
    status.progress = entry->progress;
    status.error = entry->error;
    const LoadedModelOptions& shown = entry->loading && !entry->model ? entry->wanted : entry->options;
    status.dtype = NameOf(shown.dtype);
    status.device = shown.device;
    status.bytes = entry->model ? entry->model->weight_bytes() : 0;
    statuses.push_back(std::move(status));
  }
  return statuses;
}

}  // namespace vlr
