// What bytes claim to be, by their first few only: names and content types of strangers prove nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vlr {

enum class ImageFormat : std::uint8_t { kNone, kJpeg, kPng, kWebp, kGif };

ImageFormat SniffImage(std::span<const std::byte> bytes);

// The containers a video may come in; each belongs to one FFmpeg demuxer that is allowed.
enum class VideoFormat : std::uint8_t { kNone, kMp4, kAvi, kMatroska };

VideoFormat SniffVideo(std::span<const std::byte> bytes);

// "jpeg", "png", "webp", "gif"; "mp4", "avi", "matroska"; "" for kNone.
const char* FormatName(ImageFormat format);
const char* FormatName(VideoFormat format);

// True when the container's own sizes promise more bytes than there are: the file was cut off. REQUIRES the
// format that SniffVideo gave.
bool IsCutOff(std::span<const std::byte> bytes, VideoFormat format);

}  // namespace vlr
