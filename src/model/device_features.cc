#include "model/device_features.h"

#include <utility>

namespace vlr {

const VisionFeatures* DeviceFeatures::Find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->features;
}

void DeviceFeatures::Put(const std::string& key, const VisionFeatures& features) {
  const auto layers = 1 + std::ssize(features.deepstack);
  const auto bytes = static_cast<std::int64_t>(features.merged.nbytes()) * layers;
  if (bytes > max_bytes_ || by_key_.contains(key)) return;
  while (bytes_ + bytes > max_bytes_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  VisionFeatures copy{features.merged.clone(), {}};
  for (const at::Tensor& layer : features.deepstack) copy.deepstack.push_back(layer.clone());
  entries_.push_front({key, std::move(copy), bytes});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
}

void DeviceFeatures::Clear() {
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

}  // namespace vlr
