// text-embeddings-inference's rerank: a bare list of {"index", "score"}. Its clients expect as many results
// as texts, so a text that cannot be scored is there with the lowest score.
#pragma once

#include <string>

#include "sidecar/api/scoring_request.h"
#include "sidecar/http/message.h"

namespace vlr::api {

// "texts" or "documents" (Elasticsearch). Throws ErrorException ("invalid_request") with Error::part naming
// the field.
ScoringRequest ReadTeiRequest(const json::Value& body, const RequestDefaults& defaults);

std::string WriteTeiResponse(const ScoringRequest& request, const RerankResponse& response,
                             const std::string& id, const std::string& model);

// {"error": message, "error_type"}
http::Response TeiErrorResponse(const Error& error, int status, const std::string& request_id);

}  // namespace vlr::api
