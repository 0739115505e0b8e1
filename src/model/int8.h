// Rows in eight-bit integers with a float32 scale each: for weights, whose rows have no outliers to speak of.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/float8.h"

namespace vlr {

// Each row of x [n, d] by its own scale, the largest magnitude / 127: x ≈ values · scales, off by half a
// scale at most. A row of zeros gets a scale that is not 0.
Rows ToInt8(const at::Tensor& x);

}  // namespace vlr
