// Vision features as others hold them: plain bytes of the host, or left on a device.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "model/vision_tower.h"
#include "pixels/image.h"

namespace vlr {

// A copy where the features are, in one piece of memory.
VisionFeatures CopyOf(const VisionFeatures& features);

// A copy. Of a device's features it waits for the current stream alone.
std::shared_ptr<const EncodedVision> ToHost(const VisionFeatures& features);

// Holds the features themselves.
std::shared_ptr<const EncodedVision> LeftOnDevice(VisionFeatures features);
// What LeftOnDevice was given; null for plain bytes.
const VisionFeatures* OnDevice(const EncodedVision& encoded);

// The features on `options`' device: those that are there, or copies. On the CPU, plain bytes are shared.
// REQUIRES what the functions above made of the same dtype.
VisionFeatures FeaturesOf(const std::shared_ptr<const EncodedVision>& encoded,
                          const at::TensorOptions& options);

}  // namespace vlr
