// The device a model runs on.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "base/error.h"

namespace vlr {

// "cpu", "cuda" or "cuda:<n>" as a device that is there. The first CUDA device asked for opens libtorch's
// CUDA half, which costs several hundred MB of memory; before that nothing of it is loaded. Errors:
// "invalid_option" for other text, "device_unavailable" when libtorch_cuda.so, a driver or that device is
// absent.
Result<c10::Device> OpenDevice(const std::string& name);

// Whether the device multiplies eight-bit floats as Linear asks it to: the CPU does, slowly; of GPUs those
// from Ada and Hopper on.
bool MultipliesFloat8(const c10::Device& device);

}  // namespace vlr
