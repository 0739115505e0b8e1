#include "media/inline_decoder.h"

#include <new>
#include <stdexcept>

#include "media/format.h"
#include "media/image_decode.h"
#include "media/video_decode.h"

namespace vlr {
namespace {

// Running out of memory on a stranger's bytes is that document's failure.
template <class Decode>
auto WithoutExhaustion(Decode decode) -> decltype(decode()) {
  try {
    return decode();
  } catch (const std::bad_alloc&) {
    return Error{"decode_memory", "the document needs more memory than allowed"};
  } catch (const std::length_error&) {
    return Error{"decode_memory", "the document needs more memory than allowed"};
  }
}

}  // namespace

Result<DecodedImage> InlineDecoder::DecodeImage(std::span<const std::byte> bytes, const ImageRequest& request,
                                                Deadline) {
  return WithoutExhaustion([&] { return DecodeImageBytes(bytes, request, limits_); });
}

Result<DecodedVideo> InlineDecoder::DecodeVideo(std::span<const std::byte> bytes, const VideoRequest& request,
                                                Deadline deadline) {
  return WithoutExhaustion([&] { return DecodeVideoBytes(bytes, request, limits_, deadline); });
}

Result<MediaInfo> InlineDecoder::Inspect(std::span<const std::byte> bytes, Deadline deadline) {
  return WithoutExhaustion([&]() -> Result<MediaInfo> {
    if (SniffVideo(bytes) != VideoFormat::kNone) return InspectVideoBytes(bytes, limits_, deadline);
    return InspectImageBytes(bytes, limits_);
  });
}

}  // namespace vlr
