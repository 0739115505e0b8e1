#include "rerank/locator.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "media/timestamps.h"
#include "pixels/jpeg_writer.h"
#include "rerank/run_on.h"

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

// Frames are many, so each is smaller than one of a short video may be.
constexpr std::int64_t kMaxFramePixels = std::int64_t{192} * 32 * 32;
// Patches of the windows that are scored together, which bounds the memory they take.
constexpr std::int64_t kGroupPatches = 65'536;
constexpr int kThumbnailSide = 320;
constexpr double kFramesPerWindow = 2;

double Milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

class Counted {
 public:
  explicit Counted(int& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  int& count_;
};

std::vector<double> TimesOf(const DecodedVideo& video) {
  std::vector<double> times;
  for (const std::int64_t index : video.frame_indices)
    times.push_back(static_cast<double>(index) / video.fps);
  return times;
}

// A window as a document: a video of its frames.
PreparedSide SideOf(const DecodedVideo& video, FrameSpan span, const PatchLayout& layout) {
  DecodedVideo part;
  part.fps = video.fps;
  part.frame_indices.assign(video.frame_indices.begin() + static_cast<std::ptrdiff_t>(span.first),
                            video.frame_indices.begin() + static_cast<std::ptrdiff_t>(span.last));
  const auto frames = std::span(video.frames).subspan(span.first, span.last - span.first);
  auto patches = std::make_shared<const VisionPatches>(VideoPatches(frames, layout));
  PreparedSide side;
  const Grid& grid = patches->grid;
  side.prompt.videos.push_back(
      {Timestamps(part, layout.temporal), static_cast<int>(Grid{1, grid.h, grid.w}.tokens(layout.merge))});
  side.video_tokens = grid.tokens(layout.merge);
  side.video_frames = static_cast<std::int64_t>(frames.size());
  side.videos.push_back(std::move(patches));
  return side;
}

Result<void> CheckDensity(const LocateRequest& request, double length_s, std::size_t frames) {
  const double shortest = kFramesPerWindow * length_s / static_cast<double>(frames);
  if (request.window_s >= shortest || request.window_s >= length_s) return {};
  return Error{"invalid_request",
               "window_s is too short: " + std::to_string(frames) + " frames are read of " +
                   std::to_string(static_cast<int>(length_s)) + " seconds, so a window must last " +
                   std::to_string(static_cast<int>(std::ceil(shortest))) + " s or more, or fps be higher",
               "window_s"};
}

}  // namespace

asio::awaitable<Result<DecodedVideo>> Locator::Decode(const LocateRequest& request, int factor,
                                                      StageClock& clock) {
  const auto deadline = request.rerank.deadline;
  const auto started = SteadyClock::now();
  FetchRequest fetch{request.video.url, deadline, max_video_bytes_};
  const Result<Bytes> bytes = co_await fetch_(std::move(fetch));
  clock.fetch_ns = (SteadyClock::now() - started).count();
  if (!bytes) co_return bytes.error();
  VideoRequest video;
  video.fps = request.rerank.preparation.fps;
  video.max_frames = request.max_frames;
  video.start_s = request.video.start_s;
  video.end_s = request.video.end_s;
  video.factor = factor;
  video.frame_max_pixels = kMaxFramePixels;
  auto decode = [&](const std::stop_token& stop) -> Result<DecodedVideo> {
    const auto began = SteadyClock::now();
    const auto content = std::as_bytes(std::span((*bytes)->data(), (*bytes)->size()));
    auto decoded = decoder_.DecodeVideo(content, video, {deadline, stop});
    clock.decode_ns = (SteadyClock::now() - began).count();
    return decoded;
  };
  co_return co_await RunOn(pool_, std::move(decode));
}

asio::awaitable<Result<LocateResponse>> Locator::Locate(std::shared_ptr<LoadedModel> model,
                                                        LocateRequest request) {
  const auto started = SteadyClock::now();
  if (active_ >= kMaxConcurrent) {
    co_return Error{"overloaded", "as many long videos are being searched as may be at once"};
  }
  const Counted counted(active_);
  const Result<Scheduler::Admission> admission = model->scheduler().Admit(request.rerank.deadline);
  if (!admission) co_return admission.error();
  const PatchLayout& layout = model->processor().video;
  StageClock clock;
  const Result<DecodedVideo> video = co_await Decode(request, layout.patch * layout.merge, clock);
  if (!video) {
    co_return Error{"document_error", "video: " + video.error().code + ": " + video.error().message, "video"};
  }
  const std::vector<double> times = TimesOf(*video);
  LocateResponse response;
  response.duration_s = static_cast<double>(video->total_frames) / video->fps;
  const double from = std::min(request.video.start_s.value_or(0), response.duration_s);
  const double to = std::min(request.video.end_s.value_or(response.duration_s), response.duration_s);
  if (const auto dense = CheckDensity(request, to - from, times.size()); !dense) co_return dense.error();
  const Result<std::vector<Window>> windows = PlanWindows(from, to, request.window_s, request.stride_s);
  if (!windows) co_return windows.error();

  std::vector<float> scores;
  for (std::size_t next = 0; next < windows->size();) {
    std::vector<PreparedSide> group;
    auto prepare = [&](const std::stop_token& stop) -> Result<void> {
      for (std::int64_t patches = 0; next < windows->size() && patches < kGroupPatches; ++next) {
        if (stop.stop_requested()) return Error{"cancelled", "the client has gone"};
        group.push_back(SideOf(*video, FramesWithin((*windows)[next], times), layout));
        patches += group.back().videos.front()->grid.patches();
      }
      return {};
    };
    const Result<void> prepared = co_await RunOn(pool_, std::move(prepare));
    if (!prepared) co_return prepared.error();
    RerankRequest rerank = request.rerank;
    Result<RerankResponse> scored =
        co_await engine_.RerankPrepared(model, std::move(rerank), std::move(group));
    if (!scored) co_return scored.error();
    for (const DocumentResult& document : scored->documents) {
      if (document.error) co_return *document.error;
      scores.push_back(document.score);
    }
    response.usage += scored->usage;
    response.timing.queue += scored->timing.queue;
    response.timing.model += scored->timing.model;
  }

  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  if (request.top_n > 0 && request.top_n < order.size()) order.resize(request.top_n);
  auto draw = [&]() -> Result<void> {
    for (const std::size_t index : order) {
      const FrameSpan span = FramesWithin((*windows)[index], times);
      auto thumbnail = Thumbnail(video->frames[(span.first + span.last) / 2], kThumbnailSide);
      if (!thumbnail) return thumbnail.error();
      response.moments.push_back({(*windows)[index], scores[index], std::move(*thumbnail)});
    }
    return {};
  };
  const Result<void> drawn = co_await RunOn(pool_, std::move(draw));
  if (!drawn) co_return drawn.error();
  response.windows = scores.size();
  response.timing.fetch = Milliseconds(std::chrono::nanoseconds(clock.fetch_ns.load()));
  response.timing.decode = Milliseconds(std::chrono::nanoseconds(clock.decode_ns.load()));
  response.timing.total = Milliseconds(SteadyClock::now() - started);
  co_return response;
}

}  // namespace vlr
