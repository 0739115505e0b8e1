#include "model/device_features.h"

#include <utility>

#include "model/encoded_features.h"

namespace vlr {

const VisionFeatures* DeviceFeatures::Find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return OnDevice(*found->second->features);
}

// Whether that many more bytes fit now. Whoever takes hold of an entry while it goes keeps its memory for a
// while beyond the bound.
bool DeviceFeatures::MakeRoom(std::int64_t bytes) {
  if (bytes > max_bytes_) return false;
  for (auto entry = entries_.end(); bytes_ + bytes > max_bytes_ && entry != entries_.begin();) {
    --entry;
    if (entry->features.use_count() > 1) continue;
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entry = entries_.erase(entry);
  }
  return bytes_ + bytes <= max_bytes_;
}

std::shared_ptr<const EncodedVision> DeviceFeatures::Put(const std::string& key,
                                                         const VisionFeatures& features) {
  const auto layers = 1 + std::ssize(features.deepstack);
  const auto bytes = static_cast<std::int64_t>(features.merged.nbytes()) * layers;
  if (by_key_.contains(key) || !MakeRoom(bytes)) return nullptr;
  entries_.push_front({key, LeftOnDevice(CopyOf(features)), bytes});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
  return entries_.front().features;
}

void DeviceFeatures::Clear() {
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

}  // namespace vlr
