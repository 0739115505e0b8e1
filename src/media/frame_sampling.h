// Which frames of a video are looked at, and how large they become: pure arithmetic of qwen-vl-utils 0.0.14.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "media/decoder.h"

namespace vlr {

// Indices of the frames to decode, in order (duplicates are possible), an even count. Errors:
// "video_too_short", "video_range_invalid", "video_corrupt" for a frame rate that is none, "invalid_request"
// for max_frames below 2.
Result<std::vector<std::int64_t>> ChooseFrames(const VideoRequest& request, std::int64_t total_frames,
                                               double fps);

// torch.linspace(start, end, count).round() in float32 on the CPU: the last bits decide in long videos.
std::vector<std::int64_t> LinspaceRounded(std::int64_t start, std::int64_t end, int count);

// The size of each of `frames` frames after resizing. Errors: "video_aspect_ratio".
Result<Size> VideoFrameSize(Size original, int frames, int factor, std::int64_t frame_min_pixels,
                            std::int64_t frame_max_pixels, double total_pixels);

}  // namespace vlr
