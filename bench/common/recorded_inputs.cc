#include "bench/common/recorded_inputs.h"

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "model/safetensors.h"

namespace vlr::bench {
namespace {

template <class T>
std::vector<T> ValuesOf(const StoredTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
  return values;
}

ByteBuffer BytesOf(const StoredTensor& tensor) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(tensor.bytes.data());
  return {bytes, bytes + tensor.bytes.size()};
}

// One case's media of a kind, in order.
std::vector<std::shared_ptr<const VisionPatches>> MediaOf(const TensorMap& tensors,
                                                          const std::string& prefix) {
  std::vector<std::shared_ptr<const VisionPatches>> media;
  for (;;) {
    const std::string name = prefix + "." + std::to_string(media.size());
    const auto values = tensors.find(name);
    if (values == tensors.end()) return media;
    const auto grid = ValuesOf<std::int32_t>(tensors.at(name + ".grid"));
    media.push_back(std::make_shared<VisionPatches>(
        VisionPatches{.bytes = BytesOf(values->second), .grid = {grid.at(0), grid.at(1), grid.at(2)}}));
  }
}

}  // namespace

RecordedInputs ReadInputs(const std::string& path) {
  constexpr std::string_view kSuffix = ".ids";
  const auto file = MappedFile::Open(path).value();
  const TensorMap tensors = ParseSafetensors(file->bytes(), path).value();
  const auto yes_no = ValuesOf<std::int32_t>(tensors.at("yes_no"));
  RecordedInputs recorded{{yes_no.at(0), yes_no.at(1)}, {}};
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(kSuffix)) continue;
    const std::string key = name.substr(0, name.size() - kSuffix.size());
    recorded.inputs[key] = {ValuesOf<std::int32_t>(tensor), MediaOf(tensors, key + ".image"),
                            MediaOf(tensors, key + ".video")};
  }
  return recorded;
}

}  // namespace vlr::bench
