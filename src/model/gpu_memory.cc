#include "model/gpu_memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <exception>

#include "model/device.h"

namespace vlr {

std::optional<GpuMemory> ReadGpuMemory(const std::string& name) {
  if (name == "cpu") return std::nullopt;
  const auto device = OpenDevice(name);
  if (!device || !device->is_cuda()) return std::nullopt;
  try {
    const auto [free, total] = c10::getDeviceAllocator(device->type())->getMemoryInfo(device->index());
    return GpuMemory{total, total - free};
  } catch (const std::exception&) {  // a metric is not worth an error
    return std::nullopt;
  }
}

std::optional<std::int64_t> PeakTensorBytes(const std::string& name) {
  if (name == "cpu") return std::nullopt;
  const auto device = OpenDevice(name);
  if (!device || !device->is_cuda()) return std::nullopt;
  return c10::getDeviceAllocator(device->type())->getDeviceStats(device->index()).allocated_bytes[0].peak;
}

}  // namespace vlr
