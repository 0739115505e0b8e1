// Infinity's rerank answer: the native request, documents as plain strings. LiteLLM's infinity provider sends
// what its vLLM provider sends and reads this.
#pragma once

#include <string>

#include "sidecar/api/scoring_request.h"

namespace vlr::api {

// The request is ReadInfinityRequest's (rerank_body.h).
std::string WriteInfinityResponse(const ScoringRequest& request, const RerankResponse& response,
                                  const std::string& id, const std::string& model);

}  // namespace vlr::api
