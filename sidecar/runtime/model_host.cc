#include "sidecar/runtime/model_host.h"

#include <utility>

namespace vlr {

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

ModelHost::~ModelHost() {
  if (loader_.joinable()) loader_.join();
}

Result<void> ModelHost::Begin(const LoadedModelOptions& options) {
  const std::lock_guard lock(mutex_);
  if (status_.state == ModelState::kLoading) return Error{"overloaded", "a model is being loaded already"};
  status_ = {options.name, ModelState::kLoading, 0, std::nullopt, NameOf(options.dtype), options.device, 0};
  progress_ = 0;
  return {};
}

Result<void> ModelHost::Finish(LoadedModelOptions options) {
  options.progress = [this](double share) { progress_ = share; };
  auto loaded = LoadedModel::Load(options);
  const std::lock_guard lock(mutex_);
  if (!loaded) {
    status_.state = ModelState::kFailed;
    status_.error = loaded.error();
    return loaded.error();
  }
  current_ = std::move(*loaded);
  status_.state = ModelState::kReady;
  status_.name = current_->name();
  status_.bytes = current_->weight_bytes();
  progress_ = 1;
  return {};
}

Result<void> ModelHost::StartLoading(LoadedModelOptions options) {
  if (const auto begun = Begin(options); !begun) return begun.error();
  if (loader_.joinable()) loader_.join();
  loader_ = std::thread([this, options = std::move(options)]() mutable { Finish(std::move(options)); });
  return {};
}

Result<void> ModelHost::Load(LoadedModelOptions options) {
  if (const auto begun = Begin(options); !begun) return begun.error();
  return Finish(std::move(options));
}

Result<std::shared_ptr<LoadedModel>> ModelHost::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (!current_) return Error{"model_not_loaded", "no model is loaded"};
  if (!name.empty() && name != current_->name()) {
    return Error{"model_not_found", "the model loaded is " + current_->name(), "model"};
  }
  return current_;
}

ModelStatus ModelHost::status() const {
  const std::lock_guard lock(mutex_);
  ModelStatus status = status_;
  status.progress = progress_;
  return status;
}

}  // namespace vlr
