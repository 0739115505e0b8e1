#include "media/image_decode.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "media/format.h"
#include "media/image_codecs.h"
#include "media/image_errors.h"
#include "pixels/blur.h"
#include "pixels/box.h"
#include "pixels/quality.h"
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

constexpr double kMaxBlurSigma = 100;

Error OutOfRange(const std::string& field, const std::string& range) {
  return {"invalid_request", field + " must be " + range, field};
}

Result<void> CheckBox(const ImageRequest& request, const DecodeLimits& limits) {
  if (request.resize == ImageResize::kNative) return {};
  if (request.box.width <= 0) return OutOfRange("image.width", "positive");
  if (request.box.height <= 0) return OutOfRange("image.height", "positive");
  if (request.box.pixels() > limits.max_image_pixels) {
    return OutOfRange("image.width",
                      "such that the box has at most " + std::to_string(limits.max_image_pixels) + " pixels");
  }
  return {};
}

Result<void> CheckRequest(const ImageRequest& request, const DecodeLimits& limits) {
  if (request.factor <= 0 || request.factor > 4096) {
    return Error{"invalid_request", "factor is out of range", "factor"};
  }
  if (request.min_pixels <= 0) return Error{"invalid_request", "min_pixels must be positive", "min_pixels"};
  if (request.max_pixels < request.min_pixels) {
    return Error{"invalid_request", "max_pixels must not be below min_pixels", "max_pixels"};
  }
  if (!(request.blur_sigma >= 0 && request.blur_sigma <= kMaxBlurSigma)) {
    return OutOfRange("image.blur_sigma", "a number from 0 to 100");
  }
  if (!(request.quality_threshold >= 0 && request.quality_threshold <= 1)) {
    return OutOfRange("image.quality_threshold", "a number from 0 to 1");
  }
  return CheckBox(request, limits);
}

Result<double> Measured(const RgbImage& pixels, double threshold) {
  const double quality = MeasureQuality(pixels);
  if (quality >= threshold) return quality;
  char text[96];
  std::snprintf(text, sizeof(text), "the picture's quality is %.3f, below the threshold of %.3f", quality,
                threshold);
  return Error{"image_quality_low", text};
}

// What the caller asks for before the model's own preprocessing.
Result<RgbImage> Prepared(RgbImage pixels, const ImageRequest& request, const DecodeLimits& limits) {
  switch (request.resize) {
    case ImageResize::kNative:
      break;
    case ImageResize::kFit:
      pixels = FitIntoBox(pixels, request.box);
      break;
    case ImageResize::kCrop:
      if (CoveringSize(pixels.size, request.box).pixels() > limits.max_image_pixels) {
        return Error{"image_too_large", "scaled to cover the box the picture would be larger than the limit"};
      }
      pixels = CropToBox(pixels, request.box);
      break;
  }
  return request.blur_sigma > 0 ? GaussianBlur(pixels, request.blur_sigma) : std::move(pixels);
}

}  // namespace

Result<DecodedImage> DecodeImageBytes(std::span<const std::byte> bytes, const ImageRequest& request,
                                      const DecodeLimits& limits) {
  if (const auto ok = CheckRequest(request, limits); !ok) return ok.error();
  if (const auto ok = CheckBytes(bytes, limits); !ok) return ok.error();
  auto decoded = DecodePixels(bytes, limits.max_image_pixels);
  if (!decoded) return decoded.error();
  DecodedImage image;
  image.original = decoded->size;
  if (request.measure_quality || request.quality_threshold > 0) {
    const auto quality = Measured(*decoded, request.quality_threshold);
    if (!quality) return quality.error();
    image.quality = *quality;
  }
  const auto pixels = Prepared(std::move(*decoded), request, limits);
  if (!pixels) return pixels.error();
  const auto size =
      SmartResize(pixels->size, request.factor, request.min_pixels, static_cast<double>(request.max_pixels));
  if (!size) return Error{"image_aspect_ratio", size.error().message};
  if (static_cast<std::size_t>(size->pixels()) * 3 > limits.max_output_bytes) {
    return Error{"image_too_large", "the resized picture would be larger than the limit"};
  }
  image.pixels = ResizeBicubicPil(*pixels, *size);
  return image;
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
