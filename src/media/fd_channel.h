// Datagrams that carry a descriptor, and memory to carry in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "base/unique_fd.h"

namespace vlr {

// Sends one datagram; fd is passed along unless it is negative. False when the other side is gone.
bool SendMessage(int socket, std::span<const std::byte> message, int fd);

enum class Received : std::uint8_t { kMessage, kClosed, kTimeout, kMalformed };

// Receives one datagram of exactly message.size() bytes and at most one descriptor. Waits until the deadline;
// a deadline of time_point::max() waits for ever.
Received ReceiveMessage(int socket, std::span<std::byte> message, UniqueFd* fd,
                        std::chrono::steady_clock::time_point deadline);

// There is something to receive, or the other side is gone.
bool IsReadable(int socket);

// A memfd of that size, not sealed yet; negative when there is no memory.
UniqueFd MakeMemory(std::size_t bytes);

// Writes all `bytes` from the start of a file. False if that fails.
bool WriteAll(int fd, std::span<const std::byte> bytes);
// Nobody can change its size or content any more.
bool Seal(int fd);
bool IsSealed(int fd, std::size_t bytes);

// A shared mapping of a descriptor, unmapped with the object. Empty when it could not be made.
class SharedMapping {
 public:
  SharedMapping(int fd, std::size_t bytes, bool writable);
  ~SharedMapping();
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;

  explicit operator bool() const { return address_ != nullptr; }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }
  std::byte* data() { return static_cast<std::byte*>(address_); }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vlr
