// Kernels by plain ATen calls, on any device.
#pragma once

#include "model/kernels.h"

namespace vlr {

class AtenKernels : public Kernels {
 public:
  at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const override;
  void NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps, const at::Tensor& cos,
                       const at::Tensor& sin) const override;
  void RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const override;
  at::Tensor SwiGlu(const at::Tensor& gate_up) const override;
  at::Tensor PatchEmbedding(const at::Tensor& patches, const at::Tensor& weight,
                            const at::Tensor& bias) const override;
  at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const SequenceBounds& bounds, Mask mask) const override;
};

}  // namespace vlr
