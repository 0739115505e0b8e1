#include "sidecar/settings/advice.h"

#include <cstdint>

namespace vlr {

std::string CacheAdvice(const Settings& settings, const std::string& device) {
  const VisionCacheOptions& cache = settings.vision_cache;
  const auto on_gpu = static_cast<std::uint64_t>(settings.model.gpu_cache_bytes);
  if (!device.starts_with("cuda") || !cache.disk_path.empty() || cache.memory_bytes >= on_gpu) return {};
  return "vision_cache.memory_bytes (" + std::to_string(cache.memory_bytes) +
         ") is less than vision_cache.gpu_bytes (" + std::to_string(on_gpu) +
         "): pictures that only the GPU still holds are decoded anew";
}

}  // namespace vlr
