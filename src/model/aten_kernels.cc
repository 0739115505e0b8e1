#include "model/aten_kernels.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>

#include <utility>

#include "model/cuda_plugin.h"

namespace vlr {
namespace {

// [n, d/2] → [n, 1, d/2]: the same angles for every head.
at::Tensor PerHead(const at::Tensor& angles) {
  return angles.unsqueeze(1);
}

// Rotates the pairs (x[i], x[i + d/2]).
at::Tensor Rotated(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) {
  const auto halves = heads.chunk(2, -1);
  const at::Tensor first = halves[0] * PerHead(cos) - halves[1] * PerHead(sin);
  const at::Tensor second = halves[1] * PerHead(cos) + halves[0] * PerHead(sin);
  return at::cat({first, second}, -1);
}

}  // namespace

at::Tensor AtenKernels::RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(wide.pow(2).mean(-1, true) + eps);
  return weight * (wide * scale).to(x.scalar_type());
}

void AtenKernels::NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps,
                                  const at::Tensor& cos, const at::Tensor& sin) const {
  heads.copy_(Rotated(AtenKernels::RmsNorm(heads, weight, eps), cos, sin));
}

void AtenKernels::RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const {
  heads.copy_(Rotated(heads.to(at::kFloat), cos, sin));
}

at::Tensor AtenKernels::SwiGlu(const at::Tensor& gate_up) const {
  const auto parts = gate_up.chunk(2, -1);
  return at::silu(parts[0]).mul_(parts[1]);
}

at::Tensor AtenKernels::PatchEmbedding(const at::Tensor& patches, const at::Tensor& weight,
                                       const at::Tensor& bias) const {
  return at::linear(patches, weight.flatten(1), bias);
}

at::Tensor AtenKernels::Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                  const SequenceBounds& bounds, Mask mask) const {
  const std::int64_t heads = query.size(1);
  const std::int64_t dim = query.size(2);
  at::Tensor out = at::empty({query.size(0), heads, dim}, query.options());
  for (std::size_t i = 0; i + 1 < bounds.query.size(); ++i) {
    const auto rows = [i](const at::Tensor& packed, const std::vector<std::int64_t>& offsets) {
      return packed.slice(0, offsets[i], offsets[i + 1]).transpose(0, 1).unsqueeze(0);
    };
    const std::int64_t queries = bounds.query[i + 1] - bounds.query[i];
    const std::int64_t keys = bounds.key[i + 1] - bounds.key[i];
    // SDPA's own causal mask gives the first query one key.
    const bool square = queries == keys;
    std::optional<at::Tensor> visible;
    if (mask == Mask::kCausal && !square) {
      visible = at::ones({queries, keys}, query.options().dtype(at::kBool)).tril_(keys - queries);
    }
    const at::Tensor attended = at::scaled_dot_product_attention(
        rows(query, bounds.query), rows(key, bounds.key), rows(value, bounds.key), visible, 0.0,
        mask == Mask::kCausal && square, std::nullopt, heads != key.size(1));
    out.slice(0, bounds.query[i], bounds.query[i + 1]).copy_(attended.squeeze(0).transpose(0, 1));
  }
  return out.view({query.size(0), heads * dim});
}

void AtenKernels::Prepare(SequenceBounds&) const {}

Rows AtenKernels::AddRmsNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                             double eps, Format format) const {
  if (delta.defined()) hidden.add_(delta);
  return ToFormat(RmsNorm(hidden, weight, eps), format);
}

Rows AtenKernels::AddLayerNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                               const at::Tensor& bias, double eps, Format format) const {
  if (delta.defined()) hidden.add_(delta);
  return ToFormat(at::layer_norm(hidden, weight.sizes(), weight, bias, eps), format);
}

Rows AtenKernels::SwiGluInFormat(const at::Tensor& gate_up, Format format) const {
  return ToFormat(SwiGlu(gate_up), format);
}

Rows AtenKernels::GeluTanh(const at::Tensor& x, Format format) const {
  return ToFormat(at::gelu(x, "tanh"), format);
}

at::Tensor AtenKernels::Apply(const Linear& layer, const Rows& x) const {
  return layer(x);
}

Rows AtenKernels::LinearGeluTanh(const Linear& layer, const Rows& x, Format format) const {
  return GeluTanh(Apply(layer, x), format);
}

Rows AtenKernels::ToFormat(const at::Tensor& x, Format format) const {
  return InFormat(x, format);
}

at::Tensor AtenKernels::LinearOnto(const Linear& layer, const Rows& x, const at::Tensor& /*hidden*/) const {
  return Apply(layer, x);
}

void AtenKernels::NormRotateFused(const at::Tensor& rows, std::int64_t heads, std::int64_t key_heads,
                                  const at::Tensor& query_weight, const at::Tensor& key_weight, double eps,
                                  const at::Tensor& cos, const at::Tensor& sin) const {
  const at::Tensor by_head = rows.unflatten(1, {heads + 2 * key_heads, query_weight.size(0)});
  NormRotateHeads(by_head.narrow(1, 0, heads), query_weight, eps, cos, sin);
  NormRotateHeads(by_head.narrow(1, heads, key_heads), key_weight, eps, cos, sin);
}

void AtenKernels::RotateFused(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin) const {
  RotateHeads(qkv.select(1, 0), cos, sin);
  RotateHeads(qkv.select(1, 1), cos, sin);
}

at::Tensor AtenKernels::GatherRows(const at::Tensor& x, const at::Tensor& index) const {
  return x.index_select(0, index);
}

void AtenKernels::AddToRows(const at::Tensor& x, const at::Tensor& index, const at::Tensor& values) const {
  x.index_add_(0, index, values);
}

std::unique_ptr<Kernels> MakeAtenKernels() {
  return std::make_unique<AtenKernels>();
}

std::unique_ptr<Kernels> MakeKernels(const at::Device& device) {
  if (device.is_cpu()) return MakeCpuKernels();
  auto kernels = OpenCudaKernels();
  return kernels ? std::move(kernels) : MakeAtenKernels();
}

}  // namespace vlr
