#include "sidecar/api/cohere_body.h"

namespace vlr::api {
namespace {

void WriteWarning(json::Writer* out, std::size_t index, const Error& error) {
  const std::string part = error.part.empty() ? "" : "." + error.part;
  out->String("documents[" + std::to_string(index) + "]" + part + ": " + error.code + ": " + error.message);
}

void WriteMeta(json::Writer* out, const RerankResponse& response) {
  out->Key("meta").BeginObject().Key("api_version").BeginObject().Key("version").String("2").EndObject();
  out->Key("billed_units").BeginObject().Key("search_units").Integer(0).EndObject();
  out->Key("tokens").BeginObject().Key("input_tokens").Integer(response.usage.total_tokens).EndObject();
  out->Key("warnings").BeginArray();
  for (std::size_t i = 0; i < response.documents.size(); ++i) {
    const DocumentResult& document = response.documents[i];
    for (const Error& warning : document.warnings) WriteWarning(out, i, warning);
    if (document.error) WriteWarning(out, i, *document.error);
  }
  out->EndArray().EndObject();
}

}  // namespace

ScoringRequest ReadCohereRequest(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  ScoringRequest request;
  request.rerank.model = body.String("model").value_or("");
  request.return_documents = body.Bool("return_documents").value_or(false);
  ReadQueryAndDocuments(&body, {}, defaults, &request);
  request.top_n = ReadTopN(&body);
  SetDefaults(defaults, &request.rerank);
  body.Ignore({"max_chunks_per_doc", "max_tokens_per_doc", "priority", "relevant_spans"});
  body.RefuseOthers();
  return request;
}

std::string WriteCohereResponse(const ScoringRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string&) {
  json::Writer out;
  out.BeginObject().Key("id").String(id).Key("results").BeginArray();
  for (const std::size_t index : Ranking(request, response)) {
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(index));
    out.Key("relevance_score").Float32(response.documents[index].score);
    if (request.return_documents) out.Key("document").Raw(request.returned[index]);
    out.EndObject();
  }
  out.EndArray();
  WriteMeta(&out, response);
  out.EndObject();
  return out.Take();
}

}  // namespace vlr::api
