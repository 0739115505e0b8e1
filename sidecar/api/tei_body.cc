#include "sidecar/api/tei_body.h"

#include "sidecar/api/errors.h"

namespace vlr::api {
namespace {

const char* TypeOf(int status) {
  if (status == 429) return "Overloaded";
  if (status == 503) return "Unhealthy";
  return status >= 500 ? "Backend" : "Validation";
}

}  // namespace

ScoringRequest ReadTeiRequest(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  ScoringRequest request;
  const bool documents = body.Take("documents").has_value();
  if (documents && body.Take("texts")) Refuse("texts", "and documents are the same thing: give one");
  for (const char* key : {"return_text", "return_documents"}) {
    if (body.Bool(key).value_or(false)) request.return_documents = true;
  }
  const DocumentForm form{documents ? "documents" : "texts", ReturnedForm::kText, false};
  ReadQueryAndDocuments(&body, form, defaults, &request);
  request.top_n = ReadTopN(&body);
  request.raw_scores = body.Bool("raw_scores").value_or(false);
  SetDefaults(defaults, &request.rerank);
  // TEI serves one model, so the name that some clients send along means nothing to it.
  body.Ignore({"texts", "model", "truncate", "truncation_direction"});
  body.RefuseOthers();
  return request;
}

std::string WriteTeiResponse(const ScoringRequest& request, const RerankResponse& response,
                             const std::string&, const std::string&) {
  json::Writer out;
  out.BeginArray();
  for (const std::size_t index : Ranking(request, response)) {
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(index));
    out.Key("score").Float32(PrintedScore(request, response.documents[index]));
    if (request.return_documents) out.Key("text").Raw(request.returned[index]);
    out.EndObject();
  }
  out.EndArray();
  return out.Take();
}

http::Response TeiErrorResponse(const Error& error, int status, const std::string&) {
  json::Writer out;
  out.BeginObject().Key("error").String(error.message).Key("error_type").String(TypeOf(status)).EndObject();
  http::Response response;
  response.status = status;
  response.error_code = error.code;
  response.body = out.Take();
  AddRetryAfter(error, &response);
  return response;
}

}  // namespace vlr::api
