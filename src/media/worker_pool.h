// Decoding in processes of its own, `vl-rerank-decode`: no network, no files, no new processes (seccomp),
// memory and CPU limited. A worker that dies or passes its deadline is killed and replaced; only its document
// fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "media/decoder.h"

namespace vlr {

struct WorkerPoolOptions {
  std::string program;  // path of vl-rerank-decode
  int workers = 2;      // processes, started when first needed; as many calls run at once, others wait
  DecodeLimits limits;
};

// Counts since the pool was made.
struct WorkerPoolStats {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;   // answered with an error of any kind
  std::uint64_t crashed = 0;  // decoder_crashed
  std::uint64_t timed_out = 0;
  std::uint64_t started = 0;  // processes
  int busy = 0;               // now
};

// Thread safe. The destructor waits for running calls and ends the processes.
class WorkerPool : public Decoder {
 public:
  // Starts one worker to see that it can: "decoder_unavailable" when not, "invalid_request" for options out
  // of range.
  static Result<std::unique_ptr<WorkerPool>> Create(WorkerPoolOptions options);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  Result<DecodedImage> DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                   Deadline deadline) override;
  Result<DecodedVideo> DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                   Deadline deadline) override;
  Result<MediaInfo> Inspect(std::span<const std::byte> bytes, Deadline deadline) override;

  WorkerPoolStats stats() const;

 private:
  class Impl;
  explicit WorkerPool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vlr
