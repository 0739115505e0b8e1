// What is refused, and as what: bombs, cut files, wrong kinds, other formats' files.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "media/inline_decoder.h"

namespace vlr {
namespace {

std::string MediaFile(const std::string& name) {
  const auto bytes = ReadFile(std::string(VLR_TEST_DATA "/golden-a/media/") + name, std::size_t{1} << 30);
  if (!bytes) ADD_FAILURE() << bytes.error().message;
  return bytes ? *bytes : "";
}

Decoder::Deadline Soon() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

std::string ImageCode(const std::string& bytes, const DecodeLimits& limits = {},
                      const ImageRequest& request = {}) {
  InlineDecoder decoder(limits);
  const auto image = decoder.DecodeImage(std::as_bytes(std::span(bytes)), request, Soon());
  return image ? "ok" : image.error().code;
}

std::string VideoCode(const std::string& bytes, const VideoRequest& request = {},
                      const DecodeLimits& limits = {}, const Decoder::Deadline& deadline = Soon()) {
  InlineDecoder decoder(limits);
  const auto video = decoder.DecodeVideo(std::as_bytes(std::span(bytes)), request, deadline);
  return video ? "ok" : video.error().code;
}

// A PNG header that claims a size; its checksum is right, so only the size can be refused.
std::string PngOfSize(std::uint32_t width, std::uint32_t height) {
  std::string chunk = "IHDR";
  for (const std::uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) chunk += static_cast<char>(side >> shift & 0xFF);
  }
  chunk += std::string("\x08\x02\0\0\0", 5);
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : chunk) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  crc = ~crc;
  std::string png = std::string("\x89PNG\r\n\x1A\n", 8) + std::string("\0\0\0\x0D", 4) + chunk;
  for (int shift = 24; shift >= 0; shift -= 8) png += static_cast<char>(crc >> shift & 0xFF);
  return png + std::string("\0\0\0\0IDAT\x35\xAF\x06\x1E", 12);
}

TEST(BadImageTest, KindsAreToldByTheirBytes) {
  EXPECT_EQ(ImageCode(""), "image_unsupported");
  EXPECT_EQ(ImageCode("hello, I am a .jpg"), "image_unsupported");
  EXPECT_EQ(ImageCode(MediaFile("v1.mp4")), "image_unsupported");
  EXPECT_EQ(ImageCode("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image_unsupported");
  EXPECT_EQ(VideoCode(MediaFile("a.png")), "video_unsupported");
  EXPECT_EQ(VideoCode("#EXTM3U\nhttp://127.0.0.1/x.ts\n"), "video_unsupported");
  EXPECT_EQ(VideoCode("ffconcat version 1.0\nfile /etc/passwd\n"), "video_unsupported");
}

TEST(BadImageTest, BombsAreRefusedByTheirHeader) {
  EXPECT_EQ(ImageCode(PngOfSize(20000, 20000)), "image_too_large");
  EXPECT_EQ(ImageCode(PngOfSize(0x7FFFFFFF, 0x7FFFFFFF)), "image_too_large");
  EXPECT_EQ(ImageCode(PngOfSize(1000, 1000)), "image_corrupt");
  constexpr char huge_gif[] = "GIF89a\xFF\xFF\xFF\xFF\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
  EXPECT_EQ(ImageCode(std::string(huge_gif, sizeof(huge_gif) - 1)), "image_too_large");
  EXPECT_EQ(ImageCode(MediaFile("big.png"), {.max_image_pixels = 1000}), "image_too_large");
  EXPECT_EQ(ImageCode(MediaFile("j.jpg"), {.max_image_pixels = 1000}), "image_too_large");
  EXPECT_EQ(ImageCode(MediaFile("lossy.webp"), {.max_image_pixels = 1000}), "image_too_large");
  EXPECT_EQ(ImageCode(MediaFile("j.jpg"), {.max_image_bytes = 100}), "image_too_large");
  EXPECT_EQ(ImageCode(MediaFile("tall.png"), {}, {.min_pixels = 1, .max_pixels = 1024}),
            "image_aspect_ratio");
}

TEST(BadImageTest, EveryCutOfEveryFormatIsCorrupt) {
  for (const char* name :
       {"b.png", "j420.jpg", "jprog.jpg", "jcmyk.jpg", "lossy.webp", "lossless.webp", "trans.gif"}) {
    const std::string whole = MediaFile(name);
    ASSERT_EQ(ImageCode(whole), "ok") << name;
    for (const std::size_t part :
         {std::size_t{12}, whole.size() / 4, whole.size() / 2, whole.size() * 9 / 10}) {
      EXPECT_EQ(ImageCode(whole.substr(0, part)), "image_corrupt") << name << " cut to " << part;
    }
  }
}

TEST(BadImageTest, RequestsAreChecked) {
  const std::string picture = MediaFile("a.png");
  EXPECT_EQ(ImageCode(picture, {}, {.factor = 0}), "invalid_request");
  EXPECT_EQ(ImageCode(picture, {}, {.min_pixels = 0}), "invalid_request");
  EXPECT_EQ(ImageCode(picture, {}, {.min_pixels = 4096, .max_pixels = 4095}), "invalid_request");
}

TEST(BadVideoTest, CutVideosAreCorrupt) {
  for (const char* name : {"v1.mp4", "v10bit.mp4", "vp9.webm"}) {
    const std::string whole = MediaFile(name);
    ASSERT_EQ(VideoCode(whole), "ok") << name;
    for (const std::size_t part : {std::size_t{40}, whole.size() / 4, whole.size() / 2, whole.size() - 10}) {
      EXPECT_EQ(VideoCode(whole.substr(0, part)), "video_corrupt") << name << " cut to " << part;
    }
  }
}

TEST(BadVideoTest, LimitsHold) {
  const std::string video = MediaFile("v2.mp4");
  EXPECT_EQ(VideoCode(video, {}, {.max_video_bytes = 100}), "video_too_large");
  EXPECT_EQ(VideoCode(video, {}, {.max_frame_pixels = 100}), "video_too_large");
  EXPECT_EQ(VideoCode(video, {}, {.max_video_frames = 100}), "video_too_large");
  EXPECT_EQ(VideoCode(video, {}, {.max_video_packets = 100}), "video_too_large");
  EXPECT_EQ(VideoCode(video, {}, {.max_output_bytes = 1000}), "video_too_large");
  EXPECT_EQ(VideoCode(video, {}, {}, std::chrono::steady_clock::now()), "decode_timeout");
}

TEST(BadVideoTest, RequestsAreChecked) {
  const std::string video = MediaFile("v2.mp4");
  EXPECT_EQ(VideoCode(video, {.fps = 0}), "invalid_request");
  EXPECT_EQ(VideoCode(video, {.max_frames = 1}), "invalid_request");
  EXPECT_EQ(VideoCode(video, {.max_frames = 100000}), "invalid_request");
  EXPECT_EQ(VideoCode(video, {.start_s = 8.0}), "video_range_invalid");
}

}  // namespace
}  // namespace vlr
