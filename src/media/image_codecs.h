// One function a format: bytes to the RGB pixels that Pillow 13 and qwen-vl-utils' to_rgb give. Errors as in
// media/decoder.h. Sizes are checked against max_pixels before pixels are allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "pixels/image.h"

namespace vlr {

// Grey, YCbCr, RGB, and four-channel files as inverted CMYK (Adobe's convention); the whole picture must be
// there.
Result<RgbImage> DecodeJpeg(std::span<const std::byte> bytes, std::int64_t max_pixels);
Result<Size> JpegSize(std::span<const std::byte> bytes);

// 16-bit grey is clipped at 255, other 16-bit samples keep their high byte; tRNS is ignored, an alpha channel
// ends on white when Pillow's mode is RGBA and is dropped when it is LA.
Result<RgbImage> DecodePng(std::span<const std::byte> bytes, std::int64_t max_pixels);
Result<Size> PngSize(std::span<const std::byte> bytes);

// The first frame; alpha ends on white.
Result<RgbImage> DecodeWebp(std::span<const std::byte> bytes, std::int64_t max_pixels);
Result<Size> WebpSize(std::span<const std::byte> bytes);

// The first frame on a canvas of its transparent colour's index, or of index 0.
Result<RgbImage> DecodeGif(std::span<const std::byte> bytes, std::int64_t max_pixels);
Result<Size> GifSize(std::span<const std::byte> bytes);

}  // namespace vlr
