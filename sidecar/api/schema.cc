#include "sidecar/api/schema.h"

#include "sidecar/api/cohere_body.h"
#include "sidecar/api/errors.h"
#include "sidecar/api/infinity_body.h"
#include "sidecar/api/rerank_body.h"
#include "sidecar/api/tei_body.h"

namespace vlr::api {
namespace {

std::string WriteNative(const ScoringRequest& request, const RerankResponse& response, const std::string& id,
                        const std::string& model) {
  return WriteNativeResponse(request, response, id, model);
}

}  // namespace

const Schema kNativeSchema{ReadNativeRequest, WriteNative, ErrorResponse};
const Schema kCohereSchema{ReadCohereRequest, WriteCohereResponse, ErrorResponse};
const Schema kTeiSchema{ReadTeiRequest, WriteTeiResponse, TeiErrorResponse};
const Schema kInfinitySchema{ReadInfinityRequest, WriteInfinityResponse, ErrorResponse};

const Schema& NativeOrTei(const json::Value& body) {
  const auto texts = body.Find("texts");
  return texts && !texts->IsNull() ? kTeiSchema : kNativeSchema;
}

}  // namespace vlr::api
