#include "sidecar/api/infinity_body.h"

#include <ctime>

namespace vlr::api {

std::string WriteInfinityResponse(const ScoringRequest& request, const RerankResponse& response,
                                  const std::string& id, const std::string& model) {
  json::Writer out;
  out.BeginObject().Key("object").String("rerank").Key("id").String(id).Key("model").String(model);
  out.Key("created").Integer(std::time(nullptr)).Key("results").BeginArray();
  for (const std::size_t index : Ranking(request, response)) {
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(index));
    out.Key("relevance_score").Float32(PrintedScore(request, response.documents[index]));
    if (request.return_documents) out.Key("document").Raw(request.returned[index]);
    out.EndObject();
  }
  out.EndArray().Key("usage");
  WriteUsage(&out, response.usage);
  out.EndObject();
  return out.Take();
}

}  // namespace vlr::api
