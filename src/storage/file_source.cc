#include "storage/file_source.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "storage/error_codes.h"

namespace vlr {
namespace {

constexpr int kFileFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Error OpenError(int code) {
  if (code == ENOENT || code == ENOTDIR) return {std::string(kMediaNotFound), "no such file"};
  if (code == EXDEV || code == ELOOP) {
    return {std::string(kMediaForbidden), "the path leads out of the folder it must stay in"};
  }
  return {std::string(kMediaForbidden), "the file cannot be opened"};
}

Result<std::string> ReadAll(int fd, std::size_t max_bytes) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return OpenError(errno);
  if (!S_ISREG(status.st_mode)) return Error{std::string(kMediaForbidden), "not a regular file"};
  const auto size = static_cast<std::size_t>(status.st_size);
  const Error too_large{std::string(kMediaTooLarge),
                        "the file has more than " + std::to_string(max_bytes) + " bytes"};
  if (size > max_bytes) return too_large;
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error{std::string(kMediaUnreachable), "the file cannot be read"};
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

Result<UniqueFd> OpenBeneathByWalking(int root, std::string_view relative) {
  UniqueFd folder;
  for (;;) {
    const std::size_t slash = relative.find('/');
    const std::string name(relative.substr(0, slash));
    const bool last = slash == std::string_view::npos;
    if (name == "..") return OpenError(EXDEV);
    if (!name.empty() && name != ".") {
      const int flags = (last ? kFileFlags : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW;
      UniqueFd next(::openat(folder ? folder.get() : root, name.c_str(), flags));
      // A symbolic link in the middle shows as ENOTDIR.
      if (!next) return OpenError(errno);
      folder = std::move(next);
    } else if (last) {
      return OpenError(ENOENT);
    }
    if (last) return folder;
    relative.remove_prefix(slash + 1);
  }
}

Result<UniqueFd> OpenBeneath(int root, const std::string& relative) {
  open_how how{};
  how.flags = kFileFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  constexpr int kTries =
      16;  // EAGAIN: a rename elsewhere kept the kernel from proving that the path stays below
  for (int i = 0; i < kTries; ++i) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how)));
    if (fd) return fd;
    if (errno == ENOSYS || errno == EPERM) return OpenBeneathByWalking(root, relative);
    if (errno != EAGAIN && errno != EINTR) return OpenError(errno);
  }
  return OpenError(EAGAIN);
}

Result<FileSource> FileSource::Create(const std::vector<std::string>& roots, const std::string& media_root) {
  FileSource source;
  const auto add = [&](const std::string& root, const std::string& part) -> Result<void> {
    std::error_code failed;
    std::string prefix = std::filesystem::absolute(root, failed).lexically_normal().string();
    if (prefix.empty() || prefix.back() != '/') prefix += '/';
    UniqueFd folder(::open(prefix.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root.empty() || failed || !folder) {
      return Error{"invalid_config", part + ": no such folder, or not readable", part};
    }
    source.roots_.push_back({std::move(prefix), std::move(folder)});
    return {};
  };
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const auto added = add(roots[i], "storage.file_roots[" + std::to_string(i) + "]");
    if (!added) return added.error();
  }
  if (!media_root.empty()) {
    const auto added = add(media_root, "storage.media_root");
    if (!added) return added.error();
    source.has_media_root_ = true;
  }
  return source;
}

Result<std::string> FileSource::ReadAbsolute(const std::string& path, std::size_t max_bytes) const {
  for (const Root& root : roots_) {
    if (!path.starts_with(root.prefix)) continue;
    const auto fd = OpenBeneath(root.folder.get(), path.substr(root.prefix.size()));
    if (!fd) return fd.error();
    return ReadAll(fd->get(), max_bytes);
  }
  return Error{std::string(kMediaForbidden), "the file is not below a folder that file: URLs may read"};
}

Result<std::string> FileSource::ReadRelative(const std::string& path, std::size_t max_bytes) const {
  if (!has_media_root_) return Error{std::string(kMediaInvalidUrl), "not a URL: it has no scheme"};
  const auto fd = OpenBeneath(roots_.back().folder.get(), path);
  if (!fd) return fd.error();
  return ReadAll(fd->get(), max_bytes);
}

}  // namespace vlr
