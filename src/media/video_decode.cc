#include "media/video_decode.h"

#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "media/frame_reader.h"
#include "media/frame_sampling.h"
#include "media/video_file.h"
#include "pixels/resize.h"

namespace vlr {
namespace {

Result<void> CheckRequest(const VideoRequest& request, const DecodeLimits& limits) {
  if (!std::isfinite(request.fps) || request.fps <= 0) {
    return Error{"invalid_request", "fps must be positive", "fps"};
  }
  if (request.max_frames < 2 || request.max_frames > limits.max_sampled_frames) {
    return Error{"invalid_request",
                 "max_frames must be between 2 and " + std::to_string(limits.max_sampled_frames),
                 "max_frames"};
  }
  if (request.start_s && !std::isfinite(*request.start_s)) {
    return Error{"invalid_request", "start must be a number", "start"};
  }
  if (request.end_s && !std::isfinite(*request.end_s)) {
    return Error{"invalid_request", "end must be a number", "end"};
  }
  if (request.factor <= 0 || request.factor > 4096) {
    return Error{"invalid_request", "factor is out of range", "factor"};
  }
  if (request.frame_min_pixels <= 0 || request.frame_max_pixels < request.frame_min_pixels ||
      !std::isfinite(request.total_pixels) || request.total_pixels <= 0) {
    return Error{"invalid_request", "the pixel limits of a video are out of range", "total_pixels"};
  }
  return {};
}

}  // namespace

Result<DecodedVideo> DecodeVideoBytes(std::span<const std::byte> bytes, const VideoRequest& request,
                                      const DecodeLimits& limits, const Decoder::Deadline& deadline) {
  if (const auto ok = CheckRequest(request, limits); !ok) return ok.error();
  auto opened = VideoFile::Open(bytes, limits, deadline);
  if (!opened) return opened.error();
  VideoFile& file = **opened;
  FrameReader reader(&file, limits);
  if (const auto ok = reader.Index(); !ok) return ok.error();
  auto indices = ChooseFrames(request, reader.count(), file.fps());
  if (!indices) return indices.error();

  DecodedVideo video;
  video.original = file.size();
  video.fps = file.fps();
  video.total_frames = reader.count();
  const auto frames = static_cast<int>(indices->size());
  const auto size = VideoFrameSize(video.original, frames, request.factor, request.frame_min_pixels,
                                   request.frame_max_pixels, request.total_pixels);
  if (!size) return size.error();
  if (static_cast<std::size_t>(size->pixels()) * 3 * static_cast<std::size_t>(frames) >
      limits.max_output_bytes) {
    return Error{"video_too_large", "the resized frames would be larger than the limit"};
  }
  std::unordered_map<std::int64_t, std::size_t> done;  // short segments repeat frames
  for (const std::int64_t index : *indices) {
    if (const auto same = done.find(index); same != done.end()) {
      video.frames.push_back(RgbImage(video.frames[same->second]));
      continue;
    }
    const auto frame = reader.Read(index);
    if (!frame) return frame.error();
    done.emplace(index, video.frames.size());
    video.frames.push_back(ResizeBicubicTorch(*frame, *size));
    if (std::chrono::steady_clock::now() >= deadline.at) {
      return Error{"decode_timeout", "the video took longer to decode than allowed"};
    }
  }
  video.frame_indices = std::move(*indices);
  return video;
}

Result<MediaInfo> InspectVideoBytes(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                    Decoder::Deadline deadline) {
  auto opened = VideoFile::Open(bytes, limits, std::move(deadline));
  if (!opened) return opened.error();
  VideoFile& file = **opened;
  FrameReader reader(&file, limits);
  if (const auto ok = reader.Index(); !ok) return ok.error();
  MediaInfo info;
  info.kind = MediaKind::kVideo;
  info.format = file.format();
  info.codec = file.codec_name();
  info.size = file.size();
  info.frames = reader.count();
  info.fps = std::isfinite(file.fps()) ? file.fps() : 0;
  info.duration_s = file.duration_s();
  info.rotation_degrees = file.rotation_degrees();
  return info;
}

}  // namespace vlr
