// The steps of a forward pass that are more than one tensor operation. A device may bring faster ones;
// AtenKernels runs anywhere and is what the others are tested against.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "model/float8.h"
#include "model/linear.h"

namespace vlr {

// Where sequences lie in packed rows: sequence i has queries [query[i], query[i+1]) and keys [key[i],
// key[i+1]). Both start at 0 and have one entry more than there are sequences.
struct SequenceBounds {
  std::vector<std::int64_t> query;
  std::vector<std::int64_t> key;
  // The same on the device, int32, where Kernels::Prepare has put them.
  at::Tensor device_query = {};
  at::Tensor device_key = {};
};

enum class Mask {
  kNone,  // every query sees every key of its sequence
  // The last query sees all keys, each one before it one key less. REQUIRES at least as many keys as queries.
  kCausal,
};

// Stateless; safe to use from several threads. Tensors are of one dtype and on one device unless said
// otherwise; rows may be strided, values in a row may not.
class Kernels {
 public:
  virtual ~Kernels() = default;

  // weight * round(x / rms(x)), where round is to x's dtype and the inside is float32. x [n, d], weight [d].
  virtual at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) const = 0;

  // In place: RmsNorm of each head, then rotation of its halves by cos, sin [n, d/2]; heads [n, h, d].
  virtual void NormRotateHeads(const at::Tensor& heads, const at::Tensor& weight, double eps,
                               const at::Tensor& cos, const at::Tensor& sin) const = 0;

  // In place: rotation alone, computed in float32 and rounded once; cos, sin are float32.
  virtual void RotateHeads(const at::Tensor& heads, const at::Tensor& cos, const at::Tensor& sin) const = 0;

  // silu(gate) * up of gate_up [n, 2m] → [n, m]; silu is rounded to the dtype.
  virtual at::Tensor SwiGlu(const at::Tensor& gate_up) const = 0;

  // Each patch, a row of `patches` [n, c · t · p · p], times the tower's kernel [hidden, c, t, p, p] → [n,
  // hidden].
  virtual at::Tensor PatchEmbedding(const at::Tensor& patches, const at::Tensor& weight,
                                    const at::Tensor& bias) const = 0;

  // softmax(q kᵀ / √d) v a sequence and head: query [nq, h, d], key and value [nk, hk, d], h a multiple of hk
  // → [nq, h · d].
  virtual at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                               const SequenceBounds& bounds, Mask mask) const = 0;

  // Called once before the Attention calls of a forward with these bounds.
  virtual void Prepare(SequenceBounds& bounds) const = 0;

  // What follows are steps one after the other that a device may do in one pass over memory.

  // hidden += delta where there is a delta; then RmsNorm of it, in a dense layer's format.
  virtual Rows AddRmsNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                          double eps, Format format) const = 0;
  // The same with a mean and a bias: (x - mean) / √(variance + eps) · weight + bias, rounded once.
  virtual Rows AddLayerNorm(const at::Tensor& hidden, const at::Tensor& delta, const at::Tensor& weight,
                            const at::Tensor& bias, double eps, Format format) const = 0;
  virtual Rows SwiGluInFormat(const at::Tensor& gate_up, Format format) const = 0;
  // The approximation of GELU by tanh. May write to x.
  virtual Rows GeluTanh(const at::Tensor& x, Format format) const = 0;
  // A dense layer's outputs. REQUIRES rows in the layer's format.
  virtual at::Tensor Apply(const Linear& layer, const Rows& x) const = 0;
  // GeluTanh of a dense layer's outputs. REQUIRES rows in the layer's format.
  virtual Rows LinearGeluTanh(const Linear& layer, const Rows& x, Format format) const = 0;
  virtual Rows ToFormat(const at::Tensor& x, Format format) const = 0;
  // A dense layer's outputs, to be added to `hidden` [n, out] next: they are added to it at once and nothing
  // is given back where that is quicker. REQUIRES rows in the layer's format.
  virtual at::Tensor LinearOnto(const Linear& layer, const Rows& x, const at::Tensor& hidden) const = 0;
  // In place: NormRotateHeads of the first `heads` heads of fused rows [n, (heads + 2 key_heads) · d] by
  // query_weight [d] and of the `key_heads` after them by key_weight.
  virtual void NormRotateFused(const at::Tensor& rows, std::int64_t heads, std::int64_t key_heads,
                               const at::Tensor& query_weight, const at::Tensor& key_weight, double eps,
                               const at::Tensor& cos, const at::Tensor& sin) const = 0;
  // In place: RotateHeads of the queries and keys of qkv [n, 3, h, d].
  virtual void RotateFused(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin) const = 0;
  // Rows [k, d] of x [n, d] by index [k] int64.
  virtual at::Tensor GatherRows(const at::Tensor& x, const at::Tensor& index) const = 0;
  // x[index[i]] += values[i]; no index twice.
  virtual void AddToRows(const at::Tensor& x, const at::Tensor& index, const at::Tensor& values) const = 0;
};

std::unique_ptr<Kernels> MakeAtenKernels();
std::unique_ptr<Kernels> MakeCpuKernels();
// The fastest there are for the device.
std::unique_ptr<Kernels> MakeKernels(const at::Device& device);

}  // namespace vlr
