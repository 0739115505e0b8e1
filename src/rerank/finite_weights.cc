#include "rerank/finite_weights.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vlr {
namespace {

// Whether a word has all exponent bits set: infinity or NaN. Looks at whole blocks, which compilers turn into
// vector instructions.
template <class Word>
bool HoldsNonFinite(std::span<const std::byte> bytes, Word exponent) {
  std::array<Word, 4096> block{};
  while (bytes.size() >= sizeof(Word)) {
    const std::size_t words = std::min(block.size(), bytes.size() / sizeof(Word));
    std::memcpy(block.data(), bytes.data(), words * sizeof(Word));
    bool found = false;
    for (std::size_t i = 0; i < words; ++i) found |= (block[i] & exponent) == exponent;
    if (found) return true;
    bytes = bytes.subspan(words * sizeof(Word));
  }
  return false;
}

bool IsFinite(const StoredTensor& tensor) {
  switch (tensor.type) {
    case StorageType::kFloat32:
      return !HoldsNonFinite<std::uint32_t>(tensor.bytes, 0x7F800000);
    case StorageType::kFloat16:
      return !HoldsNonFinite<std::uint16_t>(tensor.bytes, 0x7C00);
    case StorageType::kBFloat16:
      return !HoldsNonFinite<std::uint16_t>(tensor.bytes, 0x7F80);
    case StorageType::kOther:
      break;
  }
  return true;
}

}  // namespace

Result<void> CheckFiniteWeights(const TensorFiles& files) {
  for (const auto& [name, tensor] : files.tensors()) {
    if (!IsFinite(tensor)) {
      return Error{"model_invalid", tensor.file + ": tensor " + name + " holds NaN or infinity",
                   tensor.file + ": " + name};
    }
  }
  return {};
}

}  // namespace vlr
