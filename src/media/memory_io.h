// FFmpeg's input from bytes in memory: the only input it ever gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "media/ffmpeg.h"

namespace vlr {

// The bytes must outlive it. Null context() when memory ran out.
class MemoryIo {
 public:
  explicit MemoryIo(std::span<const std::byte> bytes);
  MemoryIo(const MemoryIo&) = delete;
  MemoryIo& operator=(const MemoryIo&) = delete;
  AVIOContext* context() { return context_.get(); }

 private:
  static int Read(void* self, std::uint8_t* to, int count);
  static std::int64_t Seek(void* self, std::int64_t offset, int whence);

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  IoContextPtr context_;
};

}  // namespace vlr
