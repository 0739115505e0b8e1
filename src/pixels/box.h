// Pictures brought into a box that the caller names, before the model's own preprocessing. Both scale with
// ResizeBicubicPil.
#pragma once

#include "pixels/image.h"

namespace vlr {

// Scaled, up or down, to the largest size of its own aspect inside `box`, then centred on white. REQUIRES
// positive sizes.
RgbImage FitIntoBox(const RgbImage& image, Size box);

// Scaled, up or down, to the smallest size of its own aspect that covers `box`, then cut to it round the
// centre. REQUIRES positive sizes.
RgbImage CropToBox(const RgbImage& image, Size box);

// How many pixels CropToBox scales to on its way: the aspect decides. REQUIRES positive sizes.
Size CoveringSize(Size image, Size box);

}  // namespace vlr
