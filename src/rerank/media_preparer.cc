#include "rerank/media_preparer.h"

#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "media/frame_list.h"
#include "media/timestamps.h"
#include "rerank/media_key.h"
#include "rerank/run_on.h"
#include "rerank/vision_note.h"
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

// Of a preparation that several may wait for, each until their own deadline.
Decoder::Deadline Latest(const std::stop_token& stop) {
  constexpr std::chrono::minutes kLongest{10};
  return {SteadyClock::now() + kLongest, stop};
}

template <class Prepared>
Prepared WithPatches(Prepared prepared, VisionPatches patches, const std::string& key) {
  patches.key = key;
  patches.note = NoteOf(prepared);
  prepared.patches = std::make_shared<const VisionPatches>(std::move(patches));
  return prepared;
}

PreparedVideo Prepared(const DecodedVideo& video, const PatchLayout& layout, const std::string& key) {
  PreparedVideo prepared;
  prepared.timestamps = Timestamps(video, layout.temporal);
  prepared.frames = static_cast<int>(video.frames.size());
  return WithPatches(std::move(prepared), VideoPatches(video.frames, layout), key);
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
                             asio::thread_pool& pool, MediaPreparerOptions options,
                             std::shared_ptr<VisionCache> cache)
    : fetch_(std::move(fetch)),
      decoder_(decoder),
      pool_(pool),
      options_(options),
      cache_(std::move(cache)),
      slots_(executor, options.max_in_flight) {}

template <class Prepared, class Prepare>
asio::awaitable<Result<Prepared>> MediaPreparer::Share(SharedTasks<Timed<Prepared>>& tasks, std::string key,
                                                       Deadline deadline, StageClock& clock,
                                                       Prepare prepare) {
  auto task = [prepare = std::move(prepare)]() -> asio::awaitable<Result<Timed<Prepared>>> {
    StageClock own;
    Timed<Prepared> timed;
    timed.outcome = co_await prepare(own);
    timed.fetch_ns = own.fetch_ns;
    timed.decode_ns = own.decode_ns;
    co_return timed;
  };
  Error late{"media_timeout", "the deadline passed while the medium was read"};
  auto joined = tasks.Join(std::move(key), deadline, std::move(late), std::move(task));
  const Result<Timed<Prepared>> timed = co_await std::move(joined);
  if (!timed) co_return timed.error();
  clock.fetch_ns += timed->fetch_ns;
  clock.decode_ns += timed->decode_ns;
  co_return timed->outcome;
}

asio::awaitable<Result<PreparedImage>> MediaPreparer::Image(const MediaRef& media,
                                                            const PreparationOptions& options,
                                                            const MediaTarget& target, Deadline deadline,
                                                            StageClock& clock) {
  auto prepare = [this, media, options, target](StageClock& own) {
    return PrepareImage(media, options, target, own);
  };
  co_return co_await Share(images_, PreparationName(media, options, target), deadline, clock,
                           std::move(prepare));
}

asio::awaitable<Result<PreparedVideo>> MediaPreparer::Video(const MediaRef& media,
                                                            const PreparationOptions& options,
                                                            const MediaTarget& target, Deadline deadline,
                                                            StageClock& clock) {
  auto prepare = [this, media, options, target](StageClock& own) {
    return PrepareVideo(media, options, target, own);
  };
  co_return co_await Share(videos_, PreparationName(media, options, target), deadline, clock,
                           std::move(prepare));
}

asio::awaitable<Result<Bytes>> MediaPreparer::Fetch(const std::string& url, StageClock& clock) {
  const Stopwatch watch(clock.fetch_ns);
  FetchRequest request{url, Latest({}).at, options_.max_media_bytes};
  co_return co_await fetch_(std::move(request));
}

asio::awaitable<Result<PreparedImage>> MediaPreparer::PrepareImage(MediaRef media, PreparationOptions options,
                                                                   MediaTarget target, StageClock& clock) {
  ImageRequest request = options.image;
  request.factor = target.layout.patch * target.layout.merge;
  SlotGuard slot(slots_);
  co_await slot.Acquire();
  const Result<Bytes> bytes = co_await Fetch(media.url, clock);
  if (!bytes) co_return bytes.error();
  auto prepare = [&](const std::stop_token& stop) -> Result<PreparedImage> {
    const Stopwatch watch(clock.decode_ns);
    const std::string key = cache_ ? ImageKey(**bytes, request, target) : std::string();
    std::optional<PreparedImage> unmeasured;
    if (const auto known = Known(key)) {
      auto image = ImageFrom(*known, key);
      if (image && (image->quality || !request.measure_quality)) return image;
      if (image) unmeasured = std::move(*image);
    }
    const Result<DecodedImage> image = decoder_.DecodeImage(AsBytes(*bytes), request, Latest(stop));
    if (!image) return image.error();
    if (unmeasured) {
      unmeasured->quality = image->quality;
      return *unmeasured;
    }
    PreparedImage prepared;
    prepared.original = image->original;
    prepared.quality = image->quality;
    return WithPatches(std::move(prepared), ImagePatches(image->pixels, target.layout), key);
  };
  co_return co_await RunOn(pool_, std::move(prepare));
}

std::optional<CachedVision> MediaPreparer::Known(const std::string& key) const {
  return key.empty() ? std::nullopt : cache_->Lookup(key);
}

asio::awaitable<Result<PreparedVideo>> MediaPreparer::PrepareFrames(const MediaRef& media,
                                                                    const PreparationOptions& options,
                                                                    const MediaTarget& target,
                                                                    StageClock& clock) {
  const auto picked = PickFrames(static_cast<std::int64_t>(media.frames.size()), options.max_frame_list);
  FrameListOptions list;
  list.factor = target.layout.patch * target.layout.merge;
  list.total_pixels = options.total_pixels;
  list.fps = media.frames_fps.value_or(kFrameListFps);
  const ImageRequest request = FrameListImageRequest(list.factor);
  struct Frame {
    std::optional<Result<DecodedImage>> image;
    std::string key;
  };
  std::vector<Frame> decoded(picked.size());
  auto one = [&](std::size_t i) -> asio::awaitable<void> {
    SlotGuard slot(slots_);
    co_await slot.Acquire();
    const Result<Bytes> bytes = co_await Fetch(media.frames[static_cast<std::size_t>(picked[i])], clock);
    if (!bytes) {
      decoded[i].image = bytes.error();
      co_return;
    }
    auto decode = [&](const std::stop_token& stop) -> Result<DecodedImage> {
      const Stopwatch watch(clock.decode_ns);
      if (cache_) decoded[i].key = ImageKey(**bytes, request, target);
      return decoder_.DecodeImage(AsBytes(*bytes), request, Latest(stop));
    };
    decoded[i].image = co_await RunOn(pool_, std::move(decode));
  };
  std::vector<asio::awaitable<void>> tasks;
  for (std::size_t i = 0; i < picked.size(); ++i) tasks.push_back(one(i));
  co_await WhenAll(std::move(tasks));

  std::vector<RgbImage> frames;
  std::vector<std::string_view> contents;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    Result<DecodedImage>& frame = *decoded[i].image;
    if (!frame) co_return InFrame(frame.error(), static_cast<std::size_t>(picked[i]));
    frames.push_back(std::move(frame->pixels));
    contents.emplace_back(decoded[i].key);
  }
  auto prepare = [&]() -> Result<PreparedVideo> {
    const Stopwatch watch(clock.decode_ns);
    const std::string key =
        cache_ ? FrameListKey(contents, list.total_pixels, list.fps, target) : std::string();
    if (const auto known = Known(key)) {
      if (auto video = VideoFrom(*known, key)) return video;
    }
    const Result<DecodedVideo> video = PrepareFrameList(std::move(frames), list);
    if (!video) return video.error();
    return Prepared(*video, target.layout, key);
  };
  co_return co_await RunOn(pool_, std::move(prepare));
}

asio::awaitable<Result<PreparedVideo>> MediaPreparer::PrepareVideo(MediaRef media, PreparationOptions options,
                                                                   MediaTarget target, StageClock& clock) {
  if (!media.frames.empty()) co_return co_await PrepareFrames(media, options, target, clock);
  VideoRequest request;
  request.fps = options.fps;
  request.max_frames = options.max_frames;
  request.start_s = media.start_s;
  request.end_s = media.end_s;
  request.factor = target.layout.patch * target.layout.merge;
  SlotGuard slot(slots_);
  co_await slot.Acquire();
  const Result<Bytes> bytes = co_await Fetch(media.url, clock);
  if (!bytes) co_return bytes.error();
  auto prepare = [&](const std::stop_token& stop) -> Result<PreparedVideo> {
    const Stopwatch watch(clock.decode_ns);
    const std::string key = cache_ ? VideoKey(**bytes, request, target) : std::string();
    if (const auto known = Known(key)) {
      if (auto video = VideoFrom(*known, key)) return video;
    }
    const Result<DecodedVideo> video = decoder_.DecodeVideo(AsBytes(*bytes), request, Latest(stop));
    if (!video) return video.error();
    return Prepared(*video, target.layout, key);
  };
  co_return co_await RunOn(pool_, std::move(prepare));
}

}  // namespace vlr
