#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "media/image_codecs.h"
#include "media/image_errors.h"

namespace vlr {
namespace {

struct AnimationDeleter {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

Result<WebPBitstreamFeatures> Features(std::span<const std::byte> bytes) {
  WebPBitstreamFeatures features;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  switch (WebPGetFeatures(data, bytes.size(), &features)) {
    case VP8_STATUS_OK:
      return features;
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return CorruptImage("the WebP is cut off");
    default:
      return CorruptImage("the WebP's header is damaged");
  }
}

}  // namespace

Result<Size> WebpSize(std::span<const std::byte> bytes) {
  const auto features = Features(bytes);
  if (!features) return features.error();
  return Size{features->width, features->height};
}

Result<RgbImage> DecodeWebp(std::span<const std::byte> bytes, std::int64_t max_pixels) {
  const auto features = Features(bytes);
  if (!features) return features.error();
  const Size size = {features->width, features->height};
  if (const auto ok = CheckImageSize(size, max_pixels); !ok) return ok.error();

  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) return UnsupportedImage("another version of libwebpdemux");
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  const WebPData data = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, AnimationDeleter> decoder(WebPAnimDecoderNew(&data, &options));
  if (!decoder) return CorruptImage("the WebP is cut off or damaged");
  WebPAnimInfo info;
  if (WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 ||
      Size{static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height)} != size) {
    return CorruptImage("the WebP's header is damaged");
  }
  std::uint8_t* canvas = nullptr;
  int timestamp = 0;
  if (WebPAnimDecoderGetNext(decoder.get(), &canvas, &timestamp) == 0) {
    return CorruptImage("the WebP's first frame is damaged");
  }
  RgbImage image = MakeRgbImage(size);
  const bool has_alpha = features->has_alpha != 0;
  std::uint8_t* out = image.rgb.data();
  for (std::int64_t i = 0; i < size.pixels(); ++i, canvas += 4, out += 3) {
    for (int c = 0; c < 3; ++c) out[c] = has_alpha ? OnWhite(canvas[c], canvas[3]) : canvas[c];
  }
  return image;
}

}  // namespace vlr
