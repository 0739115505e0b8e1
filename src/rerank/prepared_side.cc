#include "rerank/prepared_side.h"

#include "rerank/explanation.h"

namespace vlr {

unsigned PreparedSide::kinds() const {
  return (prompt.texts.empty() ? 0 : kTextParts) | (images.empty() ? 0 : kImageParts) |
         (videos.empty() ? 0 : kVideoParts);
}

PreparedSide PreparedSide::Only(unsigned set) const {
  PreparedSide side = *this;
  if ((set & kTextParts) == 0) side.prompt.texts.clear();
  if ((set & kImageParts) == 0) {
    side.prompt.image_tokens.clear();
    side.images.clear();
    side.image_quality.clear();
    side.image_tokens = 0;
  }
  if ((set & kVideoParts) == 0) {
    side.prompt.videos.clear();
    side.videos.clear();
    side.video_tokens = side.video_frames = 0;
  }
  side.prompt.is_null = set == 0;
  return side;
}

}  // namespace vlr
