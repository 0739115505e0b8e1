#include "media/worker_pool.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "media/worker_process.h"

namespace vlr {
namespace {

constexpr int kMaxWorkers = 256;
constexpr std::chrono::seconds kStartTimeout{10};

// Runs the starts of all workers: a worker dies with the thread that started it.
class StarterThread {
 public:
  StarterThread() : thread_([this] { Run(); }) {}
  ~StarterThread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Result<std::unique_ptr<WorkerProcess>> Start(const std::string& program, const DecodeLimits& limits) {
    std::packaged_task<Result<std::unique_ptr<WorkerProcess>>()> task(
        [&] { return WorkerProcess::Start(program, limits); });
    auto started = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.emplace_back([&task] { task(); });
    }
    wake_.notify_one();
    return started.get();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const auto task = std::move(tasks_.back());
      tasks_.pop_back();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> tasks_;
  bool stop_ = false;
  std::thread thread_;
};

Error Cancelled() {
  return {"cancelled", "whoever asked for it has gone"};
}

Error TooLarge(bool is_video, std::size_t limit) {
  return {is_video ? "video_too_large" : "image_too_large",
          "the file is larger than " + std::to_string(limit) + " bytes"};
}

}  // namespace

class WorkerPool::Impl {
 public:
  explicit Impl(WorkerPoolOptions options) : options_(std::move(options)) {
    idle_.resize(static_cast<std::size_t>(options_.workers));  // empty places: started when needed
  }
  ~Impl() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle_.size() == static_cast<std::size_t>(options_.workers); });
  }

  // Calls the worker and turns its answer into a value by `read`, which is given the payload.
  template <class T, class Read>
  Result<T> Call(WireRequest request, std::span<const std::byte> bytes, Deadline deadline, Read read) {
    ++calls_;
    auto result = CallOnce<T>(request, bytes, deadline, std::move(read));
    if (!result && result.error().code != "cancelled") {
      ++failed_;
      if (result.error().code == "decoder_crashed") ++crashed_;
      if (result.error().code == "decode_timeout") ++timed_out_;
    }
    return result;
  }

  const DecodeLimits& limits() const { return options_.limits; }

  WorkerPoolStats stats() const {
    const std::lock_guard lock(mutex_);
    return {calls_,   failed_,
            crashed_, timed_out_,
            started_, static_cast<int>(static_cast<std::size_t>(options_.workers) - idle_.size())};
  }

  // A worker that runs: proves that it can be started.
  Result<void> Try() {
    auto place = Take(std::chrono::steady_clock::now() + kStartTimeout);
    if (!place) return place.error();
    auto ok = Ensure(*place);
    Give(std::move(*place));
    return ok;
  }

 private:
  using Place = std::unique_ptr<WorkerProcess>;

  Result<Place> Take(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline.stop, deadline.at, [this] { return !idle_.empty(); })) {
      if (deadline.stop.stop_requested()) return Cancelled();
      return Error{"decode_timeout", "no decoder was free in time"};
    }
    Place place = std::move(idle_.back());
    idle_.pop_back();
    return place;
  }

  void Give(Place place) {
    if (place && !place->alive()) place.reset();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(place));
    changed_.notify_all();
  }

  Result<void> Ensure(Place& place) {
    if (place) return {};
    auto started = starter_.Start(options_.program, options_.limits);
    if (!started) return started.error();
    place = std::move(*started);
    ++started_;
    return {};
  }

  Result<UniqueFd> Document(std::span<const std::byte> bytes) {
    UniqueFd fd = MakeMemory(bytes.size());
    if (!fd) return Error{"decode_memory", "no memory for the document"};
    // Not through a mapping: a worker forked meanwhile would share it until it runs, and forbid the seal.
    if (!WriteAll(fd.get(), bytes)) return Error{"decode_memory", "no memory for the document"};
    if (!Seal(fd.get())) return Error{"decoder_unavailable", "the document cannot be sealed"};
    return fd;
  }

  template <class T, class Read>
  Result<T> CallOnce(WireRequest request, std::span<const std::byte> bytes, Deadline deadline, Read read) {
    if (deadline.stop.stop_requested()) return Cancelled();
    request.magic = kWireMagic;
    request.limits = options_.limits;
    auto document = Document(bytes);
    if (!document) return document.error();
    auto place = Take(deadline);
    if (!place) return place.error();
    auto result = CallWorker<T>(*place, request, document->get(), deadline, read);
    // Once more, in a new process: what killed the first may have come from outside.
    if (!result && result.error().code == "decoder_crashed") {
      result = CallWorker<T>(*place, request, document->get(), deadline, read);
    }
    Give(std::move(*place));
    return result;
  }

  template <class T, class Read>
  Result<T> CallWorker(Place& place, WireRequest request, int document, const Deadline& deadline,
                       const Read& read) {
    if (place && !place->IsIdle()) place.reset();  // killed meanwhile: no document's fault
    if (const auto ok = Ensure(place); !ok) return ok.error();
    const auto left = deadline.at - std::chrono::steady_clock::now();
    request.budget = std::chrono::duration_cast<std::chrono::milliseconds>(left);
    if (request.budget.count() <= 0) return Error{"decode_timeout", "no decoder was free in time"};
    auto reply = place->Call(request, document, deadline);
    if (!reply) return reply.error();
    const auto expected = CheckAnswer(reply->answer, request);
    if (!expected) {
      if (expected.error().code == "decoder_crashed") place.reset();
      return expected.error();
    }
    if (*expected == 0) return read(reply->answer, std::span<const std::byte>());
    if (!reply->payload || !IsSealed(reply->payload.get(), *expected)) {
      place.reset();
      return Error{"decoder_crashed", "the decoder answered nonsense"};
    }
    const SharedMapping pixels(reply->payload.get(), *expected, false);
    if (!pixels) return Error{"decode_memory", "no memory for the pixels"};
    return read(reply->answer, pixels.bytes());
  }

  const WorkerPoolOptions options_;
  StarterThread starter_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Place> idle_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::atomic<std::uint64_t> crashed_ = 0;
  std::atomic<std::uint64_t> timed_out_ = 0;
  std::atomic<std::uint64_t> started_ = 0;
};

WorkerPool::WorkerPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerPool::~WorkerPool() = default;

Result<std::unique_ptr<WorkerPool>> WorkerPool::Create(WorkerPoolOptions options) {
  if (options.workers < 1 || options.workers > kMaxWorkers) {
    return Error{"invalid_request", "decoder workers must be between 1 and " + std::to_string(kMaxWorkers),
                 "workers"};
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  if (const auto ok = impl->Try(); !ok) return ok.error();
  return std::unique_ptr<WorkerPool>(new WorkerPool(std::move(impl)));
}

Result<DecodedImage> WorkerPool::DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                             Deadline deadline) {
  if (bytes.empty()) return Error{"image_unsupported", "the picture is empty"};
  if (bytes.size() > impl_->limits().max_image_bytes) return TooLarge(false, impl_->limits().max_image_bytes);
  WireRequest wire;
  wire.call = WireCall::kImage;
  wire.image = request;
  return impl_->Call<DecodedImage>(wire, bytes, deadline, ImageOf);
}

Result<DecodedVideo> WorkerPool::DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                             Deadline deadline) {
  if (bytes.empty()) return Error{"video_unsupported", "the video is empty"};
  if (bytes.size() > impl_->limits().max_video_bytes) return TooLarge(true, impl_->limits().max_video_bytes);
  WireRequest wire;
  wire.call = WireCall::kVideo;
  wire.video = request;
  return impl_->Call<DecodedVideo>(wire, bytes, deadline, VideoOf);
}

Result<MediaInfo> WorkerPool::Inspect(std::span<const std::byte> bytes, Deadline deadline) {
  if (bytes.empty()) return Error{"image_unsupported", "the document is empty"};
  if (bytes.size() > impl_->limits().max_video_bytes) return TooLarge(true, impl_->limits().max_video_bytes);
  WireRequest wire;
  wire.call = WireCall::kInspect;
  return impl_->Call<MediaInfo>(
      wire, bytes, deadline, [](const WireAnswer& answer, std::span<const std::byte>) -> Result<MediaInfo> {
        return MediaInfoOf(answer);
      });
}

WorkerPoolStats WorkerPool::stats() const {
  return impl_->stats();
}

}  // namespace vlr
