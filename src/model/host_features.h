// Vision features to plain bytes of the host, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "model/vision_tower.h"
#include "pixels/image.h"

namespace vlr {

// A copy.
std::shared_ptr<const EncodedVision> ToHost(const VisionFeatures& features);

// On the CPU the tensors share the bytes, on a device they are copies. REQUIRES what ToHost made of the same
// dtype.
VisionFeatures FromHost(const std::shared_ptr<const EncodedVision>& encoded,
                        const at::TensorOptions& options);

}  // namespace vlr
