// Files as bytes: read whole, bounded, or mapped.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vlr {

// The whole file. Errors: "file_missing", "file_unreadable", "file_too_large"; part is the path.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

// A read-only mapping of a whole file, released with the object. Pages come from the page cache as they are
// touched. Safe to read from several threads.
class MappedFile {
 public:
  // Errors as ReadFile.
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }
  std::string_view text() const { return {static_cast<const char*>(address_), size_}; }

 private:
  MappedFile(void* address, std::size_t size) : address_(address), size_(size) {}
  void* address_;
  std::size_t size_;
};

}  // namespace vlr
