// How full a GPU is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vlr {

struct GpuMemory {
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;  // by all processes
};

// Of a device that a model was loaded on: asking for another one would wake it. Nothing for "cpu", and when
// the driver does not say. Thread safe.
std::optional<GpuMemory> ReadGpuMemory(const std::string& device);

// Bytes that this process's tensors took at most on such a device since its last model was loaded; nothing
// for "cpu".
std::optional<std::int64_t> PeakTensorBytes(const std::string& device);

}  // namespace vlr
