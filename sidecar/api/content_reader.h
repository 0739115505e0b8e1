// Content as callers write it: a string, {"text", "image", "video"}, or vLLM's {"content": [parts]}.
#pragma once

#include <string>

#include "base/json.h"
#include "rerank/content.h"

namespace vlr::api {

// `path` names the value in complaints, which are thrown as ErrorException ("invalid_request").
//
// text: a string or a list of them. image: a URL or a list. video: a URL, {"url", "start", "end"}, {"frames",
// "fps"}, or a list of these; a list of strings whose first names a picture by its extension is one video
// given as frames, as the reference script takes it.
Content ReadContent(const json::Value& value, const std::string& path);

// One image or video as the "image" and "video" keys take it.
MediaRef ReadMedia(const json::Value& value, const std::string& path, bool video);

// How many objects have to be fetched for it.
std::size_t CountMedia(const Content& content);

}  // namespace vlr::api
