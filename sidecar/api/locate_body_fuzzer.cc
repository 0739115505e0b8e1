#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sidecar/api/locate_body.h"

// A body is read or refused with a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = vlr::json::Document::Parse({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  try {
    const vlr::LocateRequest request = vlr::api::ReadLocateRequest(body->root(), {});
    if (!(request.window_s > 0) || !(request.stride_s > 0) || request.video.url.empty()) std::abort();
  } catch (const vlr::ErrorException& refusal) {
    if (refusal.error().message.empty()) std::abort();
  }
  return 0;
}
