#include "media/frame_list.h"

#include <cmath>

#include "media/frame_sampling.h"
#include "pixels/resize.h"

namespace vlr {

std::vector<std::int64_t> PickFrames(std::int64_t count, int max_frames) {
  const std::int64_t kept = std::min<std::int64_t>(count, max_frames);
  std::vector<std::int64_t> picked(static_cast<std::size_t>(kept));
  const double step = kept > 1 ? static_cast<double>(count - 1) / static_cast<double>(kept - 1) : 0.0;
  for (std::int64_t i = 0; i < kept; ++i) {
    picked[static_cast<std::size_t>(i)] =
        static_cast<std::int64_t>(std::floor(static_cast<double>(i) * step));
  }
  if (kept > 1) picked.back() = count - 1;
  return picked;
}

ImageRequest FrameListImageRequest(int factor) {
  ImageRequest request;
  request.factor = 2 * factor;
  const std::int64_t area = std::int64_t{request.factor} * request.factor;
  request.min_pixels = 4 * area;
  request.max_pixels = 16384 * area;
  return request;
}

Result<DecodedVideo> PrepareFrameList(std::vector<RgbImage> frames, const FrameListOptions& options) {
  if (frames.empty()) return Error{"video_too_short", "the list holds no frames"};
  for (const RgbImage& frame : frames) {
    if (frame.size != frames.front().size) {
      return Error{"video_frames_differ", "the frames of a list must agree in size"};
    }
  }
  if (frames.size() % 2 != 0) frames.push_back(frames.back());
  DecodedVideo video;
  video.original = frames.front().size;
  video.fps = options.fps;
  video.total_frames = static_cast<std::int64_t>(frames.size());
  const auto size = VideoFrameSize(video.original, static_cast<int>(frames.size()), options.factor,
                                   options.frame_min_pixels, options.frame_max_pixels, options.total_pixels);
  if (!size) return size.error();
  for (RgbImage& frame : frames) {
    frame = ResizeBicubicTorch(frame, *size);
    video.frame_indices.push_back(static_cast<std::int64_t>(video.frame_indices.size()));
  }
  video.frames = std::move(frames);
  return video;
}

}  // namespace vlr
