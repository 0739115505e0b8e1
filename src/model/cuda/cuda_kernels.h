// The kernels of the CUDA plugin. It is a library of its own, opened at run time after libtorch_cuda, because
// it needs CUDA and the program does not.
#pragma once

#include "model/kernels.h"

namespace vlr {

// The plugin's one entry point, by this name; ownership passes to the caller, who lets it go before the
// plugin.
inline constexpr const char* kCudaKernelsEntry = "VlrMakeCudaKernels";
using MakeCudaKernelsEntry = Kernels*();

}  // namespace vlr
