// Encoded media by content: on a device, in memory, then on disk.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "model/vision_store.h"
#include "rerank/vision_disk.h"

namespace vlr {

struct VisionCacheOptions {
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;  // 0: none
  std::string disk_path;                                  // empty: none
  std::uint64_t disk_bytes = std::uint64_t{10} << 30;
};

struct VisionCacheStats {
  std::uint64_t device_hits = 0;
  std::uint64_t memory_hits = 0;
  std::uint64_t disk_hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t encoded = 0;  // media that went through a vision tower and were kept
  std::size_t entries = 0;    // in memory
  std::uint64_t bytes = 0;    // in memory
  VisionDiskStats disk;
};

// Thread safe. Keys are "<vision identity>-<digest>"; features are shared, so an entry that goes lives on
// with those who hold it.
class VisionCache : public VisionStore {
 public:
  // Errors: VisionDisk::Open's.
  static Result<std::shared_ptr<VisionCache>> Create(const VisionCacheOptions& options);

  // Whether Lookup would find it. Does not block and counts as no use.
  bool Contains(const std::string& key) const;
  // Counts a hit or a miss; may read from the disk.
  std::optional<CachedVision> Lookup(const std::string& key);

  // In memory alone.
  std::shared_ptr<const EncodedVision> Find(const std::string& key) override;
  void Put(const VisionPatches& medium, std::shared_ptr<const EncodedVision> encoded) override;
  void Offer(const VisionPatches& medium, std::weak_ptr<const EncodedVision> on_device) override;

  // Until the disk holds what it was given.
  void Flush();
  VisionCacheStats stats() const;

 private:
  struct Entry {
    std::string key;
    CachedVision vision;
  };
  using Entries = std::list<Entry>;  // most recently used first
  // Of a device, which may have forgotten it.
  struct Offered {
    Grid grid;
    std::string note;
    std::weak_ptr<const EncodedVision> encoded;
  };

  VisionCache(std::uint64_t memory_bytes, std::unique_ptr<VisionDisk> disk)
      : memory_bytes_(memory_bytes), disk_(std::move(disk)) {}
  void Keep(const std::string& key, const CachedVision& vision);  // REQUIRES mutex_ held
  static std::uint64_t CostOf(const Entry& entry);

  const std::uint64_t memory_bytes_;
  const std::unique_ptr<VisionDisk> disk_;  // null: none
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<std::string, Offered> offered_;
  std::size_t offers_to_sweep_at_ = 1024;
  VisionCacheStats stats_;
};

}  // namespace vlr
