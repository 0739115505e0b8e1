// A video that is given as a list of pictures. Each frame is decoded as an image with
// FrameListImageRequest(), all of them then become a video with PrepareFrameList (fetch_video of
// qwen-vl-utils 0.0.14 with a list).
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"

namespace vlr {

inline constexpr double kFrameListFps = 2.0;  // what the reference stamps a frame list with

struct FrameListOptions {
  int factor = 32;
  std::int64_t frame_min_pixels = std::int64_t{128} * 32 * 32;
  std::int64_t frame_max_pixels = std::int64_t{768} * 32 * 32;
  double total_pixels = 10.0 * 768 * 32 * 32;
  double fps = kFrameListFps;
};

// Which frames are kept when there are more than max_frames: linspace(0, count - 1, max_frames), truncated.
// All of them otherwise. REQUIRES count > 0, max_frames > 0.
std::vector<std::int64_t> PickFrames(std::int64_t count, int max_frames);

// How a single frame is decoded: at twice the model's factor, with that factor's own limits.
ImageRequest FrameListImageRequest(int factor = 32);

// The second resize, torchvision's. The last frame is repeated to an even count; indices count the given
// frames. Errors: "video_frames_differ" when the sizes differ, "video_too_short" for no frames,
// "video_aspect_ratio".
Result<DecodedVideo> PrepareFrameList(std::vector<RgbImage> frames, const FrameListOptions& options);

}  // namespace vlr
