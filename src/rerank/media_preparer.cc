#include "rerank/media_preparer.h"

#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "media/frame_list.h"
#include "media/timestamps.h"
#include "rerank/run_on.h"
#include "rerank/when_all.h"

namespace vlr {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<std::int64_t>& total) : total_(total) {}
  ~Stopwatch() { total_ += std::chrono::nanoseconds(SteadyClock::now() - start_).count(); }

 private:
  std::atomic<std::int64_t>& total_;
  SteadyClock::time_point start_ = SteadyClock::now();
};

std::span<const std::byte> AsBytes(const Bytes& bytes) {
  return std::as_bytes(std::span(bytes->data(), bytes->size()));
}

Error InFrame(Error error, std::size_t index) {
  error.part = "frames[" + std::to_string(index) + "]";
  return error;
}

PreparedVideo Prepared(const DecodedVideo& video, const PatchLayout& layout) {
  auto patches = std::make_shared<const VisionPatches>(VideoPatches(video.frames, layout));
  return {std::move(patches), Timestamps(video, layout.temporal), static_cast<int>(video.frames.size())};
}

}  // namespace

// Holds one of the places that bound how many objects are in memory at once.
class MediaPreparer::SlotGuard {
 public:
  explicit SlotGuard(Slots& slots) : slots_(slots) {}
  SlotGuard(const SlotGuard&) = delete;
  SlotGuard& operator=(const SlotGuard&) = delete;
  ~SlotGuard() {
    if (held_) slots_.try_receive([](boost::system::error_code) {});
  }
  asio::awaitable<void> Acquire() {
    co_await slots_.async_send(boost::system::error_code(), asio::use_awaitable);
    held_ = true;
  }

 private:
  Slots& slots_;
  bool held_ = false;
};

MediaPreparer::MediaPreparer(const asio::any_io_executor& executor, FetchFunction fetch, Decoder& decoder,
                             asio::thread_pool& pool, MediaPreparerOptions options)
    : fetch_(std::move(fetch)),
      decoder_(decoder),
      pool_(pool),
      options_(options),
      slots_(executor, options.max_in_flight) {}

asio::awaitable<Result<Bytes>> MediaPreparer::Fetch(const std::string& url, Deadline deadline,
                                                    StageClock& clock) {
  const Stopwatch watch(clock.fetch_ns);
  FetchRequest request{url, deadline, options_.max_media_bytes};
  co_return co_await fetch_(std::move(request));
}

asio::awaitable<Result<DecodedImage>> MediaPreparer::DecodeImage(const std::string& url,
                                                                 const ImageRequest& request,
                                                                 Deadline deadline, StageClock& clock) {
  SlotGuard slot(slots_);
  co_await slot.Acquire();
  const Result<Bytes> bytes = co_await Fetch(url, deadline, clock);
  if (!bytes) co_return bytes.error();
  auto decode = [&]() -> Result<DecodedImage> {
    const Stopwatch watch(clock.decode_ns);
    return decoder_.DecodeImage(AsBytes(*bytes), request, deadline);
  };
  co_return co_await RunOn(pool_, std::move(decode));
}

asio::awaitable<Result<PreparedImage>> MediaPreparer::Image(const MediaRef& media,
                                                            const PreparationOptions& options,
                                                            const PatchLayout& layout, Deadline deadline,
                                                            StageClock& clock) {
  ImageRequest request = options.image;
  request.factor = layout.patch * layout.merge;
  const Result<DecodedImage> image = co_await DecodeImage(media.url, request, deadline, clock);
  if (!image) co_return image.error();
  auto cut = [&]() -> Result<PreparedImage> {
    auto patches = std::make_shared<const VisionPatches>(ImagePatches(image->pixels, layout));
    return PreparedImage{std::move(patches), image->original, image->quality};
  };
  co_return co_await RunOn(pool_, std::move(cut));
}

asio::awaitable<Result<DecodedVideo>> MediaPreparer::DecodeFrameList(const MediaRef& media,
                                                                     const PreparationOptions& options,
                                                                     int factor, Deadline deadline,
                                                                     StageClock& clock) {
  const auto picked = PickFrames(static_cast<std::int64_t>(media.frames.size()), options.max_frame_list);
  const ImageRequest request = FrameListImageRequest(factor);
  std::vector<std::optional<Result<DecodedImage>>> decoded(picked.size());
  auto one = [&](std::size_t slot) -> asio::awaitable<void> {
    const std::string& url = media.frames[static_cast<std::size_t>(picked[slot])];
    decoded[slot] = co_await DecodeImage(url, request, deadline, clock);
  };
  std::vector<asio::awaitable<void>> tasks;
  for (std::size_t slot = 0; slot < picked.size(); ++slot) tasks.push_back(one(slot));
  co_await WhenAll(std::move(tasks));

  std::vector<RgbImage> frames;
  for (std::size_t slot = 0; slot < picked.size(); ++slot) {
    Result<DecodedImage>& frame = *decoded[slot];
    if (!frame) co_return InFrame(frame.error(), static_cast<std::size_t>(picked[slot]));
    frames.push_back(std::move(frame->pixels));
  }
  FrameListOptions list;
  list.factor = factor;
  list.total_pixels = options.total_pixels;
  list.fps = media.frames_fps.value_or(kFrameListFps);
  auto prepare = [&]() -> Result<DecodedVideo> {
    const Stopwatch watch(clock.decode_ns);
    return PrepareFrameList(std::move(frames), list);
  };
  co_return co_await RunOn(pool_, std::move(prepare));
}

asio::awaitable<Result<PreparedVideo>> MediaPreparer::Video(const MediaRef& media,
                                                            const PreparationOptions& options,
                                                            const PatchLayout& layout, Deadline deadline,
                                                            StageClock& clock) {
  const int factor = layout.patch * layout.merge;
  if (!media.frames.empty()) {
    const Result<DecodedVideo> video = co_await DecodeFrameList(media, options, factor, deadline, clock);
    if (!video) co_return video.error();
    auto cut = [&]() -> Result<PreparedVideo> { return Prepared(*video, layout); };
    co_return co_await RunOn(pool_, std::move(cut));
  }
  SlotGuard slot(slots_);
  co_await slot.Acquire();
  const Result<Bytes> bytes = co_await Fetch(media.url, deadline, clock);
  if (!bytes) co_return bytes.error();
  VideoRequest request;
  request.fps = options.fps;
  request.max_frames = options.max_frames;
  request.start_s = media.start_s;
  request.end_s = media.end_s;
  request.factor = factor;
  auto decode = [&]() -> Result<PreparedVideo> {
    const Stopwatch watch(clock.decode_ns);
    const Result<DecodedVideo> video = decoder_.DecodeVideo(AsBytes(*bytes), request, deadline);
    if (!video) return video.error();
    return Prepared(*video, layout);
  };
  co_return co_await RunOn(pool_, std::move(decode));
}

}  // namespace vlr
