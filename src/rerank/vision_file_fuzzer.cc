// Bytes as a file of the vision cache; what is taken must read back as it was written.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rerank/vision_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const std::string key = "key";
  const auto parsed = vlr::ParseVisionFile(file, key);
  if (!parsed) return 0;
  const auto& values = parsed->encoded->values;
  const std::string again = vlr::VisionFileHead(key, *parsed) +
                            std::string(reinterpret_cast<const char*>(values.data()), values.size());
  if (again != file) __builtin_trap();
  return 0;
}
