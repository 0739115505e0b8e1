// The decoder in this very process: what the worker runs, and what tests compare it with. A program that
// reads bytes of strangers uses WorkerPool instead.
#pragma once

#include "media/decoder.h"

namespace vlr {

class InlineDecoder : public Decoder {
 public:
  explicit InlineDecoder(const DecodeLimits& limits) : limits_(limits) {}

  Result<DecodedImage> DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                   Deadline deadline) override;
  Result<DecodedVideo> DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                   Deadline deadline) override;
  Result<MediaInfo> Inspect(std::span<const std::byte> bytes, Deadline deadline) override;

 private:
  DecodeLimits limits_;
};

}  // namespace vlr
