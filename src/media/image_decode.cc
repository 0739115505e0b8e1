#include "media/image_decode.h"

#include <string>

#include "media/format.h"
#include "media/image_codecs.h"
#include "media/image_errors.h"
#include "pixels/resize.h"

namespace vlr {
namespace {

Result<void> CheckBytes(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (bytes.size() <= limits.max_image_bytes) return {};
  return Error{"image_too_large",
               "the picture's file is larger than " + std::to_string(limits.max_image_bytes) + " bytes"};
}

Error NoKnownFormat() {
  return UnsupportedImage("not a JPEG, PNG, WebP or GIF picture");
}

Result<RgbImage> DecodePixels(std::span<const std::byte> bytes, std::int64_t max_pixels) {
  switch (SniffImage(bytes)) {
    case ImageFormat::kNone:
      return NoKnownFormat();
    case ImageFormat::kJpeg:
      return DecodeJpeg(bytes, max_pixels);
    case ImageFormat::kPng:
      return DecodePng(bytes, max_pixels);
    case ImageFormat::kWebp:
      return DecodeWebp(bytes, max_pixels);
    case ImageFormat::kGif:
      return DecodeGif(bytes, max_pixels);
  }
  return NoKnownFormat();
}

Result<Size> SizeOf(std::span<const std::byte> bytes) {
  switch (SniffImage(bytes)) {
    case ImageFormat::kNone:
      return NoKnownFormat();
    case ImageFormat::kJpeg:
      return JpegSize(bytes);
    case ImageFormat::kPng:
      return PngSize(bytes);
    case ImageFormat::kWebp:
      return WebpSize(bytes);
    case ImageFormat::kGif:
      return GifSize(bytes);
  }
  return NoKnownFormat();
}

Result<void> CheckRequest(const ImageRequest& request) {
  if (request.factor <= 0 || request.factor > 4096) {
    return Error{"invalid_request", "factor is out of range", "factor"};
  }
  if (request.min_pixels <= 0) return Error{"invalid_request", "min_pixels must be positive", "min_pixels"};
  if (request.max_pixels < request.min_pixels) {
    return Error{"invalid_request", "max_pixels must not be below min_pixels", "max_pixels"};
  }
  if (request.resize != ImageResize::kNative) {
    return Error{"invalid_request", "image.resize: only \"native\" is supported", "image.resize"};
  }
  if (request.blur_sigma != 0) {
    return Error{"invalid_request", "image.blur_sigma: only 0 is supported", "image.blur_sigma"};
  }
  if (request.measure_quality || request.quality_threshold != 0) {
    return Error{"invalid_request", "image.quality_threshold: only 0 is supported",
                 "image.quality_threshold"};
  }
  return {};
}

}  // namespace

Result<DecodedImage> DecodeImageBytes(std::span<const std::byte> bytes, const ImageRequest& request,
                                      const DecodeLimits& limits) {
  if (const auto ok = CheckRequest(request); !ok) return ok.error();
  if (const auto ok = CheckBytes(bytes, limits); !ok) return ok.error();
  const auto pixels = DecodePixels(bytes, limits.max_image_pixels);
  if (!pixels) return pixels.error();
  const auto size =
      SmartResize(pixels->size, request.factor, request.min_pixels, static_cast<double>(request.max_pixels));
  if (!size) return Error{"image_aspect_ratio", size.error().message};
  if (static_cast<std::size_t>(size->pixels()) * 3 > limits.max_output_bytes) {
    return Error{"image_too_large", "the resized picture would be larger than the limit"};
  }
  return DecodedImage{ResizeBicubicPil(*pixels, *size), pixels->size, std::nullopt};
}

Result<MediaInfo> InspectImageBytes(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (const auto ok = CheckBytes(bytes, limits); !ok) return ok.error();
  const auto size = SizeOf(bytes);
  if (!size) return size.error();
  MediaInfo info;
  info.format = FormatName(SniffImage(bytes));
  info.size = *size;
  return info;
}

}  // namespace vlr
