#include "sidecar/api/rerank_body.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "sidecar/api/content_reader.h"
#include "sidecar/api/field_reader.h"

namespace vlr::api {
namespace {

constexpr std::int64_t kMaxLength = 1 << 20;
constexpr std::int64_t kMaxFrames = 100'000;
constexpr double kMaxFps = 1000;
constexpr std::int64_t kMaxSide = 16'384;
constexpr double kMaxBlurSigma = 100;

const std::map<std::string, Size, std::less<>>& Profiles() {
  static const std::map<std::string, Size, std::less<>> profiles = {
      {"general", {1024, 768}}, {"product", {1280, 960}}, {"art", {800, 600}}, {"document", {1024, 768}}};
  return profiles;
}

void ReadImageOptions(const json::Value& value, ImageRequest* image) {
  FieldReader fields(value, "image");
  const std::string resize = fields.String("resize").value_or("native");
  if (resize != "native" && resize != "fit" && resize != "crop") {
    Refuse("image.resize", "must be native, fit or crop");
  }
  if (resize != "native") Refuse("image.resize", "fit and crop are not served by this version");
  const std::string profile = fields.String("profile").value_or("general");
  const auto box = Profiles().find(profile);
  if (box == Profiles().end()) Refuse("image.profile", "must be general, product, art or document");
  image->box = box->second;
  if (const auto width = fields.Integer("width", 1, kMaxSide)) image->box.width = static_cast<int>(*width);
  if (const auto height = fields.Integer("height", 1, kMaxSide))
    image->box.height = static_cast<int>(*height);
  if (fields.Number("blur_sigma", 0, kMaxBlurSigma).value_or(0) > 0) {
    Refuse("image.blur_sigma", "above 0 is not served by this version");
  }
  if (fields.Number("quality_threshold", 0, 1).value_or(0) > 0) {
    Refuse("image.quality_threshold", "above 0 is not served by this version");
  }
  fields.RefuseOthers();
}

void ReadOptions(FieldReader* body, const RequestDefaults& defaults, RerankRequest* rerank) {
  PreparationOptions& preparation = rerank->preparation;
  preparation = defaults.preparation;
  if (const auto fps = body->Number("fps", 0.001, kMaxFps)) preparation.fps = *fps;
  if (const auto frames = body->Integer("max_frames", 1, kMaxFrames))
    preparation.max_frames = static_cast<int>(*frames);
  if (const auto length = body->Integer("max_length", 1, kMaxLength))
    preparation.max_length = static_cast<int>(*length);
  if (const auto image = body->Take("image")) ReadImageOptions(*image, &preparation.image);
  const std::string on_error = body->String("on_document_error").value_or("warn");
  if (on_error != "warn" && on_error != "fail") Refuse("on_document_error", "must be warn or fail");
  rerank->on_document_error = on_error == "fail" ? OnDocumentError::kFail : OnDocumentError::kWarn;
  const auto timeout = body->Integer("timeout_ms", 1, defaults.max_timeout.count());
  rerank->deadline =
      std::chrono::steady_clock::now() + (timeout ? std::chrono::milliseconds(*timeout) : defaults.timeout);
}

NativeRequest Read(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  NativeRequest request;
  RerankRequest& rerank = request.rerank;
  rerank.model = body.String("model").value_or("");
  const auto query = body.Take("query");
  if (!query) Refuse("query", "is missing");
  rerank.query = ReadContent(*query, "query");
  std::size_t media = CountMedia(rerank.query);

  const auto documents = body.Take("documents");
  if (!documents) Refuse("documents", "is missing");
  if (!documents->IsArray()) Refuse("documents", "must be a list, not " + std::string(documents->TypeName()));
  if (documents->size() > defaults.max_documents) {
    Refuse("documents", "has " + std::to_string(documents->size()) + " entries; at most " +
                            std::to_string(defaults.max_documents) + " are taken");
  }
  request.return_documents = body.Bool("return_documents").value_or(false);
  for (std::size_t i = 0; i < documents->size(); ++i) {
    const std::string path = "documents[" + std::to_string(i) + "]";
    rerank.documents.push_back(ReadContent((*documents)[i], path));
    media += CountMedia(rerank.documents.back());
    if (media > defaults.max_media) {
      Refuse(path, "brings the images, videos and frames of the request over " +
                       std::to_string(defaults.max_media));
    }
    if (request.return_documents) request.document_json.push_back((*documents)[i].Dump());
  }
  rerank.instruction = body.String("instruction").value_or("");
  if (const auto top_n = body.Integer("top_n", 0, INT32_MAX))
    request.top_n = static_cast<std::size_t>(*top_n);
  request.min_score = body.Number("min_score", 0, 1).value_or(0.0);
  if (body.Bool("explain").value_or(false)) Refuse("explain", "is not served by this version");
  if (body.Bool("raw_scores").value_or(false)) Refuse("raw_scores", "true is not served: scores are 0…1");
  ReadOptions(&body, defaults, &rerank);
  body.Ignore({"rank_fields", "max_chunks_per_doc", "max_tokens_per_doc", "max_tokens_per_query",
               "truncation", "truncation_side", "truncate_prompt_tokens", "priority", "user",
               "return_embeddings"});
  body.RefuseOthers();
  return request;
}

void WriteError(json::Writer* out, const Error& error) {
  out->BeginObject().Key("code").String(error.code);
  if (!error.part.empty()) out->Key("part").String(error.part);
  out->Key("message").String(error.message).EndObject();
}

// A document that came as a bare string goes back as {"text": …}, which is what Jina's and vLLM's clients
// read.
std::string ReturnedDocument(const std::string& json) {
  return json.starts_with('"') ? "{\"text\":" + json + "}" : json;
}

}  // namespace

Result<NativeRequest> ParseNativeRequest(std::string_view body, const RequestDefaults& defaults) {
  const auto document = json::Document::Parse(body, {.max_bytes = body.size()});
  if (!document) return document.error();
  try {
    return Read(document->root(), defaults);
  } catch (const ErrorException& refusal) {
    return refusal.error();
  }
}

std::string WriteNativeResponse(const NativeRequest& request, const RerankResponse& response,
                                const std::string& id, const std::string& model,
                                const WriteOptions& options) {
  std::vector<std::size_t> order(response.documents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const DocumentResult& left = response.documents[a];
    const DocumentResult& right = response.documents[b];
    if (left.error.has_value() != right.error.has_value()) return !left.error.has_value();
    return left.score > right.score;
  });

  json::Writer out;
  out.BeginObject().Key("id").String(id).Key("model").String(model).Key("results").BeginArray();
  std::size_t written = 0;
  for (const std::size_t index : order) {
    const DocumentResult& document = response.documents[index];
    if (request.top_n && written == *request.top_n) break;
    if (static_cast<double>(document.score) < request.min_score) continue;
    ++written;
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(index));
    out.Key("relevance_score").Float32(document.score);
    if (options.logits && !document.error) out.Key("logit").Float32(document.logit);
    if (request.return_documents) out.Key("document").Raw(ReturnedDocument(request.document_json[index]));
    if (document.error) {
      out.Key("error");
      WriteError(&out, *document.error);
    }
    if (!document.warnings.empty()) {
      out.Key("warnings").BeginArray();
      for (const Error& warning : document.warnings) WriteError(&out, warning);
      out.EndArray();
    }
    out.EndObject();
  }
  out.EndArray();
  const Usage& usage = response.usage;
  out.Key("usage").BeginObject().Key("prompt_tokens").Integer(usage.total_tokens);
  out.Key("total_tokens").Integer(usage.total_tokens).Key("image_tokens").Integer(usage.image_tokens);
  out.Key("video_tokens").Integer(usage.video_tokens).Key("video_frames").Integer(usage.video_frames);
  out.Key("cached_images").Integer(usage.cached_images).EndObject();
  const Timing& timing = response.timing;
  out.Key("timing_ms").BeginObject().Key("queue").Double(timing.queue).Key("fetch").Double(timing.fetch);
  out.Key("decode").Double(timing.decode).Key("model").Double(timing.model).Key("total").Double(timing.total);
  out.EndObject().EndObject();
  return out.Take();
}

}  // namespace vlr::api
