// The native rerank body, a superset of Jina's, Cohere v1's and vLLM's: JSON in, values out, JSON back.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "sidecar/api/scoring_request.h"

namespace vlr::api {

// Throws ErrorException ("invalid_request") with Error::part naming the field.
ScoringRequest ReadNativeRequest(const json::Value& body, const RequestDefaults& defaults);
// Infinity's body is the native one; its documents go back as strings, and raw_scores is served.
ScoringRequest ReadInfinityRequest(const json::Value& body, const RequestDefaults& defaults);
// ReadNativeRequest from text. Errors: also "invalid_json".
Result<ScoringRequest> ParseNativeRequest(std::string_view body, const RequestDefaults& defaults);

struct WriteOptions {
  bool logits = false;  // adds "logit" to each result
};

// The native response: sorted by score, ties by index, documents with an error last.
std::string WriteNativeResponse(const ScoringRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string& model,
                                const WriteOptions& options = {});

}  // namespace vlr::api
