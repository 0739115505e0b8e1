// The library of CUDA kernels, where it was built and lies beside the program.
#pragma once

#include <memory>

#include "model/kernels.h"

namespace vlr {

// Null where there is no such library. REQUIRES that libtorch's CUDA libraries are open (OpenDevice).
std::unique_ptr<Kernels> OpenCudaKernels();

}  // namespace vlr
