// What a client and its decode worker say to each other: one datagram each way over a socket pair, both ends
// from one build. A request carries the document in a sealed memfd; an answer carries numbers and, when there
// are pixels, another sealed memfd. The worker may have been taken over by its input: nothing in an answer is
// believed unchecked.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"

namespace vlr {

// The descriptor that a worker finds its socket at.
inline constexpr int kWorkerSocket = 3;

enum class WireCall : std::uint32_t { kImage = 1, kVideo = 2, kInspect = 3 };

struct WireRequest {
  std::uint32_t magic = 0;
  WireCall call = WireCall::kImage;
  ImageRequest image;
  VideoRequest video;
  DecodeLimits limits;
  std::chrono::milliseconds budget{0};  // until the deadline
};

// Texts end with a 0 byte. Payload: for a video first an int64 for each frame's index; then the pixels.
struct WireAnswer {
  std::uint32_t magic = 0;
  std::uint32_t ok = 0;
  std::array<char, 32> code{};  // of the error when not ok
  std::array<char, 256> message{};
  std::array<char, 64> part{};
  Size size;  // of the pixels, or of the media for inspect
  Size original;
  std::int32_t frames = 0;
  std::uint32_t has_quality = 0;
  double quality = 0;
  double fps = 0;
  double duration_s = 0;
  std::int64_t total_frames = 0;
  std::uint32_t is_video = 0;
  std::int32_t rotation_degrees = 0;
  std::array<char, 16> format{};
  std::array<char, 24> codec{};
  std::uint64_t payload_bytes = 0;
};

inline constexpr std::uint32_t kWireMagic = 0x564C5231;

// The worker's side. The payload is what has to be put into the memfd, in order.
struct Payload {
  std::span<const std::int64_t> indices;
  std::vector<std::span<const std::uint8_t>> pixels;
  std::size_t bytes() const;
};
WireAnswer AnswerOf(const Error& error);
WireAnswer AnswerOf(const DecodedImage& image, Payload* payload);
WireAnswer AnswerOf(const DecodedVideo& video, Payload* payload);
WireAnswer AnswerOf(const MediaInfo& info);

// The client's side. Errors: the worker's own, if it is one of media/decoder.h; "decoder_crashed" for an
// answer that makes no sense. CheckAnswer says how many payload bytes a valid answer to that request has.
Result<std::size_t> CheckAnswer(const WireAnswer& answer, const WireRequest& request);
// REQUIRES payload.size() == *CheckAnswer().
Result<DecodedImage> ImageOf(const WireAnswer& answer, std::span<const std::byte> payload);
Result<DecodedVideo> VideoOf(const WireAnswer& answer, std::span<const std::byte> payload);
MediaInfo MediaInfoOf(const WireAnswer& answer);

}  // namespace vlr
