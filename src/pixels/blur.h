// Gaussian blur.
#pragma once

#include "pixels/image.h"

namespace vlr {

// Weights exp(-d² / 2σ²) of the pixels within three standard deviations, in float32, rows first; the border
// is repeated outwards. Sigma is in pixels; 0 gives the picture itself. REQUIRES sigma >= 0.
RgbImage GaussianBlur(const RgbImage& image, double sigma);

}  // namespace vlr
