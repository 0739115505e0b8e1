// Pixels to the vision tower's input: cut into patches, order by merge blocks; normalise.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pixels/image.h"

namespace vlr {

// The model's own numbers (preprocessor_config.json); the defaults are the released models'.
struct PatchLayout {
  int patch = 16;                                  // pixels a side
  int temporal = 2;                                // frames a patch
  int merge = 2;                                   // patches a side of a merge block
  std::array<float, 3> mean = {0.5F, 0.5F, 0.5F};  // of values in 0...1
  std::array<float, 3> std = {0.5F, 0.5F, 0.5F};
};

// Order of the bytes: [t, h/merge, w/merge, merge, merge, channel, temporal, patch, patch]; scaled by 255
// mean and 255 std. REQUIRES sides that are multiples of patch * merge.

// A still picture stands for all `temporal` frames of its patches: grid.t == 1.
VisionPatches ImagePatches(const RgbImage& image, const PatchLayout& layout);

// REQUIRES at least one frame, all of one size. The last frame is repeated up to a multiple of `temporal`.
VisionPatches VideoPatches(std::span<const RgbImage> frames, const PatchLayout& layout);

// The grid that the two functions above give for that many frames of that size.
Grid PatchGrid(Size size, int frames, const PatchLayout& layout);

// What the bytes of patches become, as the fast image processor of transformers 4.57.6 computes it.
class PixelTable {
 public:
  explicit PixelTable(const PixelScale& scale);

  // `count` patches of 3 * channel_values bytes each, [channel, …], to as many numbers.
  void Normalise(const std::uint8_t* patches, std::int64_t count, std::int64_t channel_values,
                 float* to) const;

 private:
  std::array<std::array<float, 256>, 3> table_;
};

// All of a medium's numbers, as the tower is given them.
std::vector<float> NormalisedValues(const VisionPatches& patches);

}  // namespace vlr
