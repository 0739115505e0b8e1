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
#include "storage/fetcher.h"

namespace vlr {

struct PreparedImage {
  std::shared_ptr<const VisionPatches> patches;
  Size original;
  std::optional<double> quality;  // 0…1, where the options ask for it
};

struct PreparedVideo {
  std::shared_ptr<const VisionPatches> patches;
  std::vector<std::string> timestamps;  // one for each temporal patch
  int frames = 0;
};

// Nanoseconds spent, summed over parts; updated from several threads.
struct StageClock {
  std::atomic<std::int64_t> fetch_ns = 0;
  std::atomic<std::int64_t> decode_ns = 0;
};

// Bytes of a URL; the sidecar's is Fetcher::Fetch.
using FetchFunction = std::function<boost::asio::awaitable<Result<Bytes>>(FetchRequest)>;

struct MediaPreparerOptions {
  std::size_t max_media_bytes = std::size_t{64} << 20;  // of one object
  std::size_t max_in_flight = 16;  // objects fetched or decoded at once, which bounds the memory they take
};

// Thread safe. Coroutines run on their caller's executor; decoding and patches run on the pool.
class MediaPreparer {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // The pool, the decoder and what `fetch` refers to must outlive the preparer.
  MediaPreparer(const boost::asio::any_io_executor& executor, FetchFunction fetch, Decoder& decoder,
                boost::asio::thread_pool& pool, MediaPreparerOptions options);

  // Errors: the codes of media/decoder.h and storage/fetcher.h.
  boost::asio::awaitable<Result<PreparedImage>> Image(const MediaRef& media,
                                                      const PreparationOptions& options,
                                                      const PatchLayout& layout, Deadline deadline,
                                                      StageClock& clock);
  boost::asio::awaitable<Result<PreparedVideo>> Video(const MediaRef& media,
                                                      const PreparationOptions& options,
                                                      const PatchLayout& layout, Deadline deadline,
                                                      StageClock& clock);

 private:
  using Slots = boost::asio::experimental::concurrent_channel<void(boost::system::error_code)>;
  class SlotGuard;

  boost::asio::awaitable<Result<Bytes>> Fetch(const std::string& url, Deadline deadline, StageClock& clock);
  boost::asio::awaitable<Result<DecodedVideo>> DecodeFrameList(const MediaRef& media,
                                                               const PreparationOptions& options, int factor,
                                                               Deadline deadline, StageClock& clock);
  boost::asio::awaitable<Result<DecodedImage>> DecodeImage(const std::string& url,
                                                           const ImageRequest& request, Deadline deadline,
                                                           StageClock& clock);

  FetchFunction fetch_;
  Decoder& decoder_;
  boost::asio::thread_pool& pool_;
  MediaPreparerOptions options_;
  Slots slots_;
};

}  // namespace vlr
