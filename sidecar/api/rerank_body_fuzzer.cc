#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sidecar/api/rerank_body.h"

// A body is read or refused with a code and a message; what is read can be answered.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto request = vlr::api::ParseNativeRequest(body, {});
  if (!request) {
    if (request.error().code.empty() || request.error().message.empty()) std::abort();
    return 0;
  }
  vlr::RerankResponse response;
  response.documents.resize(request->rerank.documents.size());
  if (vlr::api::WriteNativeResponse(*request, response, "id", "model").empty()) std::abort();
  return 0;
}
