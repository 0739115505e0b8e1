#include "model/int8.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>

namespace vlr {
namespace {

constexpr double kLargest = 127.0;
constexpr double kLeastMagnitude = 1e-12;  // as model/float8.cc

}  // namespace

Rows ToInt8(const at::Tensor& x) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scales = wide.abs().amax({-1}, true).clamp_min(kLeastMagnitude) / kLargest;
  return {(wide / scales).round_().clamp_(-kLargest, kLargest).to(at::kChar), scales};
}

}  // namespace vlr
