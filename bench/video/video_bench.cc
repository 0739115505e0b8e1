// vl-rerank-video-bench FILE FRAMES: chooses, decodes and resizes that many frames of a video as the model is
// shown it; prints one JSON object: the milliseconds, from the file's bytes in memory, and each frame's
// number and SHA-256.
#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "media/inline_decoder.h"

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30;

std::string Sha256(const vlr::RgbImage& frame) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(frame.rgb.data(), frame.rgb.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

int Run(const std::string& path, int frames) {
  const std::string bytes = vlr::ReadFile(path, kMaxFileBytes).value();
  vlr::InlineDecoder decoder{vlr::DecodeLimits{}};
  vlr::VideoRequest request;
  request.max_frames = frames;
  const auto start = std::chrono::steady_clock::now();
  const auto video =
      decoder.DecodeVideo(std::as_bytes(std::span(bytes)), request, start + std::chrono::minutes(10)).value();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  vlr::json::Writer writer;
  writer.BeginObject().Key("milliseconds").Double(took.count()).Key("frames").BeginArray();
  for (std::size_t i = 0; i < video.frames.size(); ++i) {
    writer.BeginArray().Integer(video.frame_indices[i]).String(Sha256(video.frames[i])).EndArray();
  }
  writer.EndArray().EndObject();
  std::cout << writer.Take() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: vl-rerank-video-bench FILE FRAMES\n";
    return 2;
  }
  try {
    return Run(argv[1], std::atoi(argv[2]));
  } catch (const std::exception& exception) {
    std::cerr << "vl-rerank-video-bench: " << exception.what() << '\n';
    return 1;
  }
}
