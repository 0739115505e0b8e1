// Everything that one checkpoint directory gives: tokenizer, prompt, processor and the scheduler with its
// model.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/reranker_model.h"
#include "rerank/media_preparer.h"
#include "rerank/processor_config.h"
#include "rerank/prompt.h"
#include "rerank/scheduler.h"
#include "rerank/vision_cache.h"
#include "text/tokenizer.h"

namespace vlr {

struct LoadedModelOptions {
  std::string name;  // what requests call it; empty: the directory's last component
  std::string directory;
  std::string device = "cpu";  // or "cuda:1"; several, separated by commas: a replica of the model on each
  DType dtype = DType::kFloat32;
  int threads = 0;                    // of one operation on the CPU; 0: one a core
  std::int64_t gpu_memory_bytes = 0;  // that it may take of a GPU; 0: what it needs
  std::int64_t gpu_cache_bytes = 0;   // of these, or beside them, for features of media
  bool check_values = false;          // read every weight first and refuse NaN and infinity
  SchedulerOptions scheduler;
  std::shared_ptr<VisionCache> vision_cache;  // null: none
  std::function<void(double)> progress;       // 0…1, on the loading thread
};

// Immutable but for the scheduler inside, which is thread safe.
class LoadedModel {
 public:
  // Blocks while the weights load. Errors name the file and key or tensor that is wrong. Files that a list of
  // checksums names (sha256_list.h) are compared with it first.
  static Result<std::shared_ptr<LoadedModel>> Load(const LoadedModelOptions& options);
  // For tests: any scorers in the place of the model's replicas.
  LoadedModel(std::string name, ModelConfig config, ProcessorConfig processor, PromptBuilder prompts,
              std::vector<std::unique_ptr<Scorer>> replicas, DType dtype, SchedulerOptions scheduler,
              const std::string& vision_identity = {});

  const std::string& name() const { return name_; }
  const ModelConfig& config() const { return config_; }
  const ProcessorConfig& processor() const { return processor_; }
  const MediaTarget& image_target() const { return image_target_; }
  const MediaTarget& video_target() const { return video_target_; }
  const PromptBuilder& prompts() const { return prompts_; }
  Scheduler& scheduler() { return scheduler_; }
  const Scheduler& scheduler() const { return scheduler_; }
  DType dtype() const { return dtype_; }
  const std::vector<std::string>& devices() const { return devices_; }  // of the replicas; empty in tests
  std::int64_t weight_bytes() const { return weight_bytes_; }           // of all replicas
  // When the model was last done with a part of its work: a sign of life within a long batch.
  std::chrono::steady_clock::time_point last_forward() const { return last_forward_->load(); }

 private:
  std::string name_;
  ModelConfig config_;
  ProcessorConfig processor_;
  MediaTarget image_target_, video_target_;
  PromptBuilder prompts_;
  DType dtype_;
  std::vector<std::string> devices_;
  std::int64_t weight_bytes_ = 0;
  using Moment = std::atomic<std::chrono::steady_clock::time_point>;
  std::shared_ptr<Moment> last_forward_ = std::make_shared<Moment>();
  Scheduler scheduler_;
};

// The ids of config.json and of tokenizer.json mean the same tokens, or the two files do not belong together.
// Errors: "model_invalid", part "config.json: <key>".
Result<void> CheckTokenIds(const ModelConfig& config, const Tokenizer& tokenizer);

// How much a forward on model->device holds at once and what a GPU keeps of media: as the options say, or
// little where memory is short.
void SizeForDevice(const LoadedModelOptions& options, ModelOptions* model);

// "cuda:0, cuda:1" → the two; at least one, which may be empty.
std::vector<std::string> DevicesOf(const std::string& list);

// What requests call the model that is loaded by these.
std::string ModelNameFor(const LoadedModelOptions& options);

}  // namespace vlr
