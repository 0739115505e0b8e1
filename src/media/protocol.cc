#include "media/protocol.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "base/utf8.h"

namespace vlr {
namespace {

constexpr std::array<std::string_view, 15> kCodes = {
    "image_unsupported",  "image_corrupt",  "image_too_large", "image_aspect_ratio", "image_quality_low",
    "video_unsupported",  "video_corrupt",  "video_too_large", "video_too_short",    "video_range_invalid",
    "video_aspect_ratio", "decode_timeout", "decode_memory",   "invalid_request",    "decoder_crashed"};

Error Nonsense() {
  return {"decoder_crashed", "the decoder answered nonsense"};
}

template <std::size_t N>
void SetText(const std::string& text, std::array<char, N>& to) {
  const std::size_t length = std::min(text.size(), N - 1);
  std::copy_n(text.begin(), length, to.begin());
  to[length] = '\0';
}

template <std::size_t N>
std::string TextOf(const std::array<char, N>& from) {
  return ReplaceInvalidUtf8({from.data(), ::strnlen(from.data(), N - 1)});
}

bool IsPositive(Size size) {
  return size.width > 0 && size.height > 0;
}

// Bytes of `frames` pictures; 0 when that is more than the limit.
std::size_t PixelBytes(Size size, std::int32_t frames, std::size_t limit) {
  if (!IsPositive(size) || frames <= 0) return 0;
  const auto one = static_cast<std::size_t>(size.pixels());
  if (one > limit / 3 / static_cast<std::size_t>(frames)) return 0;
  return one * 3 * static_cast<std::size_t>(frames);
}

RgbImage CopyPixels(Size size, std::span<const std::byte> bytes) {
  RgbImage image = MakeRgbImage(size);
  std::memcpy(image.rgb.data(), bytes.data(), image.rgb.size());
  return image;
}

bool VideoMakesSense(const WireAnswer& answer, const WireRequest& request) {
  return answer.frames <= request.limits.max_sampled_frames && answer.frames <= request.video.max_frames &&
         std::isfinite(answer.fps) && answer.fps > 0 && IsPositive(answer.original) &&
         answer.total_frames > 0;
}

}  // namespace

std::size_t Payload::bytes() const {
  std::size_t sum = indices.size_bytes();
  for (const auto& part : pixels) sum += part.size();
  return sum;
}

WireAnswer AnswerOf(const Error& error) {
  WireAnswer answer;
  answer.magic = kWireMagic;
  SetText(error.code, answer.code);
  SetText(error.message, answer.message);
  SetText(error.part, answer.part);
  return answer;
}

WireAnswer AnswerOf(const DecodedImage& image, Payload* payload) {
  WireAnswer answer;
  answer.magic = kWireMagic;
  answer.ok = 1;
  answer.size = image.pixels.size;
  answer.original = image.original;
  answer.frames = 1;
  answer.has_quality = image.quality ? 1 : 0;
  answer.quality = image.quality.value_or(0);
  payload->pixels.emplace_back(image.pixels.rgb);
  answer.payload_bytes = payload->bytes();
  return answer;
}

WireAnswer AnswerOf(const DecodedVideo& video, Payload* payload) {
  WireAnswer answer;
  answer.magic = kWireMagic;
  answer.ok = 1;
  answer.size = video.frames.front().size;
  answer.original = video.original;
  answer.frames = static_cast<std::int32_t>(video.frames.size());
  answer.fps = video.fps;
  answer.total_frames = video.total_frames;
  payload->indices = video.frame_indices;
  for (const RgbImage& frame : video.frames) payload->pixels.emplace_back(frame.rgb);
  answer.payload_bytes = payload->bytes();
  return answer;
}

WireAnswer AnswerOf(const MediaInfo& info) {
  WireAnswer answer;
  answer.magic = kWireMagic;
  answer.ok = 1;
  answer.is_video = info.kind == MediaKind::kVideo ? 1 : 0;
  answer.size = info.size;
  answer.fps = info.fps;
  answer.duration_s = info.duration_s;
  answer.total_frames = info.frames;
  answer.rotation_degrees = info.rotation_degrees;
  SetText(info.format, answer.format);
  SetText(info.codec, answer.codec);
  return answer;
}

Result<std::size_t> CheckAnswer(const WireAnswer& answer, const WireRequest& request) {
  if (answer.magic != kWireMagic) return Nonsense();
  if (answer.ok == 0) {
    const std::string code = TextOf(answer.code);
    if (std::find(kCodes.begin(), kCodes.end(), code) == kCodes.end()) return Nonsense();
    return Error{code, TextOf(answer.message), TextOf(answer.part)};
  }
  std::size_t expected = 0;
  const std::size_t limit = request.limits.max_output_bytes;
  switch (request.call) {
    case WireCall::kImage:
      expected = PixelBytes(answer.size, 1, limit);
      if (expected == 0 || !IsPositive(answer.original)) return Nonsense();
      break;
    case WireCall::kVideo:
      if (!VideoMakesSense(answer, request)) return Nonsense();
      expected = PixelBytes(answer.size, answer.frames, limit);
      if (expected == 0) return Nonsense();
      expected += sizeof(std::int64_t) * static_cast<std::size_t>(answer.frames);
      break;
    case WireCall::kInspect:
      if (!IsPositive(answer.size) || answer.total_frames < 0 || !std::isfinite(answer.fps) ||
          !std::isfinite(answer.duration_s)) {
        return Nonsense();
      }
      break;
  }
  if (answer.payload_bytes != expected) return Nonsense();
  return expected;
}

Result<DecodedImage> ImageOf(const WireAnswer& answer, std::span<const std::byte> payload) {
  DecodedImage image{CopyPixels(answer.size, payload), answer.original, std::nullopt};
  if (answer.has_quality != 0) {
    if (!(answer.quality >= 0 && answer.quality <= 1)) return Nonsense();
    image.quality = answer.quality;
  }
  return image;
}

Result<DecodedVideo> VideoOf(const WireAnswer& answer, std::span<const std::byte> payload) {
  DecodedVideo video;
  video.fps = answer.fps;
  video.original = answer.original;
  video.total_frames = answer.total_frames;
  video.frame_indices.resize(static_cast<std::size_t>(answer.frames));
  const std::size_t index_bytes = video.frame_indices.size() * sizeof(std::int64_t);
  std::memcpy(video.frame_indices.data(), payload.data(), index_bytes);
  for (const std::int64_t index : video.frame_indices) {
    if (index < 0 || index >= video.total_frames) return Nonsense();
  }
  payload = payload.subspan(index_bytes);
  const std::size_t frame_bytes = static_cast<std::size_t>(answer.size.pixels()) * 3;
  for (std::size_t i = 0; i < video.frame_indices.size(); ++i) {
    video.frames.push_back(CopyPixels(answer.size, payload.subspan(i * frame_bytes, frame_bytes)));
  }
  return video;
}

MediaInfo MediaInfoOf(const WireAnswer& answer) {
  MediaInfo info;
  info.kind = answer.is_video != 0 ? MediaKind::kVideo : MediaKind::kImage;
  info.format = TextOf(answer.format);
  info.codec = TextOf(answer.codec);
  info.size = answer.size;
  info.frames = answer.total_frames;
  info.fps = answer.fps;
  info.duration_s = answer.duration_s;
  info.rotation_degrees = answer.rotation_degrees;
  return info;
}

}  // namespace vlr
