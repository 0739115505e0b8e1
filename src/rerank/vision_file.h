// Encoded media as files.
//
//   0   8  "VLRVIS\0\1"
//   8   8  checksum of all that follows
//   16  4  length of the key            20  4  length of the note
//   24  4  grid.t   28  4  grid.h   32  4  grid.w   36  4  layers
//   40  8  tokens   48  8  hidden   56  8  length of the values
//   64     key, note, values
//
// Numbers are little-endian.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

// A medium whose features are known: all that is needed in the place of its pixels.
struct CachedVision {
  Grid grid;
  std::string note;
  std::shared_ptr<const EncodedVision> encoded;
};

// The head of the file, up to the values, which follow as they are.
std::string VisionFileHead(const std::string& key, const CachedVision& vision);

// Errors: "vision_file_invalid" when anything does not fit, the key included.
Result<CachedVision> ParseVisionFile(std::string_view file, const std::string& key);

}  // namespace vlr
