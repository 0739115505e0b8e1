#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sidecar/api/warm_body.h"

// A body is read, each medium taken or refused, or refused with a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = vlr::json::Document::Parse({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  try {
    const vlr::api::WarmRequest request = vlr::api::ReadWarmRequest(body->root(), {});
    const std::size_t listed = body->root().Find("media")->size();
    if (request.media.size() != request.indices.size()) std::abort();
    if (request.media.size() + request.refused.size() != listed) std::abort();
    for (const vlr::WarmMedium& medium : request.media) {
      if (medium.media.url.empty() == medium.media.frames.empty()) std::abort();
    }
    vlr::api::WriteWarmResponse(request, std::vector<vlr::WarmResult>(request.media.size()));
  } catch (const vlr::ErrorException& refusal) {
    if (refusal.error().message.empty()) std::abort();
  }
  return 0;
}
