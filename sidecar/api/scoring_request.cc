#include "sidecar/api/scoring_request.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace vlr::api {
namespace {

// The logit of what could not be scored: its sigmoid is 0 in float32.
constexpr float kUnscoredLogit = -200.0F;

std::string At(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string AsJsonString(const std::string& text) {
  json::Writer out;
  out.String(text);
  return out.Take();
}

std::string JoinedTexts(const Content& content) {
  std::string text;
  for (const std::string_view part : content.texts) {
    if (!text.empty()) text += '\n';
    text += part;
  }
  return text;
}

std::string Returned(const json::Value& value, const Content& content, ReturnedForm form) {
  if (form == ReturnedForm::kText) return AsJsonString(JoinedTexts(content));
  return value.IsString() ? "{\"text\":" + value.Dump() + "}" : value.Dump();
}

std::vector<std::string> ReadRankFields(FieldReader* body) {
  std::vector<std::string> names;
  const auto fields = body->Take("rank_fields");
  if (!fields) return names;
  if (!fields->IsArray()) Refuse("rank_fields", "must be a list of names");
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const json::Value name = (*fields)[i];
    if (!name.IsString()) Refuse(At("rank_fields", i), "must be a string");
    names.emplace_back(name.AsString());
  }
  return names;
}

void WriteError(json::Writer* out, const Error& error) {
  out->BeginObject().Key("code").String(error.code);
  if (!error.part.empty()) out->Key("part").String(error.part);
  out->Key("message").String(error.message).EndObject();
}

}  // namespace

void MediaBudget::Add(const Content& content, const std::string& path) {
  used_ += CountMedia(content);
  if (used_ > limit_) {
    Refuse(path, "brings the images, videos and frames of the request over " + std::to_string(limit_));
  }
}

std::vector<json::Value> DocumentList(const json::Value& value, const std::string& path,
                                      const RequestDefaults& defaults) {
  std::optional<json::Value> list = value;
  if (value.IsObject()) list = value.Find("content");
  if (!list || !list->IsArray() || (value.IsObject() && value.size() != 1)) {
    Refuse(path, "must be a list, not " + std::string(value.TypeName()));
  }
  if (list->size() > defaults.max_documents) {
    Refuse(path, "has " + std::to_string(list->size()) + " entries; at most " +
                     std::to_string(defaults.max_documents) + " are taken");
  }
  std::vector<json::Value> documents;
  documents.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i) documents.push_back((*list)[i]);
  return documents;
}

void ReadQueryAndDocuments(FieldReader* body, const DocumentForm& form, const RequestDefaults& defaults,
                           ScoringRequest* request) {
  const auto query = body->Take("query");
  if (!query) Refuse("query", "is missing");
  MediaBudget media(defaults.max_media);
  request->rerank.query = ReadContent(*query, "query");
  media.Add(request->rerank.query, "query");

  const auto documents = body->Take(form.key);
  if (!documents) Refuse(form.key, "is missing");
  const bool parts = documents->IsObject();
  const std::string list_path = parts ? form.key + ".content" : form.key;
  const std::vector<std::string> rank_fields =
      form.rank_fields ? ReadRankFields(body) : std::vector<std::string>();
  std::size_t index = 0;
  const std::vector<json::Value> list = DocumentList(*documents, form.key, defaults);
  request->rerank.documents.reserve(list.size());
  for (const json::Value& document : list) {
    Content& content = request->rerank.documents.emplace_back();
    if (document.IsString() && !parts) {  // the usual one, of which nothing can be complained
      content.texts.push_back(document.AsText());
    } else {
      const std::string path = At(list_path, index);
      content = parts ? ReadContentPart(document, path) : ReadDocument(document, path, rank_fields);
      media.Add(content, path);
    }
    ++index;
    if (request->return_documents) request->returned.push_back(Returned(document, content, form.returned));
  }
}

std::optional<std::size_t> ReadTopN(FieldReader* body) {
  const auto top_n = body->Integer("top_n", 0, INT32_MAX);
  if (!top_n || *top_n == 0) return std::nullopt;
  return static_cast<std::size_t>(*top_n);
}

void SetDefaults(const RequestDefaults& defaults, RerankRequest* rerank) {
  rerank->preparation = defaults.preparation;
  rerank->deadline = std::chrono::steady_clock::now() + defaults.timeout;
}

void IgnoreKeysOfOthers(FieldReader* body) {
  body->Ignore({"user", "priority", "request_id", "max_chunks_per_doc", "max_tokens_per_doc",
                "max_tokens_per_query", "max_doc_length", "max_query_length", "truncation", "truncation_side",
                "truncate_prompt_tokens", "return_embeddings", "relevant_spans", "mm_processor_kwargs",
                "media_io_kwargs", "cache_salt", "padding", "add_special_tokens", "chat_template_kwargs"});
}

void RefuseLogits(FieldReader* body) {
  for (const char* key : {"use_activation", "activation", "softmax"}) {
    if (!body->Bool(key).value_or(true)) Refuse(key, "false is not served: scores are 0…1");
  }
}

std::vector<std::size_t> Ranking(const ScoringRequest& request, const RerankResponse& response) {
  const auto& documents = response.documents;
  std::vector<std::size_t> order(documents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (documents[a].error.has_value() != documents[b].error.has_value()) return !documents[a].error;
    return documents[a].score > documents[b].score;
  });
  std::erase_if(order,
                [&](std::size_t i) { return static_cast<double>(documents[i].score) < request.min_score; });
  if (request.top_n && *request.top_n < order.size()) order.resize(*request.top_n);
  return order;
}

float PrintedScore(const ScoringRequest& request, const DocumentResult& document) {
  if (!request.raw_scores) return document.score;
  return document.error ? kUnscoredLogit : document.logit;
}

void WriteUsage(json::Writer* out, const Usage& usage) {
  out->BeginObject().Key("prompt_tokens").Integer(usage.total_tokens);
  out->Key("total_tokens").Integer(usage.total_tokens).Key("image_tokens").Integer(usage.image_tokens);
  out->Key("video_tokens").Integer(usage.video_tokens).Key("video_frames").Integer(usage.video_frames);
  out->Key("cached_images").Integer(usage.cached_images).EndObject();
}

void WriteTiming(json::Writer* out, const Timing& timing) {
  out->BeginObject().Key("queue").Double(timing.queue).Key("fetch").Double(timing.fetch);
  out->Key("decode").Double(timing.decode).Key("model").Double(timing.model);
  out->Key("total").Double(timing.total).EndObject();
}

void WriteFaults(json::Writer* out, const DocumentResult& document) {
  if (document.error) {
    out->Key("error");
    WriteError(out, *document.error);
  }
  if (document.warnings.empty()) return;
  out->Key("warnings").BeginArray();
  for (const Error& warning : document.warnings) WriteError(out, warning);
  out->EndArray();
}

}  // namespace vlr::api
