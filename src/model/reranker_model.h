// The cross-encoder: prompts and patches in, logits out. No tensor type shows here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/config.h"
#include "model/dtype.h"
#include "model/forward_tap.h"
#include "model/safetensors.h"
#include "model/vision_store.h"
#include "pixels/image.h"

namespace vlr {

// One prompt: ids with one pad for every merged patch, and the media that the pads stand for, images and
// videos each in the order of their pads. A video's temporal patches (grid.t of them) stand apart, text
// between them.
struct ModelInput {
  std::vector<std::int32_t> ids;
  std::vector<std::shared_ptr<const VisionPatches>> images;
  std::vector<std::shared_ptr<const VisionPatches>> videos;
};

struct ModelOptions {
  std::string directory;       // config.json and model*.safetensors
  std::string device = "cpu";  // or "cuda", "cuda:1"
  DType dtype = DType::kFloat32;
  int threads = 0;          // of one operation on the CPU, process wide; 0: one a core
  std::int32_t yes_id = 0;  // the tokenizer's ids of "yes" and "no"
  std::int32_t no_id = 0;
  // A batch is cut so that one forward holds at most that many tokens and patches, which bounds its memory;
  // one input over it runs alone.
  std::int64_t max_forward_tokens = 4096;
  std::int64_t max_forward_patches = 16384;
  std::shared_ptr<VisionStore> vision_store;  // of features of media with a key; may be null
  // Of a GPU's memory for features of media with a key, the most recently used ones and those that somebody
  // holds; offered to the store.
  std::int64_t device_cache_bytes = 0;
  // Of the device, for everything; 0: as much as it takes. Layers that find no room come over from the host's
  // memory with every forward, and token embeddings stay there. On the CPU for tests alone: REQUIRES one
  // thread.
  std::int64_t memory_bytes = 0;
  std::function<void()> on_forward;      // after each forward, on the thread that called; may be empty
  std::function<void(double)> progress;  // share of the weights loaded, 0…1, on the loading thread
};

// Not thread safe: one thread at a time calls it. Operations inside use `threads` intra-op threads, which
// belong to the process: two models share them.
class RerankModel {
 public:
  // Errors: those of LoadConfig and TensorFiles::Open; "model_invalid" for a tensor that is missing, or of
  // another shape or dtype than config.json asks for, part "<file>: <tensor>"; "device_unavailable";
  // "invalid_option" for ids outside the vocabulary or a device that does not parse.
  static Result<std::unique_ptr<RerankModel>> Load(const ModelOptions& options);
  // The same of a checkpoint that is in memory; options.directory is not looked at.
  static Result<std::unique_ptr<RerankModel>> Load(const ModelConfig& config, TensorFiles tensors,
                                                   const ModelOptions& options);
  // Whether a device is there, without a model. Errors: Load's.
  static Result<void> CheckDevice(const std::string& device);
  virtual ~RerankModel() = default;

  virtual const ModelConfig& config() const = 0;

  // One logit an input, in order: h_last · (head[yes] - head[no]), all in the model's dtype (eight
  // bits: float32). An input's logit does not depend on its neighbours beyond rounding. Errors:
  // "invalid_input": an id outside the vocabulary, pads that do not match the media, no ids; part
  // "inputs[i]". Throws ErrorException("model_failed") when the device fails. Once `stop` is asked for, the
  // rest of the batch is left out between two forwards: "cancelled".
  virtual Result<std::vector<float>> Logits(std::span<const ModelInput> batch,
                                            const std::stop_token& stop) = 0;
  Result<std::vector<float>> Logits(std::span<const ModelInput> batch) {
    return Logits(batch, std::stop_token());
  }

  // Encodes those media that the store does not hold and leaves them there. Errors and exceptions as Logits.
  virtual Result<void> Encode(std::span<const std::shared_ptr<const VisionPatches>> media) = 0;

  // Bytes of weights held, without those that stay mapped in the file and are never read.
  virtual std::int64_t weight_bytes() const = 0;
  // Tensors of the checkpoint that this architecture has no place for, sorted.
  virtual const std::vector<std::string>& unused_tensors() const = 0;

  // For tests: sees intermediate values of every later call; null stops it. The tap must outlive its use.
  virtual void SetTap(ForwardTap* tap) = 0;
};

// sigmoid(logit), rounded as the model's dtype rounds: the score that the reference gives. Eight bits:
// float32.
float ScoreOf(float logit, DType dtype);

}  // namespace vlr
