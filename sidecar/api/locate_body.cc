#include "sidecar/api/locate_body.h"

#include <cstdint>

#include "base/base64.h"

namespace vlr::api {
namespace {

constexpr double kMinWindow_s = 0.5;
constexpr double kMinStride_s = 0.1;
constexpr double kMaxWindow_s = 3600;
constexpr double kDefaultWindow_s = 10;
constexpr std::int64_t kDefaultTopN = 5;
constexpr std::int64_t kMaxFrames = 768;
constexpr double kMaxFps = 1000;

}  // namespace

LocateRequest ReadLocateRequest(const json::Value& root, const RequestDefaults& defaults) {
  FieldReader body(root, "");
  LocateRequest request;
  RerankRequest& rerank = request.rerank;
  SetDefaults(defaults, &rerank);
  rerank.model = body.String("model").value_or("");
  const auto query = body.Take("query");
  if (!query) Refuse("query", "is missing");
  rerank.query = ReadContent(*query, "query");
  MediaBudget(defaults.max_media).Add(rerank.query, "query");
  const auto video = body.Take("video");
  if (!video) Refuse("video", "is missing");
  request.video = ReadMedia(*video, "video", true);
  if (!request.video.frames.empty()) Refuse("video.frames", "cannot be searched: name a video file");
  rerank.instruction = body.String("instruction").value_or("");
  request.window_s = body.Number("window_s", kMinWindow_s, kMaxWindow_s).value_or(kDefaultWindow_s);
  request.stride_s = body.Number("stride_s", kMinStride_s, kMaxWindow_s).value_or(request.window_s / 2);
  request.top_n = static_cast<std::size_t>(
      body.Integer("top_n", 0, static_cast<std::int64_t>(kMaxWindows)).value_or(kDefaultTopN));
  rerank.preparation.fps = body.Number("fps", 0.001, kMaxFps).value_or(rerank.preparation.fps);
  request.max_frames = static_cast<int>(body.Integer("max_frames", 4, kMaxFrames).value_or(kMaxFrames));
  if (const auto timeout = body.Integer("timeout_ms", 1, defaults.max_timeout.count()))
    rerank.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(*timeout);
  body.RefuseOthers();
  return request;
}

std::string WriteLocateResponse(const LocateResponse& response, const std::string& id,
                                const std::string& model) {
  json::Writer out;
  out.BeginObject().Key("id").String(id).Key("model").String(model);
  out.Key("duration_s").Double(response.duration_s);
  out.Key("windows").Integer(static_cast<std::int64_t>(response.windows)).Key("moments").BeginArray();
  for (const Moment& moment : response.moments) {
    out.BeginObject().Key("start").Double(moment.window.start_s).Key("end").Double(moment.window.end_s);
    out.Key("relevance_score").Float32(moment.score);
    out.Key("thumbnail").String("data:image/jpeg;base64," + Base64(moment.thumbnail)).EndObject();
  }
  out.EndArray().Key("usage");
  WriteUsage(&out, response.usage);
  out.Key("timing_ms");
  WriteTiming(&out, response.timing);
  out.EndObject();
  return out.Take();
}

}  // namespace vlr::api
