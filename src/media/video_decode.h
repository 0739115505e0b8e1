// A video's whole way in the worker: container, frame choice, frames, resize.
#pragma once

#include "media/decoder.h"

namespace vlr {

Result<DecodedVideo> DecodeVideoBytes(std::span<const std::byte> bytes, const VideoRequest& request,
                                      const DecodeLimits& limits, const Decoder::Deadline& deadline);
Result<MediaInfo> InspectVideoBytes(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                    Decoder::Deadline deadline);

}  // namespace vlr
