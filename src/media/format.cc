#include "media/format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string_view>

namespace vlr {
namespace {

using Bytes = std::span<const std::byte>;

bool HasAt(Bytes bytes, std::size_t at, std::string_view text) {
  if (bytes.size() < at || bytes.size() - at < text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
}

std::uint64_t BigEndian(Bytes bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < length; ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

// ISO/IEC 14496-12, 4.2: size and type; size 1 puts a 64-bit size after the type, size 0 reaches to the end.
bool BoxesCutOff(Bytes bytes) {
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    std::uint64_t size = BigEndian(bytes, at, 4);
    if (size == 0) return false;
    if (size == 1) {
      if (at + 16 > bytes.size()) return true;
      size = BigEndian(bytes, at + 8, 8);
      if (size < 16) return false;
    } else if (size < 8) {
      return false;
    }
    if (size > bytes.size() - at) return true;
    at += size;
  }
  return false;
}

// RIFF: a little-endian size of what follows. Streaming writers leave 0 or all ones there.
bool RiffCutOff(Bytes bytes) {
  if (bytes.size() < 12) return true;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::to_integer<std::uint64_t>(bytes[4 + i]) << (8 * i);
  return size != 0xFFFFFFFFU && size + 8 > bytes.size();
}

struct Vint {
  std::uint64_t value;
  std::size_t length;
  bool unknown;  // all value bits set: no size known
};

// RFC 8794, section 4: the leading zero bits tell the length.
std::optional<Vint> ReadVint(Bytes bytes, std::size_t at) {
  if (at >= bytes.size()) return std::nullopt;
  const auto lead = std::to_integer<std::uint8_t>(bytes[at]);
  const auto length = static_cast<std::size_t>(std::countl_zero(lead)) + 1;
  if (length > 8 || at + length > bytes.size()) return std::nullopt;
  const std::uint64_t mask = (std::uint64_t{1} << (7 * length)) - 1;
  const std::uint64_t value = BigEndian(bytes, at, length) & mask;
  return Vint{value, length, value == mask};
}

// RFC 9559: the EBML header, then the Segment.
bool SegmentCutOff(Bytes bytes) {
  constexpr std::size_t id_length = 4;
  std::size_t at = id_length;
  const auto header = ReadVint(bytes, at);
  if (!header || header->unknown || header->value > bytes.size()) return true;
  at += header->length + header->value;
  if (!HasAt(bytes, at, "\x18\x53\x80\x67")) return at >= bytes.size();
  at += id_length;
  const auto segment = ReadVint(bytes, at);
  if (!segment) return true;
  if (segment->unknown) return false;
  return segment->value > bytes.size() - at - segment->length;
}

}  // namespace

ImageFormat SniffImage(Bytes bytes) {
  if (HasAt(bytes, 0, "\xFF\xD8\xFF")) return ImageFormat::kJpeg;
  if (HasAt(bytes, 0, "\x89PNG\r\n\x1A\n")) return ImageFormat::kPng;
  if (HasAt(bytes, 0, "RIFF") && HasAt(bytes, 8, "WEBP")) return ImageFormat::kWebp;
  if (HasAt(bytes, 0, "GIF87a") || HasAt(bytes, 0, "GIF89a")) return ImageFormat::kGif;
  return ImageFormat::kNone;
}

VideoFormat SniffVideo(Bytes bytes) {
  constexpr std::array<std::string_view, 6> box_types = {"ftyp", "moov", "mdat", "free", "skip", "wide"};
  for (const std::string_view type : box_types) {
    if (HasAt(bytes, 4, type)) return VideoFormat::kMp4;
  }
  if (HasAt(bytes, 0, "RIFF") && HasAt(bytes, 8, "AVI ")) return VideoFormat::kAvi;
  if (HasAt(bytes, 0, "\x1A\x45\xDF\xA3")) return VideoFormat::kMatroska;
  return VideoFormat::kNone;
}

const char* FormatName(ImageFormat format) {
  switch (format) {
    case ImageFormat::kNone:
      return "";
    case ImageFormat::kJpeg:
      return "jpeg";
    case ImageFormat::kPng:
      return "png";
    case ImageFormat::kWebp:
      return "webp";
    case ImageFormat::kGif:
      return "gif";
  }
  return "";
}

const char* FormatName(VideoFormat format) {
  switch (format) {
    case VideoFormat::kNone:
      return "";
    case VideoFormat::kMp4:
      return "mp4";
    case VideoFormat::kAvi:
      return "avi";
    case VideoFormat::kMatroska:
      return "matroska";
  }
  return "";
}

bool IsCutOff(Bytes bytes, VideoFormat format) {
  switch (format) {
    case VideoFormat::kNone:
      return false;
    case VideoFormat::kMp4:
      return BoxesCutOff(bytes);
    case VideoFormat::kAvi:
      return RiffCutOff(bytes);
    case VideoFormat::kMatroska:
      return SegmentCutOff(bytes);
  }
  return false;
}

}  // namespace vlr
