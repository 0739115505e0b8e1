// Kernels by plain ATen calls, on any device. The steps that a device may fuse call those they are made of,
// so that a device which brings these alone has them there too.
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
  void Prepare(SequenceBounds& bounds) const override;
  Rows AddRmsNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight, double eps,
                  Format format) const override;
  Rows AddLayerNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                    const at::Tensor& bias, double eps, Format format) const override;
  Rows SwiGluInFormat(const at::Tensor& gate_up, Format format) const override;
  Rows GeluTanh(const at::Tensor& x, Format format) const override;
  at::Tensor Apply(const Linear& layer, const Rows& x) const override;
  Rows LinearGeluTanh(const Linear& layer, const Rows& x, Format format) const override;
  Rows ToFormat(const at::Tensor& x, Format format) const override;
  at::Tensor LinearOnto(const Linear& layer, const Rows& x, const at::Tensor& hidden) const override;
  void NormRotateFused(const at::Tensor& rows, std::int64_t heads, std::int64_t key_heads,
                       const at::Tensor& query_weight, const at::Tensor& key_weight, double eps,
                       const at::Tensor& cos, const at::Tensor& sin) const override;
  void RotateFused(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin) const override;
  at::Tensor GatherRows(const at::Tensor& x, const at::Tensor& index) const override;
  void AddToRows(const at::Tensor& x, const at::Tensor& index, const at::Tensor& values) const override;
};

}  // namespace vlr
