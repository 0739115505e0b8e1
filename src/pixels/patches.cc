#include "pixels/patches.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace vlr {
namespace {

PixelScale ScaleOf(const PatchLayout& layout) {
  PixelScale scale;
  for (std::size_t c = 0; c < 3; ++c) {
    scale.mean[c] = layout.mean[c] * 255.0F;
    scale.deviation[c] = layout.std[c] * 255.0F;
  }
  return scale;
}

// One patch: [channel, temporal, patch, patch]. Frames past the last one stand for the last one.
std::uint8_t* WritePatch(std::span<const RgbImage> frames, std::size_t first_frame, int top, int left,
                         const PatchLayout& layout, std::uint8_t* to) {
  for (std::size_t c = 0; c < 3; ++c) {
    for (int t = 0; t < layout.temporal; ++t) {
      const RgbImage& frame = frames[std::min(first_frame + static_cast<std::size_t>(t), frames.size() - 1)];
      for (int y = 0; y < layout.patch; ++y) {
        const std::uint8_t* pixel = frame.row(top + y) + std::ptrdiff_t{3} * left + c;
        for (int x = 0; x < layout.patch; ++x, pixel += 3) *to++ = *pixel;
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
  out.scale = ScaleOf(layout);
  out.grid = PatchGrid(frames.front().size, static_cast<int>(frames.size()), layout);
  const std::size_t values = std::size_t{3} * layout.temporal * layout.patch * layout.patch;
  out.bytes.resize(static_cast<std::size_t>(out.grid.patches()) * values);
  const int block = layout.merge;
  std::uint8_t* to = out.bytes.data();
  for (int t = 0; t < out.grid.t; ++t) {
    for (int block_y = 0; block_y < out.grid.h; block_y += block) {
      for (int block_x = 0; block_x < out.grid.w; block_x += block) {
        for (int y = block_y; y < block_y + block; ++y) {
          for (int x = block_x; x < block_x + block; ++x) {
            to = WritePatch(frames, static_cast<std::size_t>(t) * layout.temporal, y * layout.patch,
                            x * layout.patch, layout, to);
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

PixelTable::PixelTable(const PixelScale& scale) {
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      table_[c][v] = (static_cast<float>(v) - scale.mean[c]) / scale.deviation[c];
    }
  }
}

void PixelTable::Normalise(const std::uint8_t* patches, std::int64_t count, std::int64_t channel_values,
                           float* to) const {
  for (std::int64_t patch = 0; patch < count; ++patch) {
    for (const auto& channel : table_) {
      for (std::int64_t i = 0; i < channel_values; ++i) *to++ = channel[*patches++];
    }
  }
}

std::vector<float> NormalisedValues(const VisionPatches& patches) {
  std::vector<float> values(patches.bytes.size());
  const std::int64_t count = patches.grid.patches();
  if (count == 0) return values;
  PixelTable(patches.scale)
      .Normalise(patches.bytes.data(), count, std::ssize(values) / count / 3, values.data());
  return values;
}

}  // namespace vlr
