// Any bytes: parsing gives an error or tensors whose spans lie inside the bytes.
#include <cstdint>
#include <cstdlib>

#include "model/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto tensors = vlr::ParseSafetensors(bytes, "fuzz");
  if (!tensors) return 0;
  for (const auto& [name, tensor] : *tensors) {
    if (tensor.bytes.data() < bytes.data() ||
        tensor.bytes.data() + tensor.bytes.size() > bytes.data() + bytes.size()) {
      std::abort();
    }
  }
  return 0;
}
