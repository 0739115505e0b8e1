#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"

// Whatever parses must print as JSON that parses again, and the quick way must read what the slow one reads:
// a byte order mark forces that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = vlr::json::Document::Parse(text);
  if (!text.starts_with(kMark)) {
    const auto slow = vlr::json::Document::Parse(std::string(kMark).append(text));
    if (slow.has_value() != document.has_value()) std::abort();
    if (slow && slow->root().Dump() != document->root().Dump()) std::abort();
  }
  if (!document) return 0;
  const std::string printed = document->root().Dump();
  if (!vlr::json::Document::Parse(printed)) std::abort();
  return 0;
}
