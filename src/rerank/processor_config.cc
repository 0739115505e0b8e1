#include "rerank/processor_config.h"

#include <array>
#include <filesystem>

#include "base/json.h"

namespace vlr {
namespace {

constexpr json::Limits kLimits{.max_bytes = std::size_t{1} << 20};

Error Invalid(const std::string& file, const std::string& key, const std::string& why) {
  return {"model_invalid", file + ": " + key + " " + why, file + ": " + key};
}

Result<void> ReadTriple(const json::Value& root, const std::string& file, const std::string& key,
                        std::array<float, 3>* out) {
  const auto value = root.Find(key);
  if (!value || value->IsNull()) return {};
  if (!value->IsArray() || value->size() != out->size())
    return Invalid(file, key, "must be an array of three numbers");
  for (std::size_t i = 0; i < out->size(); ++i) {
    if (!(*value)[i].IsNumber()) return Invalid(file, key, "must be an array of three numbers");
    (*out)[i] = static_cast<float>((*value)[i].AsNumber());
  }
  return {};
}

Result<void> Agree(const json::Value& root, const std::string& file, const std::string& key, int expected) {
  const auto value = root.Find(key);
  if (!value || value->IsNull()) return {};
  if (!value->IsInteger() || value->AsInteger() != expected) {
    return Invalid(file, key, "is " + value->Dump() + " where config.json has " + std::to_string(expected));
  }
  return {};
}

Result<PatchLayout> ReadLayout(const std::string& directory, const std::string& file, PatchLayout layout) {
  const auto document = json::ParseFile((std::filesystem::path(directory) / file).string(), kLimits);
  if (!document) return document.error();
  const json::Value root = document->root();
  if (!root.IsObject()) return Invalid(file, "", "must hold a JSON object");
  for (const auto& agreed : {Agree(root, file, "patch_size", layout.patch),
                             Agree(root, file, "temporal_patch_size", layout.temporal),
                             Agree(root, file, "merge_size", layout.merge)}) {
    if (!agreed) return agreed.error();
  }
  if (const auto mean = ReadTriple(root, file, "image_mean", &layout.mean); !mean) return mean.error();
  if (const auto deviation = ReadTriple(root, file, "image_std", &layout.std); !deviation)
    return deviation.error();
  for (const float deviation : layout.std) {
    if (!(deviation > 0)) return Invalid(file, "image_std", "must be positive");
  }
  return layout;
}

}  // namespace

Result<ProcessorConfig> LoadProcessorConfig(const std::string& directory, const VisionConfig& vision) {
  PatchLayout layout;
  layout.patch = static_cast<int>(vision.patch_size);
  layout.temporal = static_cast<int>(vision.temporal_patch_size);
  layout.merge = static_cast<int>(vision.spatial_merge_size);
  const auto image = ReadLayout(directory, "preprocessor_config.json", layout);
  if (!image) return image.error();
  ProcessorConfig config{*image, *image};
  const std::string video_file = "video_preprocessor_config.json";
  if (std::filesystem::exists(std::filesystem::path(directory) / video_file)) {
    const auto video = ReadLayout(directory, video_file, layout);
    if (!video) return video.error();
    config.video = *video;
  }
  return config;
}

}  // namespace vlr
