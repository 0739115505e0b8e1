// What is compared: the two sides of a pair, as the caller names them. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/shared_text.h"

namespace vlr {

// An image, a video, or a video given as a list of frames.
struct MediaRef {
  std::string url;                  // empty when frames is not
  std::vector<std::string> frames;  // URLs of the frames of a video, in order
  std::optional<double> start_s;    // segment of a video, seconds
  std::optional<double> end_s;
  std::optional<double> frames_fps;  // at which the frames were taken
};

// One side. The model reads videos first, then images, then texts, each in the order given.
struct Content {
  SharedTexts texts;  // UTF-8; "" is an empty text, no text at all is the model's NULL
  std::vector<MediaRef> images;
  std::vector<MediaRef> videos;

  bool empty() const { return texts.empty() && images.empty() && videos.empty(); }
};

}  // namespace vlr
