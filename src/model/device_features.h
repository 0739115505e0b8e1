// Vision features that stay on the device, by key: the first and quickest level of the vision cache.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "model/vision_tower.h"
#include "pixels/image.h"

namespace vlr {

// The least recently used goes first, but none that somebody holds, so that all of them take no more than
// max_bytes. Not thread safe; what it gave out may be held and let go by any thread.
class DeviceFeatures {
 public:
  explicit DeviceFeatures(std::int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Null where there is none; counts as a use.
  const VisionFeatures* Find(const std::string& key);
  // Keeps a copy, so that what `features` are a view of may go, and gives it (EncodedVision::on_device).
  // Null, and nothing kept, when they are there already or find no room.
  std::shared_ptr<const EncodedVision> Put(const std::string& key, const VisionFeatures& features);
  void Clear();

  std::int64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const EncodedVision> features;
    std::int64_t bytes;
  };
  using Entries = std::list<Entry>;  // most recently used first

  bool MakeRoom(std::int64_t bytes);

  const std::int64_t max_bytes_;
  std::int64_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace vlr
