#include "model/reranker_model.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/BFloat16.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "model/device.h"
#include "model/device_features.h"
#include "model/encoded_features.h"
#include "model/feature_spill.h"
#include "model/memory_plan.h"
#include "model/packed_batch.h"
#include "model/tap_values.h"
#include "model/text_decoder.h"
#include "model/vision_tower.h"
#include "model/weight_loader.h"
#include "model/work_split.h"

namespace vlr {
namespace {

at::ScalarType ScalarTypeOf(DType dtype) {
  return dtype == DType::kFloat32 ? at::kFloat : at::kBFloat16;
}

bool HasEightBits(DType dtype) {
  return dtype == DType::kFloat8 || dtype == DType::kInt8;
}

WeightFormat WeightFormatOf(DType dtype, const c10::Device& device) {
  if (dtype == DType::kInt8) return WeightFormat::kInt8;
  if (dtype != DType::kFloat8) return WeightFormat::kPlain;
  return MultipliesFloat8(device) ? WeightFormat::kFloat8 : WeightFormat::kFloat8Unpacked;
}

// [hidden]: the row of "yes" less that of "no", in the dtype in which scores are computed. A tied head is the
// token embedding.
at::Tensor LoadScoreHead(const TextConfig& config, const ModelOptions& options, WeightLoader& loader) {
  const std::string name =
      config.tie_word_embeddings ? "model.language_model.embed_tokens.weight" : "lm_head.weight";
  const at::Tensor rows =
      loader.TakeRows(name, {config.vocab_size, config.hidden_size}, {options.yes_id, options.no_id});
  if (loader.error()) return rows;
  const at::Tensor exact = HasEightBits(options.dtype) ? rows.to(at::kFloat) : rows;
  return exact.select(0, 0) - exact.select(0, 1);
}

// Vision features of one call to Logits: each medium is encoded once however many inputs show it, and
// forgotten after the last of them.
class FeatureStore {
 public:
  explicit FeatureStore(const std::vector<const VisionPatches*>& media) {
    for (const VisionPatches* medium : media) ++uses_left_[NameOf(*medium)];
  }

  bool Has(const VisionPatches& medium) const { return features_.contains(NameOf(medium)); }
  void Put(const VisionPatches& medium, VisionFeatures features) {
    features_.emplace(NameOf(medium), std::move(features));
  }

  // The features of `media` row after row. REQUIRES all of them here.
  VisionFeatures Gather(const std::vector<const VisionPatches*>& media) const {
    VisionFeatures gathered;
    if (media.empty()) return gathered;
    std::vector<at::Tensor> merged;
    std::vector<std::vector<at::Tensor>> deepstack(features_.at(NameOf(*media[0])).deepstack.size());
    for (const VisionPatches* medium : media) {
      const VisionFeatures& own = features_.at(NameOf(*medium));
      merged.push_back(own.merged);
      for (std::size_t i = 0; i < deepstack.size(); ++i) deepstack[i].push_back(own.deepstack[i]);
    }
    gathered.merged = at::cat(merged);
    for (const auto& layer : deepstack) gathered.deepstack.push_back(at::cat(layer));
    return gathered;
  }

  // Counts one use of each.
  void Release(const std::vector<const VisionPatches*>& media) {
    for (const VisionPatches* medium : media) {
      const std::string name = NameOf(*medium);
      if (--uses_left_.at(name) == 0) features_.erase(name);
    }
  }

  // Equal for two media with equal features.
  static std::string NameOf(const VisionPatches& medium) {
    if (!medium.key.empty()) return medium.key;
    const void* const address = &medium;
    return {reinterpret_cast<const char*>(&address), sizeof address};
  }

 private:
  std::map<std::string, int> uses_left_;
  std::map<std::string, VisionFeatures> features_;
};

// Of all inputs, as often as they are shown.
std::vector<const VisionPatches*> MediaOf(std::span<const ModelInput> inputs) {
  std::vector<const VisionPatches*> all;
  for (const ModelInput& input : inputs) {
    for (const auto* media : {&input.images, &input.videos}) {
      for (const auto& medium : *media) all.push_back(medium.get());
    }
  }
  return all;
}

// What a forward takes beside its rows.
std::int64_t WorkBytes(const ModelConfig& config, WeightFormat format) {
  const bool unpacks = format == WeightFormat::kFloat8Unpacked || format == WeightFormat::kInt8;
  return unpacks ? UnpackedBytes(config) : 0;
}

// What is left for the decoder after `weight_bytes` of the tower.
TextDecoder::Room RoomOf(const ModelConfig& config, const ModelOptions& options, std::int64_t weight_bytes) {
  if (options.memory_bytes <= 0) return {.max_rows = options.max_forward_tokens};
  return {.max_rows = options.max_forward_tokens,
          .layer_bytes = LayerBytes(config, options.memory_bytes, weight_bytes, options.device_cache_bytes,
                                    options.max_forward_tokens, options.max_forward_patches),
          .embedding = false};
}

class QwenReranker : public RerankModel {
 public:
  QwenReranker(const ModelConfig& config, const ModelOptions& options, c10::Device device,
               WeightLoader& loader)
      : config_(config),
        options_(options),
        tensor_options_(at::TensorOptions(ScalarTypeOf(options.dtype)).device(device)),
        format_(WeightFormatOf(options.dtype, device)),
        kernels_(MakeKernels(device)),
        vision_(config.vision, loader, tensor_options_, *kernels_, format_),
        text_(config.text, loader, tensor_options_, *kernels_, format_,
              RoomOf(config, options, loader.bytes() + WorkBytes(config, format_))),
        score_head_(LoadScoreHead(config.text, options, loader)),
        weight_bytes_(loader.bytes()),
        unused_tensors_(loader.Unused()),
        device_features_(device.is_cpu() ? 0 : options.device_cache_bytes) {
    if (options.vision_store && !device.is_cpu()) {
      spill_ = std::make_unique<FeatureSpill>(device, options.vision_store);
    }
    if (!loader.error()) Reserve();
  }

  const ModelConfig& config() const override { return config_; }
  std::int64_t weight_bytes() const override { return weight_bytes_; }
  const std::vector<std::string>& unused_tensors() const override { return unused_tensors_; }
  void SetTap(ForwardTap* tap) override { tap_ = tap; }

  using RerankModel::Logits;
  Result<void> Encode(std::span<const std::shared_ptr<const VisionPatches>> media) override {
    std::vector<const VisionPatches*> all;
    for (const auto& medium : media) {
      const auto fits = CheckMedium(config_, *medium);
      if (!fits) return fits.error();
      all.push_back(medium.get());
    }
    return Guarded([&]() -> Result<void> {
      FeatureStore features(all);
      EncodeFresh(all, features);
      return {};
    });
  }

  Result<std::vector<float>> Logits(std::span<const ModelInput> batch, const std::stop_token& stop) override {
    std::vector<std::vector<std::int32_t>> positions;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto checked = CheckInput(config_, batch[i]);
      if (!checked) {
        return Error(checked.error().code, checked.error().message, "inputs[" + std::to_string(i) + "]");
      }
      if (tap_ != nullptr) tap_->OnPositions(i, *checked);
      positions.push_back(*std::move(checked));
    }
    return Guarded([&]() -> Result<std::vector<float>> {
      FeatureStore features(MediaOf(batch));
      std::vector<float> logits(batch.size());
      std::optional<Forwarded> running;
      for (std::size_t begin = 0; begin < batch.size();) {
        if (stop.stop_requested()) return Error("cancelled", "nobody waits for this batch any more");
        std::size_t count = CutForward(batch.subspan(begin));
        std::optional<Forwarded> next;
        while (!(next = TryForward(batch.subspan(begin, count), std::span(positions).subspan(begin, count),
                                   begin, features))) {
          count = (count + 1) / 2;
        }
        // A device has the next forward to go on with while the host waits for one.
        if (running) running->Read(logits);
        running = std::move(next);
        begin += count;
        if (options_.on_forward) options_.on_forward();
      }
      if (running) running->Read(logits);
      return logits;
    });
  }

 private:
  // Logits that a device may still be computing, by where they stand among those of their forward.
  struct Forwarded {
    std::size_t first_input;
    std::vector<std::pair<std::size_t, at::Tensor>> parts;

    void Read(std::vector<float>& logits) const {
      for (const auto& [begin, tensor] : parts) {
        const TapValues values(tensor);
        std::copy(values.span().begin(), values.span().end(),
                  logits.begin() + static_cast<std::ptrdiff_t>(first_input + begin));
      }
    }
  };

  // Asks a device once for what forwards and its cache will hold: the allocator keeps it and hands out parts,
  // where it would stop the device for each later piece.
  void Reserve() const {
    if (tensor_options_.device().is_cpu()) return;
    const std::int64_t bytes =
        options_.device_cache_bytes + WorkBytes(config_, format_) +
        std::max(DecoderForwardBytes(config_.text, options_.max_forward_tokens, options_.max_forward_tokens),
                 TowerForwardBytes(config_.vision, options_.max_forward_patches));
    c10::getDeviceAllocator(tensor_options_.device().type())->emptyCache();  // of what loading left
    try {
      at::empty({bytes}, tensor_options_.dtype(at::kByte));
    } catch (const c10::OutOfMemoryError&) {
      // Then piece by piece, as far as it goes.
    }
    // What was asked for to be kept is no peak.
    c10::getDeviceAllocator(tensor_options_.device().type())
        ->resetPeakStats(tensor_options_.device().index());
  }

  // Runs a computation; a failure of the device becomes ours.
  template <class Compute>
  auto Guarded(const Compute& compute) const -> decltype(compute()) {
    try {
      const c10::InferenceMode inference;
      const c10::OptionalDeviceGuard device(tensor_options_.device());
      return compute();
    } catch (const c10::Error& error) {
      throw ErrorException(
          {"model_failed", std::string("the forward pass failed: ") + error.what_without_backtrace()});
    }
  }

  // How many inputs, at least one, fit one forward.
  std::size_t CutForward(std::span<const ModelInput> inputs) const {
    std::int64_t tokens = 0;
    std::size_t count = 0;
    for (; count < inputs.size(); ++count) {
      tokens += std::ssize(inputs[count].ids);
      if (count > 0 && tokens > options_.max_forward_tokens) break;
    }
    return count;
  }

  // run(range, parts) for the parts of a row of work. The CPU's threads take a part each and meet only at the
  // end, which beats sharing every operation; a tap sees the work in order.
  template <class Run>
  void InParts(const std::vector<std::int64_t>& costs, const Run& run) const {
    const bool share_out = tap_ == nullptr && tensor_options_.device().is_cpu();
    const auto parts = SplitEvenly(costs, share_out ? at::get_num_threads() : 1);
    if (parts.size() == 1) return run(parts[0], parts.size());
    at::parallel_for(0, std::ssize(parts), 1, [&](std::int64_t begin, std::int64_t end) {
      const c10::InferenceMode inference;  // of a thread, not inherited
      for (std::int64_t i = begin; i < end; ++i) run(parts[static_cast<std::size_t>(i)], parts.size());
    });
  }

  // ForwardAll; nothing when the device's memory did not suffice and fewer inputs may fit. What the device's
  // cache holds goes first.
  std::optional<Forwarded> TryForward(std::span<const ModelInput> inputs,
                                      std::span<const std::vector<std::int32_t>> positions,
                                      std::size_t first_input, FeatureStore& features) {
    try {
      return ForwardAll(inputs, positions, first_input, features);
    } catch (const c10::OutOfMemoryError&) {
      if (inputs.size() == 1 && device_features_.bytes() == 0) throw;
    }
    device_features_.Clear();
    c10::getDeviceAllocator(tensor_options_.device().type())->emptyCache();
    return std::nullopt;
  }

  // Inputs that fit one forward; `first_input` is where they stand in the call.
  Forwarded ForwardAll(std::span<const ModelInput> inputs,
                       std::span<const std::vector<std::int32_t>> positions, std::size_t first_input,
                       FeatureStore& features) {
    const std::vector<const VisionPatches*> media = MediaOf(inputs);
    EncodeFresh(media, features);
    std::vector<std::int64_t> tokens;
    for (const ModelInput& input : inputs) tokens.push_back(std::ssize(input.ids));
    Forwarded forwarded{first_input, {}};
    std::mutex mutex;
    InParts(tokens, [&](const Range& part, std::size_t) {
      const std::size_t count = part.end - part.begin;
      const PackedBatch packed =
          Pack(config_, inputs.subspan(part.begin, count), positions.subspan(part.begin, count));
      at::Tensor part_logits = Forward(packed, features.Gather(packed.media), first_input + part.begin);
      const std::lock_guard lock(mutex);
      forwarded.parts.emplace_back(part.begin, std::move(part_logits));
    });
    features.Release(media);
    return forwarded;
  }

  // Those of `media` that have no features yet get them: from the device's cache, the medium, the store or
  // the tower.
  void EncodeFresh(const std::vector<const VisionPatches*>& media, FeatureStore& features) {
    std::vector<const VisionPatches*> fresh;
    std::vector<std::int64_t> patches;
    std::set<std::string> seen;
    VisionStore* const store = options_.vision_store.get();
    for (const VisionPatches* medium : media) {
      if (features.Has(*medium) || !seen.insert(FeatureStore::NameOf(*medium)).second) continue;
      if (const VisionFeatures* const kept = device_features_.Find(medium->key)) {
        features.Put(*medium, *kept);
        continue;
      }
      std::shared_ptr<const EncodedVision> encoded = medium->encoded;
      if (!encoded && store != nullptr && !medium->key.empty()) encoded = store->Find(medium->key);
      if (encoded) {
        auto here = FeaturesOf(encoded, tensor_options_);
        if (!medium->key.empty()) KeepOnDevice(*medium, here);
        features.Put(*medium, std::move(here));
        continue;
      }
      fresh.push_back(medium);
      patches.push_back(medium->grid.patches());
    }
    std::vector<VisionFeatures> encoded(fresh.size());
    if (fresh.empty()) return;
    InParts(patches, [&](const Range& part, std::size_t parts) {
      const auto budget = options_.max_forward_patches / static_cast<std::int64_t>(parts);
      auto own = vision_.Encode(std::span(fresh).subspan(part.begin, part.end - part.begin), budget, tap_);
      std::move(own.begin(), own.end(), encoded.begin() + static_cast<std::ptrdiff_t>(part.begin));
    });
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      if (!fresh[i]->key.empty()) Keep(*fresh[i], encoded[i]);
      features.Put(*fresh[i], std::move(encoded[i]));
    }
  }

  // REQUIRES a medium with a key.
  void KeepOnDevice(const VisionPatches& medium, const VisionFeatures& features) {
    const auto kept = device_features_.Put(medium.key, features);
    if (kept && options_.vision_store) options_.vision_store->Offer(medium, kept);
  }

  // Leaves features where they are found again. REQUIRES a medium with a key.
  void Keep(const VisionPatches& medium, const VisionFeatures& features) {
    KeepOnDevice(medium, features);
    if (spill_) {
      spill_->Put(medium, features);
    } else if (options_.vision_store) {
      options_.vision_store->Put(medium, ToHost(features));
    }
  }

  // Logits [inputs] of one packed batch.
  at::Tensor Forward(const PackedBatch& packed, const VisionFeatures& vision, std::size_t first_input) const {
    LayerObserver observer;
    const auto each_row = [&](const at::Tensor& rows, const auto& see) {
      const TapValues host(rows);
      const auto width = static_cast<std::size_t>(config_.text.hidden_size);
      for (std::size_t i = 0; i < packed.last_rows.size(); ++i) {
        see(first_input + i, host.span().subspan(i * width, width));
      }
    };
    if (tap_ != nullptr) {
      observer = [&](std::int64_t layer, const at::Tensor& rows) {
        each_row(rows, [&](std::size_t input, std::span<const float> row) {
          tap_->OnLayerLast(input, layer, row);
        });
      };
    }
    const at::Tensor hidden = text_.Forward(packed, vision, observer);
    if (tap_ != nullptr) {
      each_row(hidden,
               [&](std::size_t input, std::span<const float> row) { tap_->OnHiddenLast(input, row); });
    }
    return hidden.to(score_head_.scalar_type()).matmul(score_head_);
  }

  ModelConfig config_;
  ModelOptions options_;
  at::TensorOptions tensor_options_;
  WeightFormat format_;
  std::unique_ptr<Kernels> kernels_;
  VisionTower vision_;
  TextDecoder text_;
  at::Tensor score_head_;
  std::int64_t weight_bytes_;
  std::vector<std::string> unused_tensors_;
  DeviceFeatures device_features_;
  std::unique_ptr<FeatureSpill> spill_;  // of a device that is not the CPU, where there is a store
  ForwardTap* tap_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<RerankModel>> RerankModel::Load(const ModelOptions& options) {
  const auto config = LoadConfig(options.directory);
  if (!config) return config.error();
  // What is quickly told comes before files of many gigabytes.
  if (const auto there = CheckDevice(options.device); !there) return there.error();
  auto files = TensorFiles::Open(options.directory);
  if (!files) return files.error();
  return Load(*config, *std::move(files), options);
}

Result<std::unique_ptr<RerankModel>> RerankModel::Load(const ModelConfig& config, TensorFiles tensors,
                                                       const ModelOptions& options) {
  for (const std::int32_t id : {options.yes_id, options.no_id}) {
    if (id < 0 || id >= config.text.vocab_size) {
      return Error("invalid_option", "the ids of \"yes\" and \"no\" must lie inside the model's vocabulary",
                   "yes_id");
    }
  }
  const auto device = OpenDevice(options.device);
  if (!device) return device.error();
  if (options.threads > 0) at::set_num_threads(options.threads);

  const c10::InferenceMode inference;
  const c10::OptionalDeviceGuard guard(*device);
  WeightLoader loader(std::make_shared<const TensorFiles>(std::move(tensors)), *device,
                      ScalarTypeOf(options.dtype), options.progress);
  auto model = std::make_unique<QwenReranker>(config, options, *device, loader);
  if (loader.error()) return *loader.error();
  if (options.progress) options.progress(1.0);
  return std::unique_ptr<RerankModel>(std::move(model));
}

Result<void> RerankModel::CheckDevice(const std::string& device) {
  const auto opened = OpenDevice(device);
  return opened ? Result<void>() : opened.error();
}

float ScoreOf(float logit, DType dtype) {
  // What at::sigmoid does with one value, without the tensors, which cost more than the rest of a short
  // answer.
  const auto rounded = [&](float value) {
    return dtype == DType::kBFloat16 ? static_cast<float>(c10::BFloat16(value)) : value;
  };
  return rounded(1.0F / (1.0F + std::exp(-rounded(logit))));
}

}  // namespace vlr
