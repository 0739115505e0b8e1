// Where a model leaves what its vision tower made, and finds it again.
#pragma once

#include <memory>
#include <string>

#include "pixels/image.h"

namespace vlr {

// Thread safe. Neither call may block for long: the model waits.
class VisionStore {
 public:
  virtual ~VisionStore() = default;
  // Null when there is none at hand.
  virtual std::shared_ptr<const EncodedVision> Find(const std::string& key) = 0;
  // REQUIRES a medium with a key.
  virtual void Put(const VisionPatches& medium, std::shared_ptr<const EncodedVision> encoded) = 0;
  // Features that a device has for as long as it likes, or somebody holds them. REQUIRES a medium with a key.
  virtual void Offer(const VisionPatches& medium, std::weak_ptr<const EncodedVision> on_device) = 0;
};

}  // namespace vlr
