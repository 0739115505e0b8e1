// libFuzzer: the first byte picks the way in, the rest are a stranger's bytes.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "media/gif_lzw.h"
#include "media/inline_decoder.h"
#include "media/protocol.h"

namespace {

vlr::DecodeLimits SmallLimits() {
  vlr::DecodeLimits limits;
  limits.max_image_pixels = 1 << 20;
  limits.max_frame_pixels = 1 << 18;
  limits.max_video_frames = 2000;
  limits.max_video_packets = 4000;
  return limits;
}

void FuzzGif(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return;
  const vlr::Size size = {1 + std::to_integer<int>(bytes[0]), 1 + std::to_integer<int>(bytes[1])};
  std::vector<std::uint8_t> raster(static_cast<std::size_t>(size.pixels()));
  vlr::DecodeGifLzw(bytes.subspan(4), std::to_integer<int>(bytes[2]) % 16,
                    {raster.data(), size.width, size, (std::to_integer<int>(bytes[3]) & 1) != 0});
}

void FuzzAnswer(std::span<const std::byte> bytes) {
  vlr::WireAnswer answer;
  if (bytes.size() < sizeof(answer) + 1) return;
  std::memcpy(&answer, bytes.data() + 1, sizeof(answer));
  answer.magic = vlr::kWireMagic;
  vlr::WireRequest request;
  request.call = static_cast<vlr::WireCall>(1 + std::to_integer<unsigned>(bytes[0]) % 3);
  const auto payload = bytes.subspan(1 + sizeof(answer));
  const auto expected = vlr::CheckAnswer(answer, request);
  if (!expected || *expected > payload.size()) return;
  if (request.call == vlr::WireCall::kImage) (void)vlr::ImageOf(answer, payload.first(*expected));
  if (request.call == vlr::WireCall::kVideo) (void)vlr::VideoOf(answer, payload.first(*expected));
  if (request.call == vlr::WireCall::kInspect) (void)vlr::MediaInfoOf(answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  vlr::InlineDecoder decoder(SmallLimits());
  switch (data[0] % 5) {
    case 0:
      (void)decoder.DecodeImage(bytes, {}, deadline);
      break;
    case 1:
      (void)decoder.DecodeVideo(bytes, {.max_frames = 4}, deadline);
      break;
    case 2:
      (void)decoder.Inspect(bytes, deadline);
      break;
    case 3:
      FuzzGif(bytes);
      break;
    default:
      FuzzAnswer(bytes);
  }
  return 0;
}
