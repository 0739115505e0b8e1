// A way to ask for scores: how its body is read, its answer written and its refusal worded.
#pragma once

#include <string>

#include "sidecar/api/scoring_request.h"
#include "sidecar/http/message.h"

namespace vlr::api {

struct Schema {
  ScoringRequest (*read)(const json::Value& body, const RequestDefaults& defaults);
  std::string (*write)(const ScoringRequest& request, const RerankResponse& response, const std::string& id,
                       const std::string& model);
  http::Response (*refuse)(const Error& error, int status, const std::string& request_id);
};

extern const Schema kNativeSchema;
extern const Schema kCohereSchema;
extern const Schema kTeiSchema;
extern const Schema kInfinitySchema;

// The native routes answer a body with "texts" as TEI.
const Schema& NativeOrTei(const json::Value& body);

}  // namespace vlr::api
