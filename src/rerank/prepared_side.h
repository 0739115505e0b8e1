// One side of a pair, its media read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "pixels/image.h"
#include "rerank/prompt.h"

namespace vlr {

// What could not be read is in warnings.
struct PreparedSide {
  PromptSide prompt;
  std::vector<std::shared_ptr<const VisionPatches>> images;
  std::vector<std::shared_ptr<const VisionPatches>> videos;
  std::vector<std::optional<double>> image_quality;  // of each image, 0…1, where it was asked for
  std::int64_t image_tokens = 0;
  std::int64_t video_tokens = 0;
  std::int64_t video_frames = 0;
  std::vector<Error> warnings;
  bool nothing_left = false;  // it named something and none of it could be read

  // The kinds of parts that it has (bits of rerank/explanation.h).
  unsigned kinds() const;
  // The same without the kinds of parts that are not in the set.
  PreparedSide Only(unsigned set) const;
};

}  // namespace vlr
