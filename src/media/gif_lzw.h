// The variable-length LZW of GIF (GIF89a, appendix F).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pixels/image.h"

namespace vlr {

// Where the indices go: row y starts at first + y * stride.
struct GifRaster {
  std::uint8_t* first;
  int stride;
  Size size;
  bool interlaced;
};

// Fills the raster from sub-blocks of code_bits' codes. False when the data end or break before it is full;
// what follows a full raster is not looked at. Reads no more than `blocks`, writes no more than the raster.
bool DecodeGifLzw(std::span<const std::byte> blocks, int code_bits, const GifRaster& raster);

}  // namespace vlr
