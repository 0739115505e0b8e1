#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sidecar/api/schema.h"
#include "sidecar/api/score_body.h"

namespace {

using vlr::RerankResponse;
using namespace vlr::api;

RerankResponse AnswerTo(const vlr::RerankRequest& request) {
  RerankResponse response;
  response.documents.resize(request.documents.size());
  return response;
}

void Try(const Schema& schema, const vlr::json::Value& body) {
  try {
    const ScoringRequest request = schema.read(body, {});
    if (schema.write(request, AnswerTo(request.rerank), "id", "model").empty()) std::abort();
  } catch (const vlr::ErrorException& refusal) {
    if (schema.refuse(refusal.error(), 400, "id").body.empty()) std::abort();
  }
}

void TryScore(const vlr::json::Value& body) {
  try {
    const ScoreRequest request = ReadScoreRequest(body, {});
    std::vector<RerankResponse> responses;
    for (const auto& part : request.parts) responses.push_back(AnswerTo(part));
    if (WriteScoreResponse(responses, "id", "model").empty()) std::abort();
  } catch (const vlr::ErrorException& refusal) {
    if (refusal.error().message.empty()) std::abort();
  }
}

}  // namespace

// Every schema reads or refuses every JSON text; what is read can be answered.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = vlr::json::Document::Parse({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  for (const Schema* schema : {&kNativeSchema, &kCohereSchema, &kTeiSchema, &kInfinitySchema})
    Try(*schema, body->root());
  TryScore(body->root());
  return 0;
}
