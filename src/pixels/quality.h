// How well a picture can be seen: one number for sharpness and exposure, measured on its pixels alone.
#pragma once

#include "pixels/image.h"

namespace vlr {

// 0 (a single colour) … 1, on the picture scaled down to kQualitySide at most:
//
//   quality   = min(1, sharpness / 0.8)² · exposure
//   sharpness = the smaller of two directions of  Σ max(0, |∇Y| − |∇B|) / Σ |∇Y|,
//               Y the luma, B its mean over 9 pixels in that direction, ∇ the difference of neighbours:
//               what a blur takes from the picture, which is little when it is blurred already
//               (Crete et al., The blur effect, 2007)
//   exposure  = √(H / 8) · high^¼ · √(1 − low)
//               H the entropy of the 256 levels in bits, mean of the three channels (levels that clip or run
//               together are lost for good), low and high the luma in 0…1 that 1 and 99 of 100 pixels reach
//
// Meant to compare pictures of one kind: drawings on plain ground lie lower than photographs.
double MeasureQuality(const RgbImage& image);

inline constexpr int kQualitySide = 1024;

}  // namespace vlr
