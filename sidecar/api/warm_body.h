// /v1/warm: media to encode into the vision cache.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rerank/warmer.h"
#include "sidecar/api/scoring_request.h"

namespace vlr::api {

struct WarmRefusal {
  std::size_t index;  // in the body's list
  Error error;
};

struct WarmRequest {
  std::string model;  // empty: whatever is loaded
  std::vector<WarmMedium> media;
  std::vector<std::size_t> indices;  // of `media` in the body's list
  std::vector<WarmRefusal> refused;  // those that are no reference to a medium
  PreparationOptions preparation;
};

// Throws ErrorException ("invalid_request") with Error::part naming the field; one malformed medium among
// others is refused alone.
WarmRequest ReadWarmRequest(const json::Value& body, const RequestDefaults& defaults);

// {"accepted", "already_cached", "refused"}: each medium of the request is counted in one of them.
std::string WriteWarmResponse(const WarmRequest& request, const std::vector<WarmResult>& results);

}  // namespace vlr::api
