// vLLM's score: pairs, each answered in its place. One query with many documents, or as many queries as
// documents.
#pragma once

#include <string>
#include <vector>

#include "sidecar/api/scoring_request.h"

namespace vlr::api {

struct ScoreRequest {
  // One with all documents, or one a pair; their documents, one request after another, are the pairs.
  std::vector<RerankRequest> parts;
};

// The query side is text_1, data_1 or queries, the other text_2, data_2, items or documents. Throws
// ErrorException ("invalid_request") with Error::part naming the field.
ScoreRequest ReadScoreRequest(const json::Value& body, const RequestDefaults& defaults);

// `responses`: one for each part. A pair that could not be scored has the score 0 and an "error".
std::string WriteScoreResponse(const std::vector<RerankResponse>& responses, const std::string& id,
                               const std::string& model);

}  // namespace vlr::api
