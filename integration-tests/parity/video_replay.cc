// video_replay DIR…: reads the videos of each folder as its records.jsonl asks and compares with what the
// reference's reader gave: frame numbers, rate, size and a digest of every resized frame.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "media/inline_decoder.h"

namespace vlr::parity {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;
constexpr std::size_t kDigestBytes = 6;

std::string DigestOf(const RgbImage& frame) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  EVP_Digest(frame.rgb.data(), frame.rgb.size(), bytes.data(), nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    hex += "0123456789abcdef"[bytes[i] >> 4];
    hex += "0123456789abcdef"[bytes[i] & 15];
  }
  return hex;
}

VideoRequest RequestOf(const json::Value& record) {
  VideoRequest request;
  request.fps = record.Find("fps")->AsNumber();
  request.max_frames = static_cast<int>(record.Find("max_frames")->AsInteger());
  if (const auto start = record.Find("start")) request.start_s = start->AsNumber();
  if (const auto end = record.Find("end")) request.end_s = end->AsNumber();
  return request;
}

// What differs; empty when nothing does.
std::string Compare(const json::Value& answer, const Result<DecodedVideo>& video) {
  std::ostringstream out;
  if (const auto error = answer.Find("error")) {
    if (video) return "was read, recorded " + error->Dump();
    for (std::size_t i = 0; i < error->size(); ++i) {
      if ((*error)[i].AsString() == video.error().code) return {};
    }
    return video.error().code + ": " + video.error().message + ", recorded " + error->Dump();
  }
  if (!video) return video.error().code + ": " + video.error().message;
  if (video->fps != answer.Find("fps")->AsNumber()) out << "fps is " << video->fps << "; ";
  if (video->total_frames != answer.Find("total")->AsInteger())
    out << "total is " << video->total_frames << "; ";
  const json::Value frames = *answer.Find("frames");
  if (video->frames.size() != frames.size()) {
    out << video->frames.size() << " frames, recorded " << frames.size();
    return out.str();
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (video->frame_indices[i] != frames[i][0].AsInteger()) {
      out << "frame " << i << " is number " << video->frame_indices[i] << ", recorded "
          << frames[i][0].AsInteger() << "; ";
    } else if (const auto digest = DigestOf(video->frames[i]); digest != frames[i][1].AsString()) {
      out << "pixels of frame " << i << " (number " << video->frame_indices[i] << ") are " << digest
          << ", recorded " << frames[i][1].AsString() << "; ";
    }
  }
  return out.str();
}

void ReplayFolder(const std::string& folder, int* passed, int* failed) {
  std::istringstream records(ReadFile(folder + "/records.jsonl", kMaxFileBytes).value());
  InlineDecoder decoder{DecodeLimits{}};
  for (std::string line; std::getline(records, line);) {
    const auto parsed = json::Document::Parse(line).value();
    const json::Value record = parsed.root();
    const std::string name(record.Find("file")->AsString());
    const std::string bytes = ReadFile(folder + "/" + name, kMaxFileBytes).value();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
    const auto video = decoder.DecodeVideo(std::as_bytes(std::span(bytes)), RequestOf(record), deadline);
    const std::string difference = Compare(*record.Find("answer"), video);
    (difference.empty() ? *passed : *failed) += 1;
    if (!difference.empty())
      std::printf("FAILED  %s/%s: %s\n", folder.c_str(), name.c_str(), difference.c_str());
  }
}

int Replay(int count, char** folders) {
  int passed = 0;
  int failed = 0;
  for (int i = 0; i < count; ++i) {
    try {
      ReplayFolder(folders[i], &passed, &failed);
    } catch (const std::exception& problem) {
      ++failed;
      std::printf("FAILED  %s: %s\n", folders[i], problem.what());
    }
  }
  std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace vlr::parity

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: video_replay DIR...\n");
    return 2;
  }
  return vlr::parity::Replay(argc - 1, argv + 1);
}
