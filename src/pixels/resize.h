// Resizing as the reference implementation does it, bit for bit.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

// The longest side may be this many times the shortest.
inline constexpr int kMaxAspectRatio = 200;

// The size the model wants: both sides multiples of `factor`, between min_pixels and max_pixels in all,
// aspect kept as nearly as that allows (smart_resize of qwen-vl-utils 0.0.14, doubles and Python's rounding
// included). max_pixels may be fractional: a share of a video's total is. REQUIRES factor > 0, 0 < min_pixels
// <= max_pixels. Errors: "aspect_ratio" when one side is more than kMaxAspectRatio times the other;
// "size_unsupported" when a side is not positive or would come out as 0.
Result<Size> SmartResize(Size size, int factor, std::int64_t min_pixels, double max_pixels);

// Image.resize(BICUBIC) of Pillow 13 on mode RGB: antialiased, a = -0.5, two passes in 8-bit fixed point.
// REQUIRES positive sizes. `bands`: how many threads share the rows, at most size.height; 0: as many as it
// pays for (bands.h). The pixels do not depend on it.
RgbImage ResizeBicubicPil(const RgbImage& image, Size size, int bands = 0);

// torchvision 0.26 resize(BICUBIC, antialias=True) of a uint8 CPU tensor; else as above.
RgbImage ResizeBicubicTorch(const RgbImage& image, Size size, int bands = 0);

}  // namespace vlr
