#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace vlr {
namespace {

Error OpenError(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR) return {"file_missing", path + ": no such file", path};
  return {"file_unreadable", path + ": " + std::strerror(code), path};
}

struct OpenedFile {
  UniqueFd fd;
  std::size_t size;
};

Result<OpenedFile> OpenRegular(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return OpenError(path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return OpenError(path, errno);
  if (!S_ISREG(status.st_mode)) return Error{"file_unreadable", path + ": not a regular file", path};
  return OpenedFile{std::move(fd), static_cast<std::size_t>(status.st_size)};
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  auto file = OpenRegular(path);
  if (!file) return file.error();
  if (file->size > max_bytes) {
    return Error{"file_too_large", path + ": larger than " + std::to_string(max_bytes) + " bytes", path};
  }
  std::string text(file->size, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::read(file->fd.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OpenError(path, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  return text;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  auto file = OpenRegular(path);
  if (!file) return file.error();
  if (file->size == 0) return Error{"file_unreadable", path + ": empty file", path};
  void* address = ::mmap(nullptr, file->size, PROT_READ, MAP_SHARED, file->fd.get(), 0);
  if (address == MAP_FAILED) return OpenError(path, errno);
  return std::shared_ptr<const MappedFile>(new MappedFile(address, file->size));
}

MappedFile::~MappedFile() {
  ::munmap(address_, size_);
}

}  // namespace vlr
