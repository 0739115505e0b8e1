#include "rerank/vision_cache.h"

#include <algorithm>
#include <utility>

namespace vlr {
namespace {

constexpr std::uint64_t kEntryOverhead = 512;

}  // namespace

Result<std::shared_ptr<VisionCache>> VisionCache::Create(const VisionCacheOptions& options) {
  std::unique_ptr<VisionDisk> disk;
  if (!options.disk_path.empty()) {
    auto opened = VisionDisk::Open(options.disk_path, options.disk_bytes);
    if (!opened) return opened.error();
    disk = std::move(*opened);
  }
  return std::shared_ptr<VisionCache>(new VisionCache(options.memory_bytes, std::move(disk)));
}

std::uint64_t VisionCache::CostOf(const Entry& entry) {
  return entry.vision.encoded->values.size() + entry.vision.note.size() + 2 * entry.key.size() +
         kEntryOverhead;
}

void VisionCache::Keep(const std::string& key, const CachedVision& vision) {
  if (by_key_.contains(key)) return;
  Entry entry{key, vision};
  const std::uint64_t cost = CostOf(entry);
  if (cost > memory_bytes_) return;
  entries_.push_front(std::move(entry));
  by_key_[key] = entries_.begin();
  stats_.bytes += cost;
  while (stats_.bytes > memory_bytes_) {
    stats_.bytes -= CostOf(entries_.back());
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

bool VisionCache::Contains(const std::string& key) const {
  {
    const std::lock_guard lock(mutex_);
    if (by_key_.contains(key)) return true;
    if (const auto offered = offered_.find(key);
        offered != offered_.end() && !offered->second.encoded.expired()) {
      return true;
    }
  }
  return disk_ && disk_->Contains(key);
}

std::optional<CachedVision> VisionCache::Lookup(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto offered = offered_.find(key); offered != offered_.end()) {
      if (auto encoded = offered->second.encoded.lock()) {
        ++stats_.device_hits;
        return CachedVision{offered->second.grid, offered->second.note, std::move(encoded)};
      }
      offered_.erase(offered);
    }
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, known->second);
      ++stats_.memory_hits;
      return known->second->vision;
    }
  }
  std::optional<CachedVision> vision = disk_ ? disk_->Read(key) : std::nullopt;
  const std::lock_guard lock(mutex_);
  ++(vision ? stats_.disk_hits : stats_.misses);
  if (vision) Keep(key, *vision);
  return vision;
}

std::shared_ptr<const EncodedVision> VisionCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  return known == by_key_.end() ? nullptr : known->second->vision.encoded;
}

void VisionCache::Put(const VisionPatches& medium, std::shared_ptr<const EncodedVision> encoded) {
  CachedVision vision{medium.grid, medium.note, std::move(encoded)};
  {
    const std::lock_guard lock(mutex_);
    ++stats_.encoded;
    Keep(medium.key, vision);
  }
  if (disk_) disk_->Write(medium.key, std::move(vision));
}

void VisionCache::Offer(const VisionPatches& medium, std::weak_ptr<const EncodedVision> on_device) {
  const std::lock_guard lock(mutex_);
  if (offered_.size() >= offers_to_sweep_at_) {
    std::erase_if(offered_, [](const auto& offer) { return offer.second.encoded.expired(); });
    offers_to_sweep_at_ = std::max(offers_to_sweep_at_, 2 * offered_.size());
  }
  Offered& offer = offered_[medium.key];
  if (offer.encoded.expired()) offer = {medium.grid, medium.note, std::move(on_device)};
}

void VisionCache::Flush() {
  if (disk_) disk_->Flush();
}

VisionCacheStats VisionCache::stats() const {
  const std::lock_guard lock(mutex_);
  VisionCacheStats stats = stats_;
  stats.entries = entries_.size();
  if (disk_) stats.disk = disk_->stats();
  return stats;
}

}  // namespace vlr
