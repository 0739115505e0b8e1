// Encoded media on disk: one file each, below a folder for each vision tower, least recently used first out.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/error.h"
#include "rerank/vision_file.h"

namespace vlr {

struct VisionDiskStats {
  std::size_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t corrupt = 0;    // files dropped because they were damaged
  std::uint64_t unwritten = 0;  // entries not kept: the disk was slower than they came, or full
};

// Thread safe. A file appears whole, by a rename, or not at all; after a crash the next start removes what
// was half written, and a damaged file is dropped when it is read. Several processes may share a folder; each
// bounds what it has seen there.
class VisionDisk {
 public:
  // Takes in what the folder holds; makes it when it is not there. Errors: "invalid_setting".
  static Result<std::unique_ptr<VisionDisk>> Open(const std::string& folder, std::uint64_t max_bytes);
  // Writes what is still to be written.
  ~VisionDisk();
  VisionDisk(const VisionDisk&) = delete;
  VisionDisk& operator=(const VisionDisk&) = delete;

  bool Contains(const std::string& key) const;
  // Blocks while it reads.
  std::optional<CachedVision> Read(const std::string& key);
  // Returns at once; a thread of its own writes.
  void Write(const std::string& key, CachedVision vision);
  // Until everything given to Write is on the disk.
  void Flush();
  VisionDiskStats stats() const;

 private:
  struct Entry {
    std::string key;
    std::uint64_t bytes;
  };
  using Entries = std::list<Entry>;  // most recently used first

  VisionDisk(std::filesystem::path folder, std::uint64_t max_bytes);
  void Scan();
  void Run();
  bool WriteFile(const std::string& key, const CachedVision& vision) const;
  std::filesystem::path PathOf(const std::string& key) const;
  void Insert(const std::string& key, std::uint64_t bytes);  // REQUIRES mutex_ held
  void Remove(Entries::iterator entry);                      // REQUIRES mutex_ held

  const std::filesystem::path folder_;
  const std::uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::deque<std::pair<std::string, CachedVision>> pending_;
  std::uint64_t pending_bytes_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
  VisionDiskStats stats_;
  std::thread writer_;
};

}  // namespace vlr
