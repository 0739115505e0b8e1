#include "media/timestamps.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vlr {

std::vector<std::string> Timestamps(const DecodedVideo& video, int temporal) {
  const auto& indices = video.frame_indices;
  const auto group = static_cast<std::size_t>(temporal);
  std::vector<std::string> texts;
  for (std::size_t first = 0; first < indices.size(); first += group) {
    const std::size_t last = std::min(first + group, indices.size()) - 1;
    const double seconds =
        (static_cast<double>(indices[first]) / video.fps + static_cast<double>(indices[last]) / video.fps) /
        2;
    std::array<char, 64> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed, 1);
    texts.emplace_back(text.data(), end.ptr);
  }
  return texts;
}

}  // namespace vlr
