// Pixels of our own as JPEG: thumbnails. Nothing is decoded here.
#pragma once

#include <string>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

// Baseline JPEG, quality 1…100. Errors: "internal" when libjpeg refuses (no memory, a side over 65,500).
Result<std::string> WriteJpeg(const RgbImage& image, int quality);

// The same scaled down, if need be, so that no side is longer than `side`.
Result<std::string> Thumbnail(const RgbImage& image, int side);

}  // namespace vlr
