// The native rerank body, a superset of Jina's, Cohere v1's and vLLM's: JSON in, values out, JSON back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "rerank/request.h"

namespace vlr::api {

// What a request that says nothing of it gets, and what none may exceed.
struct RequestDefaults {
  PreparationOptions preparation;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds max_timeout{600'000};
  std::size_t max_documents = 1000;
  std::size_t max_media = 1000;
};

struct NativeRequest {
  RerankRequest rerank;
  std::optional<std::size_t> top_n;
  double min_score = 0.0;
  bool return_documents = false;
  std::vector<std::string> document_json;  // as the caller wrote them, when return_documents
};

// Errors: "invalid_json", "invalid_request" with Error::part naming the field.
Result<NativeRequest> ParseNativeRequest(std::string_view body, const RequestDefaults& defaults);

struct WriteOptions {
  bool logits = false;  // adds "logit" to each result
};

// The native response: sorted by score, ties by index, documents with an error last.
std::string WriteNativeResponse(const NativeRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string& model,
                                const WriteOptions& options = {});

}  // namespace vlr::api
