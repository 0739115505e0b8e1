// A checkpoint's tensors without a checkpoint, for benchmarks.
#pragma once

#include "base/error.h"
#include "model/config.h"
#include "model/safetensors.h"

namespace vlr {

// Random bfloat16 values as large as those of an untrained model: norms near 1, the rest with a deviation of
// 0.02. Matrices lie one after the other in an address space that shows the same 256 MiB again and again: no
// more memory than that is taken, and a pass over the weights comes from memory as it would with a real file.
// Errors: "out_of_memory".
Result<TensorFiles> RandomTensors(const ModelConfig& config);

}  // namespace vlr
