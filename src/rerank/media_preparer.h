// Media named by a request to what the model reads: fetch, decode (in a worker), cut into patches.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"
#include "pixels/patches.h"
#include "rerank/content.h"
#include "rerank/request.h"
#include "rerank/shared_tasks.h"
#include "rerank/vision_cache.h"
#include "storage/fetcher.h"

namespace vlr {

struct PreparedImage {
  std::shared_ptr<const VisionPatches> patches;  // their pixels, or what the cache holds of them
  Size original;
  std::optional<double> quality;  // 0…1, where the options ask for it
  bool cached = false;
};

struct PreparedVideo {
  std::shared_ptr<const VisionPatches> patches;
  std::vector<std::string> timestamps;  // one for each temporal patch
  int frames = 0;
  bool cached = false;
};

// Nanoseconds spent, summed over parts; updated from several threads.
struct StageClock {
  std::atomic<std::int64_t> fetch_ns = 0;
  std::atomic<std::int64_t> decode_ns = 0;
};

// How a model wants its media.
struct MediaTarget {
  PatchLayout layout;
  std::string vision_identity;  // of its vision tower; empty: the cache is left alone
};

// Bytes of a URL; the sidecar's is Fetcher::Fetch.
using FetchFunction = std::function<boost::asio::awaitable<Result<Bytes>>(FetchRequest)>;

struct MediaPreparerOptions {
  std::size_t max_media_bytes = std::size_t{64} << 20;  // of one object
  std::size_t max_in_flight = 16;  // objects fetched or decoded at once, which bounds the memory they take
};

// Decoding and patches run on the pool. The same medium asked for by several at once is prepared once; when
// the last of them leaves, its fetch is dropped and its decoder stopped. REQUIRES callers on the executor
// given, which runs one handler at a time.
class MediaPreparer {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // The pool, the decoder and what `fetch` refers to must outlive the preparer. The cache may be null.
  MediaPreparer(const boost::asio::any_io_executor& executor, FetchFunction fetch, Decoder& decoder,
                boost::asio::thread_pool& pool, MediaPreparerOptions options,
                std::shared_ptr<VisionCache> cache = nullptr);

  // Errors: the codes of media/decoder.h and storage/fetcher.h.
  boost::asio::awaitable<Result<PreparedImage>> Image(const MediaRef& media,
                                                      const PreparationOptions& options,
                                                      const MediaTarget& target, Deadline deadline,
                                                      StageClock& clock);
  boost::asio::awaitable<Result<PreparedVideo>> Video(const MediaRef& media,
                                                      const PreparationOptions& options,
                                                      const MediaTarget& target, Deadline deadline,
                                                      StageClock& clock);

 private:
  using Slots = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  class SlotGuard;

  // What a shared preparation gives, with the time it took.
  template <class Prepared>
  struct Timed {
    std::int64_t fetch_ns = 0;
    std::int64_t decode_ns = 0;
    Result<Prepared> outcome = Prepared();
  };

  template <class Prepared, class Prepare>
  boost::asio::awaitable<Result<Prepared>> Share(SharedTasks<Timed<Prepared>>& tasks, std::string key,
                                                 Deadline deadline, StageClock& clock, Prepare prepare);
  boost::asio::awaitable<Result<PreparedImage>> PrepareImage(MediaRef media, PreparationOptions options,
                                                             MediaTarget target, StageClock& clock);
  boost::asio::awaitable<Result<PreparedVideo>> PrepareVideo(MediaRef media, PreparationOptions options,
                                                             MediaTarget target, StageClock& clock);
  boost::asio::awaitable<Result<PreparedVideo>> PrepareFrames(const MediaRef& media,
                                                              const PreparationOptions& options,
                                                              const MediaTarget& target, StageClock& clock);
  boost::asio::awaitable<Result<Bytes>> Fetch(const std::string& url, StageClock& clock);
  std::optional<CachedVision> Known(const std::string& key) const;

  FetchFunction fetch_;
  Decoder& decoder_;
  boost::asio::thread_pool& pool_;
  MediaPreparerOptions options_;
  std::shared_ptr<VisionCache> cache_;
  Slots slots_;
  SharedTasks<Timed<PreparedImage>> images_;
  SharedTasks<Timed<PreparedVideo>> videos_;
};

}  // namespace vlr
