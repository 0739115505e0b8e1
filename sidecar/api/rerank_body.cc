#include "sidecar/api/rerank_body.h"

#include <map>

#include "sidecar/api/media_options.h"

namespace vlr::api {
namespace {

constexpr std::int64_t kMaxLength = 1 << 20;

void ReadOptions(FieldReader* body, const RequestDefaults& defaults, RerankRequest* rerank) {
  PreparationOptions& preparation = rerank->preparation;
  preparation = defaults.preparation;
  if (const auto length = body->Integer("max_length", 1, kMaxLength))
    preparation.max_length = static_cast<int>(*length);
  ReadMediaOptions(body, &preparation);
  const std::string on_error = body->String("on_document_error").value_or("warn");
  if (on_error != "warn" && on_error != "fail") Refuse("on_document_error", "must be warn or fail");
  rerank->on_document_error = on_error == "fail" ? OnDocumentError::kFail : OnDocumentError::kWarn;
  const auto timeout = body->Integer("timeout_ms", 1, defaults.max_timeout.count());
  rerank->deadline =
      std::chrono::steady_clock::now() + (timeout ? std::chrono::milliseconds(*timeout) : defaults.timeout);
}

ScoringRequest ReadRequest(const json::Value& root, const RequestDefaults& defaults, ReturnedForm form) {
  FieldReader body(root, "");
  ScoringRequest request;
  RerankRequest& rerank = request.rerank;
  if (body.Take("texts")) Refuse("texts", "is TEI's key, which this route does not take");
  rerank.model = body.String("model").value_or("");
  request.return_documents = body.Bool("return_documents").value_or(false);
  ReadQueryAndDocuments(&body, {.returned = form}, defaults, &request);
  rerank.instruction = body.String("instruction").value_or("");
  request.top_n = ReadTopN(&body);
  request.min_score = body.Number("min_score", 0, 1).value_or(0.0);
  rerank.explain = body.Bool("explain").value_or(false);
  if (rerank.explain && form == ReturnedForm::kText)
    Refuse("explain", "has no place in this schema's answer");
  const bool raw = body.Bool("raw_scores").value_or(false);
  if (raw && form == ReturnedForm::kObject) Refuse("raw_scores", "true is not served here: scores are 0…1");
  request.raw_scores = raw;
  RefuseLogits(&body);
  ReadOptions(&body, defaults, &rerank);
  rerank.preparation.image.measure_quality = rerank.explain;
  IgnoreKeysOfOthers(&body);
  body.RefuseOthers();
  return request;
}

void WriteShares(json::Writer* out, const char* key, const std::map<std::string, double>& shares) {
  out->Key(key).BeginObject();
  for (const auto& [kind, share] : shares) out->Key(kind).Double(share);
  out->EndObject();
}

void WriteExplanation(json::Writer* out, const Explanation& explanation) {
  out->Key("explanation").BeginObject();
  WriteShares(out, "parts", explanation.parts);
  WriteShares(out, "contribution", explanation.contribution);
  out->Key("truncated_tokens").Integer(explanation.truncated_tokens);
  const auto facts = [&](const char* key, const std::vector<MediaFacts>& media, bool video) {
    out->Key(key).BeginArray();
    for (const MediaFacts& one : media) {
      out->BeginObject().Key("width").Integer(one.size.width).Key("height").Integer(one.size.height);
      if (video) out->Key("frames").Integer(one.frames);
      out->Key("tokens").Integer(one.tokens);
      if (one.quality) out->Key("quality").Double(*one.quality);
      out->EndObject();
    }
    out->EndArray();
  };
  facts("images", explanation.images, false);
  facts("videos", explanation.videos, true);
  out->EndObject();
}

}  // namespace

ScoringRequest ReadNativeRequest(const json::Value& body, const RequestDefaults& defaults) {
  return ReadRequest(body, defaults, ReturnedForm::kObject);
}

ScoringRequest ReadInfinityRequest(const json::Value& body, const RequestDefaults& defaults) {
  return ReadRequest(body, defaults, ReturnedForm::kText);
}

Result<ScoringRequest> ParseNativeRequest(std::string_view body, const RequestDefaults& defaults) {
  const auto document = json::Document::Parse(body, {.max_bytes = body.size()});
  if (!document) return document.error();
  try {
    return ReadNativeRequest(document->root(), defaults);
  } catch (const ErrorException& refusal) {
    return refusal.error();
  }
}

std::string WriteNativeResponse(const ScoringRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string& model,
                                const WriteOptions& options) {
  json::Writer out;
  out.BeginObject().Key("id").String(id).Key("model").String(model).Key("results").BeginArray();
  for (const std::size_t index : Ranking(request, response)) {
    const DocumentResult& document = response.documents[index];
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(index));
    out.Key("relevance_score").Float32(document.score);
    if (options.logits && !document.error) out.Key("logit").Float32(document.logit);
    if (request.return_documents) out.Key("document").Raw(request.returned[index]);
    WriteFaults(&out, document);
    if (document.explanation) WriteExplanation(&out, *document.explanation);
    out.EndObject();
  }
  out.EndArray().Key("usage");
  WriteUsage(&out, response.usage);
  out.Key("timing_ms");
  WriteTiming(&out, response.timing);
  out.EndObject();
  return out.Take();
}

}  // namespace vlr::api
