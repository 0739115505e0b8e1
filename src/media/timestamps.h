// The times that the prompt writes before each temporal patch of a video.
#pragma once

#include <string>
#include <vector>

#include "media/decoder.h"

namespace vlr {

// One text per temporal patch, "%.1f" of the mean of its first and last frame's time in seconds, rounded as
// Python rounds ("0.2" for 0.25). An odd last frame counts twice. REQUIRES video.fps > 0, temporal > 0.
std::vector<std::string> Timestamps(const DecodedVideo& video, int temporal);

}  // namespace vlr
