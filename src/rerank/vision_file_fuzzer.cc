// Bytes as a file of the vision cache, and as what one is made of, which a checksum keeps the former from
// becoming: what is taken must read back as it was written.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rerank/vision_file.h"

namespace {

std::string FileOf(const std::string& key, const vlr::CachedVision& vision) {
  const auto& values = vision.encoded->values;
  return vlr::VisionFileHead(key, vision) +
         std::string(reinterpret_cast<const char*>(values.data()), values.size());
}

void Read(const std::string& file, const std::string& key, bool must) {
  const auto parsed = vlr::ParseVisionFile(file, key);
  if (must && !parsed) __builtin_trap();
  if (parsed && FileOf(key, *parsed) != file) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Read(std::string(reinterpret_cast<const char*>(data), size), "key", false);

  FuzzedDataProvider source(data, size);
  auto encoded = std::make_shared<vlr::EncodedVision>();
  encoded->layers = source.ConsumeIntegral<std::int32_t>();
  encoded->tokens = source.ConsumeIntegral<std::int64_t>();
  encoded->hidden = source.ConsumeIntegral<std::int64_t>();
  vlr::CachedVision vision;
  vision.grid = {source.ConsumeIntegral<std::int32_t>(), source.ConsumeIntegral<std::int32_t>(),
                 source.ConsumeIntegral<std::int32_t>()};
  const std::string key = source.ConsumeRandomLengthString();
  vision.note = source.ConsumeRandomLengthString();
  encoded->values = source.ConsumeRemainingBytes<std::byte>();
  vision.encoded = std::move(encoded);
  Read(FileOf(key, vision), key, true);
  return 0;
}
