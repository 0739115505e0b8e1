#include "pixels/patches.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
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

using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

// Sixteen pixels, three bytes each, to a row of each channel.
void SplitSixteen(const std::uint8_t* pixels, std::uint8_t* red, std::uint8_t* green, std::uint8_t* blue) {
  Bytes16 a, b, c;
  std::memcpy(&a, pixels, 16);
  std::memcpy(&b, pixels + 16, 16);
  std::memcpy(&c, pixels + 32, 16);
  // Of two vectors the bytes count on; those of -1 are filled from the third.
  const Bytes16 red_ab =
      __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, -1, -1, -1, -1, -1);
  const Bytes16 green_ab =
      __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, -1, -1, -1, -1, -1);
  const Bytes16 blue_ab =
      __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, -1, -1, -1, -1, -1, -1);
  const Bytes16 reds =
      __builtin_shufflevector(red_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
  const Bytes16 greens =
      __builtin_shufflevector(green_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
  const Bytes16 blues =
      __builtin_shufflevector(blue_ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
  std::memcpy(red, &reds, 16);
  std::memcpy(green, &greens, 16);
  std::memcpy(blue, &blues, 16);
}

// One frame of a patch, to[channel * stride + y * patch + x].
void WriteFrame(const RgbImage& frame, int top, int left, int patch, std::ptrdiff_t stride,
                std::uint8_t* to) {
  for (int y = 0; y < patch; ++y, to += patch) {
    const std::uint8_t* pixels = frame.row(top + y) + std::ptrdiff_t{3} * left;
    if (patch == 16) {
      SplitSixteen(pixels, to, to + stride, to + 2 * stride);
      continue;
    }
    for (int x = 0; x < patch; ++x) {
      for (std::ptrdiff_t c = 0; c < 3; ++c) to[c * stride + x] = pixels[3 * x + c];
    }
  }
}

// One patch: [channel, temporal, patch, patch]. Frames past the last one stand for the last one.
std::uint8_t* WritePatch(std::span<const RgbImage> frames, std::size_t first_frame, int top, int left,
                         const PatchLayout& layout, std::uint8_t* to) {
  const std::ptrdiff_t plane = std::ptrdiff_t{layout.patch} * layout.patch;
  const std::ptrdiff_t channel = plane * layout.temporal;
  for (int t = 0; t < layout.temporal; ++t) {
    const std::size_t frame = first_frame + static_cast<std::size_t>(t);
    if (t > 0 && frame >= frames.size()) {
      for (std::ptrdiff_t c = 0; c < 3; ++c) {
        std::uint8_t* at = to + c * channel + t * plane;
        std::copy(at - plane, at, at);
      }
    } else {
      WriteFrame(frames[frame], top, left, layout.patch, channel, to + t * plane);
    }
  }
  return to + 3 * channel;
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
