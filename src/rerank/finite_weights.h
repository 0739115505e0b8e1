// Whether a checkpoint's weights are numbers.
#pragma once

#include "base/error.h"
#include "model/safetensors.h"

namespace vlr {

// Reads every weight, as fast as the files come. Errors: "model_invalid", part "<file>: <tensor>", for the
// first tensor that holds NaN or infinity.
Result<void> CheckFiniteWeights(const TensorFiles& files);

}  // namespace vlr
