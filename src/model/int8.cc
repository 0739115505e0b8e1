#include "model/int8.h"

#include <ATen/TensorOperators.h>

namespace vlr {
namespace {

constexpr double kLargest = 127.0;

}  // namespace

Rows ToInt8(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scales = RowMagnitudes(wide) / kLargest;
  return {(wide / scales).round_().clamp_(-kLargest, kLargest).to(at::kChar), scales};
}

}  // namespace vlr
