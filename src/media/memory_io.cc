#include "media/memory_io.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace vlr {

MemoryIo::MemoryIo(std::span<const std::byte> bytes) : bytes_(bytes) {
  constexpr int buffer_bytes = 32 << 10;
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
  if (buffer == nullptr) return;
  context_.reset(avio_alloc_context(buffer, buffer_bytes, 0, this, Read, nullptr, Seek));
  if (!context_) av_free(buffer);
}

int MemoryIo::Read(void* self, std::uint8_t* to, int count) {
  auto& io = *static_cast<MemoryIo*>(self);
  const std::size_t n = std::min(static_cast<std::size_t>(std::max(count, 0)), io.bytes_.size() - io.at_);
  if (n == 0) return AVERROR_EOF;
  std::memcpy(to, io.bytes_.data() + io.at_, n);
  io.at_ += n;
  return static_cast<int>(n);
}

std::int64_t MemoryIo::Seek(void* self, std::int64_t offset, int whence) {
  auto& io = *static_cast<MemoryIo*>(self);
  const auto size = static_cast<std::int64_t>(io.bytes_.size());
  std::int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = static_cast<std::int64_t>(io.at_);
      break;
    case SEEK_END:
      base = size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < -base || offset > size - base) return AVERROR(EINVAL);
  io.at_ = static_cast<std::size_t>(base + offset);
  return base + offset;
}

}  // namespace vlr
