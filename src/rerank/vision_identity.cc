#include "rerank/vision_identity.h"

#include "model/safetensors.h"
#include "rerank/digest.h"

namespace vlr {
namespace {

// Counted up when the tower's arithmetic changes, so that older features are not mixed with newer ones.
constexpr int kArithmetic = 2;
constexpr std::size_t kDigits = 32;
constexpr const char* kTower = "model.visual.";

}  // namespace

Result<std::string> VisionIdentity(const std::string& directory, const ModelConfig& config, DType dtype,
                                   const std::string& device) {
  const auto files = TensorFiles::Open(directory);
  if (!files) return files.error();
  Digest digest;
  digest.Add(kArithmetic).Add(static_cast<double>(dtype)).Add(device.substr(0, device.find(':')));
  const VisionConfig& vision = config.vision;
  for (const std::int64_t number :
       {vision.depth, vision.hidden_size, vision.intermediate_size, vision.num_heads, vision.in_channels,
        vision.patch_size, vision.temporal_patch_size, vision.spatial_merge_size, vision.out_hidden_size,
        vision.num_position_embeddings}) {
    digest.Add(static_cast<double>(number));
  }
  for (const std::int64_t layer : vision.deepstack_visual_indexes) digest.Add(static_cast<double>(layer));
  for (const auto& [name, tensor] : files->tensors()) {
    if (!name.starts_with(kTower)) continue;
    digest.Add(name).Add(tensor.type_name).Add(tensor.bytes);
  }
  return digest.Hex().substr(0, kDigits);
}

}  // namespace vlr
