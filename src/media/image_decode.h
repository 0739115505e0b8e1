// A picture's whole way in the worker: format, codec, resize.
#pragma once

#include "media/decoder.h"

namespace vlr {

Result<DecodedImage> DecodeImageBytes(std::span<const std::byte> bytes, const ImageRequest& request,
                                      const DecodeLimits& limits);
Result<MediaInfo> InspectImageBytes(std::span<const std::byte> bytes, const DecodeLimits& limits);

}  // namespace vlr
