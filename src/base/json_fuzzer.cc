#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

// Whatever parses must print as JSON that parses again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = vlr::json::Document::Parse(text);
  if (!document) return 0;
  const std::string printed = document->root().Dump();
  if (!vlr::json::Document::Parse(printed)) std::abort();
  return 0;
}
