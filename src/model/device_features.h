// Vision features that stay on the device, by key: the first and quickest level of the vision cache.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "model/vision_tower.h"

namespace vlr {

// The least recently used goes first. Not thread safe.
class DeviceFeatures {
 public:
  explicit DeviceFeatures(std::int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Null where there is none; counts as a use.
  const VisionFeatures* Find(const std::string& key);
  // Keeps a copy, so that what `features` are a view of may go. Does nothing when they are larger than all
  // there is room for.
  void Put(const std::string& key, const VisionFeatures& features);
  void Clear();

  std::int64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    VisionFeatures features;
    std::int64_t bytes;
  };
  using Entries = std::list<Entry>;  // most recently used first

  const std::int64_t max_bytes_;
  std::int64_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace vlr
