#include "sidecar/api/score_body.h"

#include <ctime>
#include <initializer_list>
#include <utility>

namespace vlr::api {
namespace {

struct Side {
  std::string key;
  std::vector<Content> contents;
};

std::string At(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

// The one of several names that the body uses.
std::pair<std::string, json::Value> TakeOne(FieldReader* body, std::initializer_list<const char*> keys) {
  std::optional<std::pair<std::string, json::Value>> found;
  for (const char* key : keys) {
    const auto value = body->Take(key);
    if (value && found) Refuse(key, "and " + found->first + " are the same thing: give one");
    if (value) found.emplace(key, *value);
  }
  if (!found) Refuse(*keys.begin(), "is missing");
  return *found;
}

// A list is a list of contents; anything else is one. On the documents' side {"content": […]} is a list too.
Side ReadSide(FieldReader* body, std::initializer_list<const char*> keys, bool documents,
              const RequestDefaults& defaults, MediaBudget* media) {
  const auto [key, value] = TakeOne(body, keys);
  Side side{key, {}};
  const bool parts =
      documents && value.IsObject() && value.Find("content") && value.Find("content")->IsArray();
  if (!value.IsArray() && !parts) {
    side.contents.push_back(ReadContent(value, key));
    media->Add(side.contents.back(), key);
    return side;
  }
  for (const json::Value& one : DocumentList(value, key, defaults)) {
    const std::string path = At(parts ? key + ".content" : key, side.contents.size());
    side.contents.push_back(parts ? ReadContentPart(one, path) : ReadContent(one, path));
    media->Add(side.contents.back(), path);
  }
  return side;
}

}  // namespace

ScoreRequest ReadScoreRequest(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  RerankRequest common;
  common.model = body.String("model").value_or("");
  common.instruction = body.String("instruction").value_or("");
  SetDefaults(defaults, &common);
  MediaBudget media(defaults.max_media);
  Side queries = ReadSide(&body, {"text_1", "data_1", "queries"}, false, defaults, &media);
  Side documents = ReadSide(&body, {"text_2", "data_2", "items", "documents"}, true, defaults, &media);
  RefuseLogits(&body);
  IgnoreKeysOfOthers(&body);
  body.RefuseOthers();

  ScoreRequest request;
  if (queries.contents.size() == 1) {
    common.query = std::move(queries.contents.front());
    common.documents = std::move(documents.contents);
    request.parts.push_back(std::move(common));
    return request;
  }
  if (queries.contents.empty()) Refuse(queries.key, "must not be empty");
  if (queries.contents.size() != documents.contents.size()) {
    Refuse(queries.key, "must be one, or as many as " + documents.key);
  }
  for (std::size_t i = 0; i < queries.contents.size(); ++i) {
    RerankRequest& part = request.parts.emplace_back(common);
    part.query = std::move(queries.contents[i]);
    part.documents.push_back(std::move(documents.contents[i]));
  }
  return request;
}

std::string WriteScoreResponse(const std::vector<RerankResponse>& responses, const std::string& id,
                               const std::string& model) {
  json::Writer out;
  out.BeginObject().Key("id").String(id).Key("object").String("list");
  out.Key("created").Integer(std::time(nullptr)).Key("model").String(model).Key("data").BeginArray();
  std::int64_t index = 0;
  Usage usage;
  for (const RerankResponse& response : responses) {
    usage += response.usage;
    for (const DocumentResult& document : response.documents) {
      out.BeginObject().Key("index").Integer(index++).Key("object").String("score");
      out.Key("score").Float32(document.score);
      WriteFaults(&out, document);
      out.EndObject();
    }
  }
  out.EndArray().Key("usage");
  WriteUsage(&out, usage);
  out.EndObject();
  return out.Take();
}

}  // namespace vlr::api
