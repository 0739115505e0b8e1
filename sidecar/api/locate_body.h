// /v1/locate: one query, one long video, its best moments.
#pragma once

#include <string>

#include "rerank/locator.h"
#include "sidecar/api/scoring_request.h"

namespace vlr::api {

// Throws ErrorException ("invalid_request") with Error::part naming the field.
LocateRequest ReadLocateRequest(const json::Value& body, const RequestDefaults& defaults);

std::string WriteLocateResponse(const LocateResponse& response, const std::string& id,
                                const std::string& model);

}  // namespace vlr::api
