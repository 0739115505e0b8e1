// Which vision tower made some features.
#pragma once

#include <string>

#include "base/error.h"
#include "model/config.h"
#include "model/reranker_model.h"

namespace vlr {

// Equal for two models whose towers give equal features for equal patches: a digest of the tower's tensors
// and shape, the dtype computed in and the kind of device. 32 hexadecimal digits. Reads all of the tower's
// weights. Errors: those of TensorFiles::Open.
Result<std::string> VisionIdentity(const std::string& directory, const ModelConfig& config, DType dtype,
                                   const std::string& device);

}  // namespace vlr
