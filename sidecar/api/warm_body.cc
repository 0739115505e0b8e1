#include "sidecar/api/warm_body.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "sidecar/api/media_options.h"

namespace vlr::api {

WarmRequest ReadWarmRequest(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  WarmRequest request;
  request.model = body.String("model").value_or("");
  request.preparation = defaults.preparation;
  ReadMediaOptions(&body, &request.preparation);
  const auto media = body.Take("media");
  if (!media) Refuse("media", "is missing");
  if (!media->IsArray()) Refuse("media", "must be a list, not " + std::string(media->TypeName()));
  if (media->size() > defaults.max_media) {
    Refuse("media", "has " + std::to_string(media->size()) + " entries; at most " +
                        std::to_string(defaults.max_media) + " are taken");
  }
  body.RefuseOthers();
  MediaBudget budget(defaults.max_media);
  for (std::size_t i = 0; i < media->size(); ++i) {
    const std::string path = "media[" + std::to_string(i) + "]";
    MediaRef one;
    try {
      one = ReadMedia((*media)[i], path, true);
    } catch (const ErrorException& malformed) {
      request.refused.push_back({i, malformed.error()});
      continue;
    }
    Content content;
    content.videos.push_back(one);
    budget.Add(content, path);
    request.media.push_back(WarmMediumOf(std::move(one)));
    request.indices.push_back(i);
  }
  return request;
}

std::string WriteWarmResponse(const WarmRequest& request, const std::vector<WarmResult>& results) {
  std::int64_t accepted = 0, known = 0;
  std::vector<WarmRefusal> refused = request.refused;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const WarmResult& result = results[i];
    if (result && !*result) {
      refused.push_back({request.indices[i], result->error()});
    } else {
      ++(result && **result == WarmOutcome::kKnown ? known : accepted);
    }
  }
  std::sort(refused.begin(), refused.end(),
            [](const WarmRefusal& a, const WarmRefusal& b) { return a.index < b.index; });
  json::Writer out;
  out.BeginObject().Key("accepted").Integer(accepted).Key("already_cached").Integer(known);
  out.Key("refused").BeginArray();
  for (const WarmRefusal& refusal : refused) {
    out.BeginObject().Key("index").Integer(static_cast<std::int64_t>(refusal.index));
    out.Key("code").String(refusal.error.code).Key("message").String(refusal.error.message).EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

}  // namespace vlr::api
