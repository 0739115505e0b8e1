#include "media/frame_sampling.h"

#include <algorithm>
#include <cmath>

#include "pixels/resize.h"

namespace vlr {
namespace {

constexpr int kFrameFactor = 2;  // counts are multiples of the temporal patch
constexpr int kMinFrames = 4;

struct FrameRange {
  std::int64_t first;
  std::int64_t last;
  std::int64_t count;
};

Result<FrameRange> RangeOf(const VideoRequest& request, std::int64_t total, double fps) {
  if (!request.start_s && !request.end_s) return FrameRange{0, total - 1, total};
  const double duration = static_cast<double>(total) / fps;
  std::int64_t first = 0;
  std::int64_t last = total - 1;
  if (request.start_s) {
    first = static_cast<std::int64_t>(std::ceil(std::clamp(*request.start_s, 0.0, duration) * fps));
  }
  if (request.end_s) {
    last = static_cast<std::int64_t>(std::floor(std::clamp(*request.end_s, 0.0, duration) * fps));
    last = std::min(last, total - 1);
  }
  if (first >= last) {
    return Error{"video_range_invalid",
                 "start and end leave no frames of a video of " + std::to_string(duration) + " seconds"};
  }
  return FrameRange{first, last, last - first + 1};
}

}  // namespace

std::vector<std::int64_t> LinspaceRounded(std::int64_t start, std::int64_t end, int count) {
  const auto from = static_cast<float>(start);
  const auto to = static_cast<float>(end);
  const float step = (to - from) / static_cast<float>(count - 1);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {  // the first half counts up from start, the second down from end
    const float value = i < count / 2 ? std::fma(step, static_cast<float>(i), from)
                                      : std::fma(-step, static_cast<float>(count - i - 1), to);
    indices[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(std::nearbyint(value));
  }
  return indices;
}

Result<std::vector<std::int64_t>> ChooseFrames(const VideoRequest& request, std::int64_t total_frames,
                                               double fps) {
  if (!std::isfinite(fps) || fps <= 0) return Error{"video_corrupt", "the video states no frame rate"};
  if (request.max_frames < kFrameFactor) {
    return Error{"invalid_request", "max_frames must be at least 2", "max_frames"};
  }
  if (total_frames < kFrameFactor) return Error{"video_too_short", "the video has fewer than two frames"};
  const auto range = RangeOf(request, total_frames, fps);
  if (!range) return range.error();
  const double available = static_cast<double>(range->count);
  const double most = std::floor(request.max_frames / static_cast<double>(kFrameFactor)) * kFrameFactor;
  double wanted = available / fps * request.fps;
  wanted = std::min(std::min(std::max(wanted, static_cast<double>(kMinFrames)), most), available);
  const int count = static_cast<int>(std::floor(wanted / kFrameFactor)) * kFrameFactor;
  if (count < kFrameFactor) return Error{"video_too_short", "the segment has fewer than two frames"};
  return LinspaceRounded(range->first, range->last, count);
}

Result<Size> VideoFrameSize(Size original, int frames, int factor, std::int64_t frame_min_pixels,
                            std::int64_t frame_max_pixels, double total_pixels) {
  const double share = total_pixels / frames * kFrameFactor;
  const double least = std::trunc(static_cast<double>(frame_min_pixels) * 1.05);
  const double most = std::max(std::min(static_cast<double>(frame_max_pixels), share), least);
  auto size = SmartResize(original, factor, frame_min_pixels, most);
  if (!size) return Error{"video_aspect_ratio", size.error().message};
  return size;
}

}  // namespace vlr
