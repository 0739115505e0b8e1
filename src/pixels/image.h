// Pixels in memory: plain values, owned by whoever holds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pixels/byte_buffer.h"

namespace vlr {

struct Size {
  int width = 0;
  int height = 0;

  std::int64_t pixels() const { return std::int64_t{width} * height; }
  friend bool operator==(const Size&, const Size&) = default;
};

// 8-bit RGB, rows from top to bottom without padding, three bytes a pixel: rgb.size() == 3 * size.pixels().
struct RgbImage {
  Size size;
  std::vector<std::uint8_t> rgb;

  const std::uint8_t* row(int y) const { return rgb.data() + std::size_t{3} * size.width * y; }
  std::uint8_t* row(int y) { return rgb.data() + std::size_t{3} * size.width * y; }
};

// An RgbImage of that size, all zero.
inline RgbImage MakeRgbImage(Size size) {
  return {size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.pixels()) * 3)};
}

// How many patches a picture or video has in time, height and width.
struct Grid {
  int t = 0;
  int h = 0;
  int w = 0;

  std::int64_t patches() const { return std::int64_t{t} * h * w; }
  // What the language model sees: merge x merge patches become one token.
  std::int64_t tokens(int merge) const { return patches() / (std::int64_t{merge} * merge); }
  friend bool operator==(const Grid&, const Grid&) = default;
};

// What a vision tower makes of a medium: [layers, tokens, hidden] in the dtype it computes in, layer 0 the
// rows of the language model's input, the others what is added to its first layers.
struct EncodedVision {
  std::int64_t layers = 0;
  std::int64_t tokens = 0;
  std::int64_t hidden = 0;
  std::vector<std::byte> values{};
  // In the place of values: as the model that made them keeps them on its device. They stay there while this
  // is held.
  std::shared_ptr<const void> on_device{};
};

// What the tower sees of a byte v of a channel: (v - mean) / deviation, in float32. The default is the
// released models'.
struct PixelScale {
  std::array<float, 3> mean = {127.5F, 127.5F, 127.5F};
  std::array<float, 3> deviation = {127.5F, 127.5F, 127.5F};

  friend bool operator==(const PixelScale&, const PixelScale&) = default;
};

// [grid.patches(), 3 * temporal * patch * patch], patches in merge-block order: the vision tower's input, as
// bytes until it reaches the tower, a quarter of what it becomes there.
struct VisionPatches {
  ByteBuffer bytes{};  // empty when `encoded` is there
  Grid grid{};
  PixelScale scale{};
  // Digest of content, preprocessing and vision tower: equal keys, equal features. Empty: not known.
  std::string key{};
  std::string note{};  // of whoever prepared it; a cache keeps it with the features
  std::shared_ptr<const EncodedVision> encoded{};
};

}  // namespace vlr
