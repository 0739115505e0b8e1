// Brings vision features from a GPU to the host's store while the GPU goes on.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "model/vision_store.h"
#include "model/vision_tower.h"

namespace vlr {

// One thread and one stream of its own. What waits is bounded: features that come too fast are left out, and
// encoded again when they are wanted after the device has forgotten them. Thread safe; the destructor leaves
// what still waits.
class FeatureSpill {
 public:
  FeatureSpill(c10::Device device, std::shared_ptr<VisionStore> store);
  ~FeatureSpill();
  FeatureSpill(const FeatureSpill&) = delete;
  FeatureSpill& operator=(const FeatureSpill&) = delete;

  // Features that the current stream of the device makes. They are held until they are copied.
  void Put(const VisionPatches& medium, const VisionFeatures& features);

 private:
  struct Item {
    VisionPatches medium;  // without bytes
    VisionFeatures features;
    c10::Event made;
    std::int64_t bytes;
  };

  void Run();

  const c10::Device device_;
  const std::shared_ptr<VisionStore> store_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_;
  std::int64_t bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vlr
