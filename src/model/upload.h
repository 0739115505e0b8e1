// Small tensors on their way to a device.
#pragma once

#include <ATen/core/Tensor.h>

namespace vlr {

// A tensor of the host on `device`. The caller need not wait for what the device was given before, as it
// would with pages that can be moved.
inline at::Tensor Upload(const at::Tensor& host, const at::Device& device) {
  return device.is_cpu() ? host : host.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace vlr
