// Content as callers write it: a string, {"text", "image", "video"}, or vLLM's {"content": [parts]}.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "rerank/content.h"

namespace vlr::api {

// `path` names the value in complaints, which are thrown as ErrorException ("invalid_request").
//
// text: a string or a list of them. image: a URL or a list. video: a URL, {"url", "start", "end"}, {"frames",
// "fps"}, or a list of these; a list of strings whose first names a picture by its extension is one video
// given as frames, as the reference script takes it.
Content ReadContent(const json::Value& value, const std::string& path);

// The same for a document that may name its texts as it likes: with rank_fields, the texts of an object are
// its members of those names, in that order, and other members are read past (Cohere v1).
Content ReadDocument(const json::Value& value, const std::string& path,
                     const std::vector<std::string>& rank_fields);

// One of vLLM's parts, {"type": "text" | "image_url" | "video_url", …}, as a content of its own.
Content ReadContentPart(const json::Value& value, const std::string& path);

// One image or video as the "image" and "video" keys take it.
MediaRef ReadMedia(const json::Value& value, const std::string& path, bool video);

// How many objects have to be fetched for it.
std::size_t CountMedia(const Content& content);

}  // namespace vlr::api
