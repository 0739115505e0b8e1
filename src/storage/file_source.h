// Files below configured folders, opened without a race between check and use.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace vlr {

// Opens `relative` below the folder `root`, following symbolic links only as long as they stay below it
// (openat2 with RESOLVE_BENEATH); where the kernel or a container's filter lacks openat2, no symbolic link is
// followed at all. Never blocks on a FIFO. Errors: media_not_found, media_forbidden.
Result<UniqueFd> OpenBeneath(int root, const std::string& relative);

// The way without openat2: folder by folder, no symbolic links, no "..".
Result<UniqueFd> OpenBeneathByWalking(int root, std::string_view relative);

// Immutable after Create, thread safe.
class FileSource {
 public:
  // Errors: "invalid_config", part "storage.file_roots[i]" or "storage.media_root".
  static Result<FileSource> Create(const std::vector<std::string>& roots, const std::string& media_root);

  // `path` absolute, as a file: URL gives it. Blocks. Errors: media_forbidden, media_not_found,
  // media_too_large.
  Result<std::string> ReadAbsolute(const std::string& path, std::size_t max_bytes) const;
  // `path` relative to the media root; without one media_invalid_url.
  Result<std::string> ReadRelative(const std::string& path, std::size_t max_bytes) const;

  bool has_media_root() const { return has_media_root_; }

 private:
  struct Root {
    std::string prefix;  // absolute, ends in "/"
    UniqueFd folder;
  };

  std::vector<Root> roots_;  // the media root last
  bool has_media_root_ = false;
};

}  // namespace vlr
