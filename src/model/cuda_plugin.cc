#include "model/cuda_plugin.h"

#include <dlfcn.h>

#include "model/cuda/cuda_kernels.h"

namespace vlr {

std::unique_ptr<Kernels> OpenCudaKernels() {
  static void* const library = dlopen("libvlr_cuda.so", RTLD_NOW | RTLD_LOCAL);  // stays open
  if (library == nullptr) return nullptr;
  auto* const make = reinterpret_cast<MakeCudaKernelsEntry*>(dlsym(library, kCudaKernelsEntry));
  return std::unique_ptr<Kernels>(make == nullptr ? nullptr : make());
}

}  // namespace vlr
