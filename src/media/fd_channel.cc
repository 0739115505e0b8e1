#include "media/fd_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>

namespace vlr {
namespace {

// A message that carries a descriptor is refused while too many others of the same user are on their way.
constexpr int kCrowdedTries = 2000;
constexpr timespec kCrowdedPause{0, 1'000'000};

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

struct alignas(cmsghdr) FdBuffer {
  std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

// Milliseconds for poll: rounded up, -1 for ever.
int PollTimeout(std::chrono::steady_clock::time_point deadline) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

Received WaitReadable(int socket, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    pollfd entry{socket, POLLIN, 0};
    const int ready = ::poll(&entry, 1, PollTimeout(deadline));
    if (ready > 0) return Received::kMessage;
    if (ready < 0 && errno != EINTR) return Received::kClosed;
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline) return Received::kTimeout;
  }
}

UniqueFd TakeFd(msghdr* header) {
  UniqueFd taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part != nullptr; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof(fd));
    taken = UniqueFd(fd);
  }
  return taken;
}

}  // namespace

bool SendMessage(int socket, std::span<const std::byte> message, int fd) {
  iovec data{const_cast<std::byte*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  FdBuffer buffer;
  if (fd >= 0) {
    header.msg_control = buffer.bytes.data();
    header.msg_controllen = buffer.bytes.size();
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(part), &fd, sizeof(fd));
  }
  for (int tries = 0;;) {
    const ssize_t sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == ETOOMANYREFS && ++tries < kCrowdedTries) {
      ::nanosleep(&kCrowdedPause, nullptr);
      continue;
    }
    return sent == static_cast<ssize_t>(message.size());
  }
}

Received ReceiveMessage(int socket, std::span<std::byte> message, UniqueFd* fd,
                        std::chrono::steady_clock::time_point deadline) {
  if (const Received ready = WaitReadable(socket, deadline); ready != Received::kMessage) return ready;
  iovec data{message.data(), message.size()};
  FdBuffer buffer;
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = buffer.bytes.data();
  header.msg_controllen = buffer.bytes.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return Received::kClosed;
  *fd = TakeFd(&header);
  const bool cut = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  return cut || got != static_cast<ssize_t>(message.size()) ? Received::kMalformed : Received::kMessage;
}

bool IsReadable(int socket) {
  pollfd entry{socket, POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

UniqueFd MakeMemory(std::size_t bytes) {
  UniqueFd fd(::memfd_create("vl-rerank", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd && ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) fd.Reset();
  return fd;
}

bool WriteAll(int fd, std::span<const std::byte> bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count =
        ::pwrite(fd, bytes.data() + written, bytes.size() - written, static_cast<off_t>(written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

bool Seal(int fd) {
  return ::fcntl(fd, F_ADD_SEALS, kSeals) == 0;
}

bool IsSealed(int fd, std::size_t bytes) {
  struct stat status {};
  return (::fcntl(fd, F_GET_SEALS) & kSeals) == kSeals && ::fstat(fd, &status) == 0 &&
         static_cast<std::size_t>(status.st_size) == bytes;
}

SharedMapping::SharedMapping(int fd, std::size_t bytes, bool writable) {
  const int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* address = ::mmap(nullptr, bytes, access, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return;
  address_ = address;
  size_ = bytes;
}

SharedMapping::~SharedMapping() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace vlr
