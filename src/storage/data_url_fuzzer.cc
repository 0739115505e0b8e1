// No text crashes the decoder, and nothing over the limit comes out.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "storage/data_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLimit = 64;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& url : {text, "data:," + text, "data:;base64," + text}) {
    const auto bytes = vlr::DecodeDataUrl(url, kLimit);
    if (bytes && bytes->size() > kLimit) std::abort();
  }
  return 0;
}
