// An opened video: container and codec from fixed lists, one stream, one decoder thread, no other input than
// the bytes. Not thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "media/decoder.h"
#include "media/ffmpeg.h"
#include "media/memory_io.h"

namespace vlr {

class VideoFile {
 public:
  // The bytes must outlive it. Errors: "video_unsupported", "video_corrupt", "video_too_large",
  // "decode_memory".
  static Result<std::unique_ptr<VideoFile>> Open(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                                 Decoder::Deadline deadline);

  // The next packet of the chosen stream; false at the end. Errors: "video_corrupt", "video_too_large",
  // "decode_timeout".
  Result<bool> ReadPacket(AVPacket* packet);
  // AVSEEK_FLAG_… flags; false when FFmpeg cannot.
  bool Seek(std::int64_t timestamp, int flags);

  AVCodecContext* codec() { return codec_.get(); }
  double fps() const;                  // avg_frame_rate; not finite when the file states none
  int rotation_degrees() const;        // clockwise, 0…359
  Size size() const;                   // after rotation
  double duration_s() const;           // 0 when the file states none
  std::int64_t stated_frames() const;  // 0 when the file states none
  std::string format() const;
  std::string codec_name() const;

 private:
  VideoFile(std::span<const std::byte> bytes, const DecodeLimits& limits, Decoder::Deadline deadline);
  Result<void> OpenContainer();
  Result<void> OpenCodec();
  static int Interrupted(void* self);

  std::span<const std::byte> bytes_;
  DecodeLimits limits_;
  Decoder::Deadline deadline_;
  MemoryIo io_;
  FormatContextPtr container_;
  CodecContextPtr codec_;
  int stream_ = -1;
  std::int64_t packets_ = 0;
};

}  // namespace vlr
