// The moments of one long video that answer a query. The video is fetched and decoded once: frames are
// sampled over all of it, and every window is scored as a video of the frames that lie within it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"
#include "rerank/engine.h"
#include "rerank/media_preparer.h"
#include "rerank/moments.h"

namespace vlr {

struct LocateRequest {
  RerankRequest rerank;  // its query, instruction, preparation and deadline; documents are not looked at
  MediaRef video;        // a file, not a list of frames
  double window_s = 10;
  double stride_s = 5;
  std::size_t top_n = 5;  // 0: all
  int max_frames = 768;   // sampled over the whole video; fps is lowered to keep to it
};

struct Moment {
  Window window;
  float score = 0.0F;     // 0…1
  std::string thumbnail;  // JPEG of a frame in the middle
};

struct LocateResponse {
  std::vector<Moment> moments;  // best first, ties by time; top_n of them
  std::size_t windows = 0;      // that were scored
  double duration_s = 0;        // of the video
  Usage usage;
  Timing timing;
};

// Coroutines REQUIRE an executor that runs one handler at a time.
class Locator {
 public:
  static constexpr int kMaxConcurrent = 2;  // requests at once: each holds all its sampled frames

  // Engine, decoder, pool and what `fetch` refers to must outlive the locator.
  Locator(Engine& engine, FetchFunction fetch, Decoder& decoder, boost::asio::thread_pool& pool,
          std::size_t max_video_bytes)
      : engine_(engine),
        fetch_(std::move(fetch)),
        decoder_(decoder),
        pool_(pool),
        max_video_bytes_(max_video_bytes) {}

  // Errors: "document_error", part "video", when it cannot be read; "invalid_request" for a window or stride
  // that does not suit the video's length; Scheduler::Admit's, "overloaded" also for too many at once;
  // Engine::RerankPrepared's.
  boost::asio::awaitable<Result<LocateResponse>> Locate(std::shared_ptr<LoadedModel> model,
                                                        LocateRequest request);

 private:
  boost::asio::awaitable<Result<DecodedVideo>> Decode(const LocateRequest& request, int factor,
                                                      StageClock& clock);

  Engine& engine_;
  FetchFunction fetch_;
  Decoder& decoder_;
  boost::asio::thread_pool& pool_;
  const std::size_t max_video_bytes_;
  int active_ = 0;
};

}  // namespace vlr
