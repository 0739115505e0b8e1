// Errors and blending that the image codecs share.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

inline Error CorruptImage(const std::string& what) {
  return {"image_corrupt", what};
}

inline Error UnsupportedImage(const std::string& what) {
  return {"image_unsupported", what};
}

// Nothing, or why a picture of that size is refused.
inline Result<void> CheckImageSize(Size size, std::int64_t max_pixels) {
  if (size.width <= 0 || size.height <= 0) return CorruptImage("the picture has no pixels");
  if (size.pixels() > max_pixels) {
    return Error{"image_too_large", "the picture is " + std::to_string(size.width) + "x" +
                                        std::to_string(size.height) + ", more than " +
                                        std::to_string(max_pixels) + " pixels"};
  }
  return {};
}

// value on white, as Image.paste with a mask: x / 255 rounded by shifts.
inline std::uint8_t OnWhite(std::uint32_t value, std::uint32_t alpha) {
  const std::uint32_t sum = 255 * (255 - alpha) + value * alpha + 128;
  return static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
}

}  // namespace vlr
