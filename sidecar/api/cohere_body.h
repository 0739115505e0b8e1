// Cohere's rerank, version 2: no key of ours inside results[], where Elasticsearch's client stops at what it
// does not know.
#pragma once

#include <string>

#include "sidecar/api/scoring_request.h"

namespace vlr::api {

// Throws ErrorException ("invalid_request") with Error::part naming the field.
ScoringRequest ReadCohereRequest(const json::Value& body, const RequestDefaults& defaults);

// Warnings and errors of documents stand in meta.warnings, one sentence each.
std::string WriteCohereResponse(const ScoringRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string& model);

}  // namespace vlr::api
