#include "pixels/patches.h"

#include <algorithm>
#include <cstddef>

namespace vlr {
namespace {

// What each of the 256 byte values becomes, a channel each.
using NormalTable = std::array<std::array<float, 256>, 3>;

NormalTable MakeTable(const PatchLayout& layout) {
  NormalTable table;
  for (std::size_t c = 0; c < 3; ++c) {
    const float mean = layout.mean[c] * 255.0F;
    const float deviation = layout.std[c] * 255.0F;
    for (std::size_t v = 0; v < 256; ++v) table[c][v] = (static_cast<float>(v) - mean) / deviation;
  }
  return table;
}

// One patch: [channel, temporal, patch, patch]. Frames past the last one stand for the last one.
float* WritePatch(std::span<const RgbImage> frames, std::size_t first_frame, int top, int left,
                  const PatchLayout& layout, const NormalTable& table, float* to) {
  for (std::size_t c = 0; c < 3; ++c) {
    for (int t = 0; t < layout.temporal; ++t) {
      const RgbImage& frame = frames[std::min(first_frame + static_cast<std::size_t>(t), frames.size() - 1)];
      for (int y = 0; y < layout.patch; ++y) {
        const std::uint8_t* pixel = frame.row(top + y) + std::ptrdiff_t{3} * left + c;
        for (int x = 0; x < layout.patch; ++x, pixel += 3) *to++ = table[c][*pixel];
      }
    }
  }
  return to;
}

}  // namespace

Grid PatchGrid(Size size, int frames, const PatchLayout& layout) {
  return {(frames + layout.temporal - 1) / layout.temporal, size.height / layout.patch,
          size.width / layout.patch};
}

VisionPatches VideoPatches(std::span<const RgbImage> frames, const PatchLayout& layout) {
  VisionPatches out;
  out.grid = PatchGrid(frames.front().size, static_cast<int>(frames.size()), layout);
  const std::size_t values = std::size_t{3} * layout.temporal * layout.patch * layout.patch;
  out.values.resize(static_cast<std::size_t>(out.grid.patches()) * values);
  const NormalTable table = MakeTable(layout);
  const int block = layout.merge;
  float* to = out.values.data();
  for (int t = 0; t < out.grid.t; ++t) {
    for (int block_y = 0; block_y < out.grid.h; block_y += block) {
      for (int block_x = 0; block_x < out.grid.w; block_x += block) {
        for (int y = block_y; y < block_y + block; ++y) {
          for (int x = block_x; x < block_x + block; ++x) {
            to = WritePatch(frames, static_cast<std::size_t>(t) * layout.temporal, y * layout.patch,
                            x * layout.patch, layout, table, to);
          }
        }
      }
    }
  }
  return out;
}

VisionPatches ImagePatches(const RgbImage& image, const PatchLayout& layout) {
  return VideoPatches({&image, 1}, layout);
}

}  // namespace vlr
